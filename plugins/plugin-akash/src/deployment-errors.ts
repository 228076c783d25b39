import { BaseError } from '@371os/kernel';

/** The database of deployments failed. */
export class DeploymentStoreError extends BaseError {
  constructor({ cause }: { cause: unknown }) {
    super('The database of deployments does not answer. Nothing was lost; try again.', {
      isRetryable: true,
      cause,
    });
  }
}

/** Numbers around this moment that other deployments of the same key have. */
export class NumbersTakenError extends BaseError {
  constructor() {
    super('Too many deployments begin at this moment. Nothing was paid; try again.', {
      isRetryable: true,
    });
  }
}

/** An account that cannot pay a deposit. */
export class NoFundsError extends BaseError {
  constructor({ owner, needUact, problem }: { owner: string; needUact: bigint; problem: string }) {
    super(
      `The account ${owner} cannot pay the deposit of ${formatAct(needUact)} ACT: ${problem}. Nothing was paid; send it AKT or ACT and ask again.`,
      { details: { owner, needUact: String(needUact) } },
    );
  }
}

/** ACT that was asked for and did not come. */
export class MintCanceledError extends BaseError {
  constructor({ owner }: { owner: string }) {
    super(
      `Akash's chain did not turn the AKT of ${owner} into ACT, and gave it back. Ask again in some minutes.`,
      { isRetryable: true },
    );
  }
}

/** A mint that no block has taken, such as when this process went down before it was sent. */
export class MintLostError extends BaseError {
  constructor() {
    super('The making of ACT did not get into a block; no AKT was burned.', { isRetryable: true });
  }
}

/** An order that no provider may have. */
export class NoBidError extends BaseError {
  constructor({ reasons }: { reasons: readonly string[] }) {
    super(
      `No offer can be taken: ${reasons.join('; ')}. Another region, more money a month or less demand may help.`,
      { details: { reasons } },
    );
  }
}

/** Bids that nobody took in time, such as while this process was down. */
export class BidsGoneError extends BaseError {
  constructor() {
    super('All offers were withdrawn before one was taken.', { isRetryable: true });
  }
}

/** A number that the chain did not hear of in time, such as while this process was down. */
export class TooLateError extends BaseError {
  constructor({ dseq }: { dseq: string }) {
    super(`The deployment ${dseq} was not created in time; nothing was paid for it.`, {
      isRetryable: true,
      details: { dseq },
    });
  }
}

/** A provider that does not take the manifest of its own lease. */
export class ManifestRefusedError extends BaseError {
  constructor({ cause }: { cause: Error }) {
    super(`The manifest was not accepted in time: ${cause.message}`, { cause });
  }
}

/** A provider that has the lease, and whose service does not answer. */
export class NotReadyError extends BaseError {
  constructor({ provider, closedReason }: { provider: string; closedReason?: number }) {
    super(
      closedReason === undefined
        ? `Provider ${provider} has the lease, but the service does not answer in time.`
        : `Provider ${provider} gave the lease up (reason ${String(closedReason)}).`,
      { details: { provider, closedReason } },
    );
  }
}

/** Work that another process may be doing by now. */
export class LeaseLostError extends BaseError {
  constructor({ name }: { name: string }) {
    super(`This process stood still, and another one may do "${name}" by now; it is tried again.`, {
      isRetryable: true,
      details: { name },
    });
  }
}

/** A deployment that nobody here knows. */
export class UnknownDeploymentError extends BaseError {
  constructor({ id }: { id: string }) {
    super(`There is no deployment ${id}. LIST_DEPLOYMENTS shows those that there are.`, {
      details: { id },
    });
  }
}

/** An order under a key whose id is that of something else. */
export class DeploymentKeyTakenError extends BaseError {
  constructor({ id }: { id: string }) {
    super(
      `Another deployment has the id ${id} already. Nothing was paid; order this one under another key.`,
      { details: { id } },
    );
  }
}

/** A deployment that somebody has stopped while it was being placed. */
export class DeploymentStoppedError extends BaseError {
  constructor({ id }: { id: string }) {
    super(`Deployment ${id} was stopped before it ran.`, { details: { id } });
  }
}

/** A deployment of our key that is not there to be adopted or closed. */
export class NoStrangerError extends BaseError {
  constructor({ dseq, problem }: { dseq: string; problem: string }) {
    super(`Deployment number ${dseq} ${problem}. Nothing was changed.`, { details: { dseq } });
  }
}

/** A deployment in a state in which that is not possible. */
export class DeploymentStateError extends BaseError {
  constructor({ id, state, wish }: { id: string; state: string; wish: string }) {
    super(`Deployment ${id} is ${state.toLowerCase()}: it cannot be ${wish} now.`, {
      details: { id, state },
    });
  }
}

function formatAct(uact: bigint): string {
  const whole = uact / 1_000_000n;
  const fraction = (uact % 1_000_000n).toString().padStart(6, '0').replace(/0+$/, '');
  return fraction === '' ? String(whole) : `${String(whole)}.${fraction}`;
}

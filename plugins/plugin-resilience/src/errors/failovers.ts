import { BaseError } from '@371os/kernel';

/** Nobody hosted is called so. */
export class NotHostedHereError extends BaseError {
  constructor({ name, known }: { name: string; known: readonly string[] }) {
    const hosted =
      known.length === 0 ? 'Nobody is' : `${known.join(', ')} ${known.length === 1 ? 'is' : 'are'}`;
    super(
      `${name} is not hosted on Akash, so there is no lease to move. ${hosted}. An agent of a process is taken over by itself, by one that stands by (npm run worker -- --standby).`,
      { details: { name } },
    );
  }
}

/** It is not clear who is meant. */
export class UnclearFailoverError extends BaseError {
  constructor() {
    super('Which agent is to be failed over? For example "fail over Analyst".');
  }
}

/** It has yet to come up somewhere else. */
export class NotPlacedYetError extends BaseError {
  constructor({ agent }: { agent: string }) {
    super(`${agent} has not come up at another provider yet; it is waited for again.`, {
      details: { agent },
      isRetryable: true,
    });
  }
}

/** There is nothing to host with in this process. */
export class NoFleetError extends BaseError {
  constructor() {
    super(
      'No agent of this process has @371os/plugin-akash and a network, so nothing hosted can be moved here. Ask the front desk.',
    );
  }
}

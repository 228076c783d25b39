import { BaseError } from '@371os/kernel';

/** A task has as many webhooks as it may have. */
export class TooManyWebhooksError extends BaseError {
  constructor({ most }: { most: number }) {
    super(`A task has at most ${String(most)} webhooks: delete one before you add another.`);
  }
}

/** Somebody who is no remote agent, or not any more. */
export class UnknownRemoteError extends BaseError {
  constructor({ agent }: { agent: string }) {
    super(`${agent} cannot be reached over A2A any more: see COORDINATION_A2A_AGENTS.`);
  }
}

/** A remote agent does not say what a task costs. */
export class RemotePriceError extends BaseError {
  constructor({ agent }: { agent: string }) {
    super(
      `What ${agent} charges for a task is not known, so it is given none: set usdPerTask in COORDINATION_A2A_AGENTS. Zero is a price.`,
      { details: { agent } },
    );
  }
}

/** A card that cannot be believed. */
export class CardRefusedError extends BaseError {
  constructor({ url, problem, cause }: { url: string; problem: string; cause?: unknown }) {
    super(`The card at ${url.slice(0, 200)} is not believed: ${problem}.`, { cause });
  }
}

/** A remote agent did not answer, or not as A2A has it. */
export class RemoteAwayError extends BaseError {
  constructor({ agent, problem, cause }: { agent: string; problem: string; cause?: unknown }) {
    super(`${agent} cannot do it now: ${problem}. It is tried again.`, {
      cause,
      isRetryable: true,
    });
  }
}

/** A remote agent has refused a message, which does not change when it is sent again. */
export class RemoteRefusesError extends BaseError {
  constructor({ agent, problem, cause }: { agent: string; problem: string; cause?: unknown }) {
    super(`${agent} refuses it: ${problem}.`, { cause });
  }
}

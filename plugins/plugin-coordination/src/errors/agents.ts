import { BaseError } from '@371os/kernel';

/** A key that stands for another request already. */
export class KeyTakenError extends BaseError {
  constructor({ key }: { key: string }) {
    super(
      `The idempotency key "${key}" stands for another request of yours: give this one a key of its own.`,
      { details: { key } },
    );
  }
}

/** A request that was begun by a process that is gone, or by another one. */
export class RequestUnknownError extends BaseError {
  constructor({ key }: { key: string }) {
    super(
      `What came of the request "${key}" is not known here: it was begun and has no task yet. It is not done twice; ask again in a while, or under another key.`,
      { isRetryable: true, details: { key } },
    );
  }
}

export class SameAgentTwiceError extends BaseError {
  constructor({ agent }: { agent: string }) {
    super(`${agent} is named twice: give each agent one part.`, { details: { agent } });
  }
}

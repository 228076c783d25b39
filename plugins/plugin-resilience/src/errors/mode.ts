import { BaseError } from '@371os/kernel';

/** Something answers a probe, and it is not well. */
export class BadAnswerError extends BaseError {
  constructor({ problem }: { problem: string }) {
    super(problem, { isRetryable: true });
  }
}

/** Nobody answers a probe. */
export class NoAnswerError extends BaseError {
  constructor({ problem, cause }: { problem: string; cause?: unknown }) {
    super(problem, { isRetryable: true, cause });
  }
}

/** A message asks for one thing, and the model named the opposite. */
export class ContraryModeError extends BaseError {
  constructor() {
    super(
      'Nothing was changed: your message asks for the opposite of what was about to be done. Write /backup on or /backup off.',
    );
  }
}

/** /backup with something else than on or off. */
export class UnknownSwitchError extends BaseError {
  constructor() {
    super('Write /backup on or /backup off, with a reason behind it if you like.');
  }
}

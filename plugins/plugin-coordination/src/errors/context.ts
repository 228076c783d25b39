import { BaseError } from '@371os/kernel';

/** A context that the asker has no part in. */
export class ContextRefusedError extends BaseError {
  constructor({ what }: { what: string }) {
    super(`${what} is not yours to read: ask for a conversation of your own.`);
  }
}

export class ContextNotReadyError extends BaseError {
  constructor() {
    super(
      'The context of agents cannot be given yet: the company is starting. Try again in a moment.',
      {
        isRetryable: true,
      },
    );
  }
}

/** The bridge was sent something that it cannot read. */
export class BridgeMessageError extends BaseError {
  constructor({ problem }: { problem: string }) {
    super(`The message cannot be read: ${problem}.`);
  }
}

/** What is already in progress on a connection is enough. */
export class BridgeBusyError extends BaseError {
  constructor({ most }: { most: number }) {
    super(`There are ${String(most)} tasks under way for this connection: wait for one of them.`, {
      isRetryable: true,
    });
  }
}

/** A port that another program has. */
export class PortTakenError extends BaseError {
  constructor({ port, setting, cause }: { port: number; setting: string; cause: unknown }) {
    super(
      `Port ${String(port)} of 127.0.0.1 cannot be opened: another program may have it. Set ${setting} to another one and restart.`,
      { cause, details: { port } },
    );
  }
}

import { BaseError } from '@371os/kernel';

/** The plugin is not there, or did not start. */
export class CometMissingError extends BaseError {
  constructor({ agent }: { agent: string }) {
    super(`${agent} has no shortcuts: list @371os/plugin-comet in its character.`);
  }
}

/** Its tables cannot be read or written. */
export class CometStoreError extends BaseError {
  constructor({ cause }: { cause: unknown }) {
    super('What is kept of shortcuts could not be read or written; try again in a moment.', {
      cause,
      isRetryable: true,
    });
  }
}

/** A shortcut can only be run by the agent that requests come in at. */
export class NoFrontDeskError extends BaseError {
  constructor({ agent }: { agent: string }) {
    super(
      `${agent} takes no requests for the company: use shortcuts at the front desk, or set ROUTER_ALONE for this agent.`,
    );
  }
}

/** The file of a shortcut is not good. */
export class BrokenShortcutError extends BaseError {
  constructor({ name, problem }: { name: string; problem: string }) {
    super(`/${name} cannot be run. ${problem}`);
  }
}

/** A prompt and its arguments together are too long for one message. */
export class PromptTooLongError extends BaseError {
  constructor({
    name,
    sizeBytes,
    limitBytes,
  }: {
    name: string;
    sizeBytes: number;
    limitBytes: number;
  }) {
    super(
      `/${name} would take a message of ${sizeBytes} bytes, and ${limitBytes} are the most: say it in fewer words, or raise MESSAGE_MAX_BYTES.`,
      { details: { sizeBytes, limitBytes } },
    );
  }
}

/** The thread that reads diagrams ended or did not answer. */
export class DiagramReaderError extends BaseError {
  constructor({ cause }: { cause: unknown }) {
    super('The diagram could not be checked: its reader did not answer. Ask again.', {
      cause,
      isRetryable: true,
    });
  }
}

/** There is no workspace of that name. */
export class UnknownWorkspaceError extends BaseError {
  constructor({ name, hint }: { name: string; hint: string }) {
    super(`There is no workspace "${name.slice(0, 60)}".${hint} /workspace lists them.`);
  }
}

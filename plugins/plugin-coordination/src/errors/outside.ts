import { BaseError } from '@371os/kernel';

/** A server of elsewhere that does not answer, or not as its protocol says. */
export class OutsideServerError extends BaseError {
  constructor({ server, problem, cause }: { server: string; problem: string; cause?: unknown }) {
    super(`The MCP server "${server}" cannot be used now: ${problem}.`, {
      cause,
      isRetryable: true,
      details: { server },
    });
  }
}

export class OutsideCallTooLongError extends BaseError {
  constructor({ server, timeoutMs }: { server: string; timeoutMs: number }) {
    super(
      `The MCP server "${server}" gave no answer within ${String(timeoutMs)} ms. It may have done the work all the same.`,
      { isRetryable: true, details: { server } },
    );
  }
}

export class OutsideAnswerTooLargeError extends BaseError {
  constructor({ server, mostBytes }: { server: string; mostBytes: number }) {
    super(
      `The MCP server "${server}" answered with more than ${String(mostBytes)} bytes: the answer is not used.`,
      { details: { server, mostBytes } },
    );
  }
}

import { BaseError } from '@371os/kernel';

/** An endpoint that must not be asked from here. */
export class EndpointRefusedError extends BaseError {
  constructor({ url, problem }: { url: string; problem: string }) {
    super(`${quoted(url)} is not called: ${problem}.`, { details: { url: url.slice(0, 200) } });
  }
}

/** Nobody answered there. */
export class ToolUnreachableError extends BaseError {
  constructor({ url, problem, cause }: { url: string; problem: string; cause?: unknown }) {
    super(`${quoted(url)} did not answer: ${problem}.`, { cause, isRetryable: true });
  }
}

/** An answer that took too long. */
export class ToolTimeoutError extends BaseError {
  constructor({ url, timeoutMs }: { url: string; timeoutMs: number }) {
    super(
      `${quoted(url)} gave no answer within ${String(timeoutMs)} ms. It may have done the work all the same; nothing was charged.`,
      { isRetryable: true },
    );
  }
}

/** More than anybody here wants to read. */
export class ToolAnswerTooLargeError extends BaseError {
  constructor({ url, mostBytes }: { url: string; mostBytes: number }) {
    super(
      `${quoted(url)} answered with more than ${String(mostBytes)} bytes: the rest was not read, and the answer is not used.`,
      { details: { mostBytes } },
    );
  }
}

/** What came back is not what the protocol says. */
export class ToolProtocolError extends BaseError {
  constructor({ url, problem, cause }: { url: string; problem: string; cause?: unknown }) {
    super(`${quoted(url)} did not answer as its protocol says: ${problem}.`, { cause });
  }
}

/** Input or output that does not fit the schema that the agent has published. */
export class SchemaMismatchError extends BaseError {
  constructor({
    tool,
    what,
    problem,
  }: {
    tool: string;
    what: 'input' | 'answer';
    problem: string;
  }) {
    super(
      what === 'input'
        ? `Tool "${tool.slice(0, 100)}" was not called: the parameters do not fit its published schema: ${problem}.`
        : `The answer of tool "${tool.slice(0, 100)}" does not fit its published schema, so it is not used: ${problem}.`,
      { details: { tool, what } },
    );
  }
}

// Strangers choose their addresses: no more of one than fits a sentence.
function quoted(url: string): string {
  return `The endpoint ${url.length > 120 ? `${url.slice(0, 120)}…` : url}`;
}

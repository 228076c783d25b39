// What the kernel marks its errors with: programs that have it too show ours as they are.
const MARKER = Symbol.for('371os.error');

/** The root of what the client throws. Its message says what happened and what to do. */
export class CompanyError extends Error {
  /** As the server names it, such as `NOT_PERMITTED`; of our own errors, after their class. */
  readonly code: string;
  readonly isRetryable: boolean = false;
  readonly details: Readonly<Record<string, unknown>> = {};
  readonly [MARKER] = true;

  constructor(message: string, { code, cause }: { code: string; cause?: unknown }) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.code = code;
  }
}

/** The server said no. `status` is that of HTTP, or 200 where it had begun to answer. */
export class RequestRefusedError extends CompanyError {
  readonly status: number;

  constructor({ status, code, message }: { status: number; code: string; message: string }) {
    super(message || `The server answered with HTTP ${status}.`, { code });
    this.status = status;
  }
}

/** The token is missing or wrong. */
export class TokenRefusedError extends RequestRefusedError {}

/** The one who asks has not the right to. */
export class NotPermittedError extends RequestRefusedError {}

/** There is nothing under this id or name. */
export class NotFoundError extends RequestRefusedError {}

/** Nothing answers at the address. */
export class ServerUnreachableError extends CompanyError {
  constructor({ url, cause }: { url: string; cause?: unknown }) {
    super(`No 371OS server answers at ${url}: "npm start" starts one.`, {
      ...{ code: 'SERVER_UNREACHABLE', cause },
    });
  }
}

/** The answer took longer than the caller would wait; the work may go on. */
export class TimedOutError extends CompanyError {
  constructor({ timeoutMs }: { timeoutMs: number }) {
    super(
      `The server has not answered within ${timeoutMs / 1000} s. It may still be working: list the tasks to see.`,
      { code: 'TIMED_OUT' },
    );
  }
}

/** The server ended in the middle of its answer. */
export class AnswerLostError extends CompanyError {
  override readonly isRetryable = true;

  constructor({ cause }: { cause?: unknown } = {}) {
    super(
      'The server ended the conversation before it answered. "npm start" starts it again; /tasks shows what became of your request.',
      { code: 'ANSWER_LOST', cause },
    );
  }
}

/** What answers is no 371OS server, or one of another version. */
export class UnknownAnswerError extends CompanyError {
  constructor({ url, problem }: { url: string; problem: string }) {
    super(`What ${url} answered is not what a 371OS server says: ${problem}`, {
      code: 'UNKNOWN_ANSWER',
    });
  }
}

/** What was asked for is a plan that waits for a yes. */
export class ApprovalNeededError extends CompanyError {
  readonly approvalId: string;
  /** The plan, a line each. */
  readonly plan: readonly string[];

  constructor({ id, plan }: { id: string; plan: readonly string[] }) {
    super(`It waits for a yes: approve ${id} to have it done.`, { code: 'APPROVAL_NEEDED' });
    this.approvalId = id;
    this.plan = plan;
  }
}

/** An agent did not come to be, or was lost. */
export class AgentFailedError extends CompanyError {
  constructor({ name, cause }: { name: string; cause: string }) {
    super(`${name} has failed: ${cause.replace(/\.$/, '')}.`, { code: 'AGENT_FAILED' });
  }
}

/** A change of an agent's life takes longer than the caller would wait; it goes on. */
export class LifeTimedOutError extends CompanyError {
  constructor({ name, timeoutMs }: { name: string; timeoutMs: number }) {
    super(
      `${name} has not got there within ${timeoutMs / 1000} s. It goes on without this command: npx 371os agents status ${name} tells how far it is.`,
      { code: 'LIFE_TIMED_OUT' },
    );
  }
}

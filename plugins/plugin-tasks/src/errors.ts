import { BaseError } from '@371os/kernel';

export class TasksMissingError extends BaseError {
  constructor({ agent }: { agent: string }) {
    super(`${agent} cannot keep tasks: list @371os/plugin-tasks in the character and restart.`, {
      isRetryable: true,
      details: { agent },
    });
  }
}

/** The database did not do what tasks need of it. */
export class TaskStoreError extends BaseError {
  constructor({ cause }: { cause: unknown }) {
    super(
      'The tasks cannot be read or written: check that the database runs, then ask again. What was begun goes on by itself.',
      { cause, isRetryable: true },
    );
  }
}

/** A task that nobody could do, as it stands. */
export class InvalidTaskError extends BaseError {
  constructor({ problem }: { problem: string }) {
    super(`This is no task: ${problem}.`);
  }
}

export class UnknownTaskError extends BaseError {
  constructor({ id }: { id: string }) {
    super(`There is no task ${id} of yours. /tasks lists them.`, { details: { id } });
  }
}

export class AmbiguousTaskError extends BaseError {
  constructor({ id }: { id: string }) {
    super(`More than one task begins with ${id}: type more of its id.`, { details: { id } });
  }
}

export class TaskEndedError extends BaseError {
  constructor({ id, state }: { id: string; state: string }) {
    super(`Task ${id} has ended already: ${state}.`, { details: { id, state } });
  }
}

/** Somebody waited for a task for as long as they wanted to. The task goes on. */
export class TaskNotEndedError extends BaseError {
  constructor({ id, waitedMs }: { id: string; waitedMs: number }) {
    super(
      `Task ${id} is still being worked on after ${String(Math.round(waitedMs / 1_000))} s. /tasks shows what becomes of it.`,
      { isRetryable: true, details: { id, waitedMs } },
    );
  }
}

/** One attempt took longer than it may. */
export class TaskTimeoutError extends BaseError {
  constructor({ agent, timeoutMs }: { agent: string; timeoutMs: number }) {
    super(`${agent} did not finish within ${String(timeoutMs / 1_000)} s.`, {
      isRetryable: true,
      details: { agent, timeoutMs },
    });
  }
}

/** What came back is no outcome of a task. */
export class GarbageOutcomeError extends BaseError {
  constructor({ agent, problem }: { agent: string; problem: string }) {
    super(`${agent} came back with something that is no result (${problem}).`, {
      isRetryable: true,
      details: { agent },
    });
  }
}

/** What a step returned cannot be kept. */
export class UnkeptResultError extends BaseError {
  constructor({ step, cause }: { step: string; cause: unknown }) {
    super(`The step "${step}" returned what JSON cannot hold, so it could not be kept.`, {
      cause,
      details: { step },
    });
  }
}

/** Another worker has the task now, or it has ended: this one must change nothing any more. */
export class LostTaskError extends BaseError {
  constructor({ id, attempt }: { id: string; attempt: number }) {
    super(
      `Attempt ${String(attempt)} at task ${id} is over: somebody else has it, or it has ended.`,
      {
        details: { id, attempt },
      },
    );
  }
}

/** The process is being stopped; what it worked on is done by the next one. */
export class StoppingError extends BaseError {
  constructor() {
    super('The server is being stopped. What was begun goes on when it is started again.', {
      isRetryable: true,
    });
  }
}

/** A saga is being carried out by somebody else. */
export class SagaBusyError extends BaseError {
  constructor({ id }: { id: string }) {
    super(
      `${id} is being carried out by another process; it can be taken over when that one stops.`,
      {
        isRetryable: true,
        details: { id },
      },
    );
  }
}

/** A step failed for good, and all that had been done has been undone. */
export class SagaUndoneError extends BaseError {
  /** Why, in a sentence. */
  readonly failure: string;

  constructor({ id, failure, cause }: { id: string; failure: string; cause?: unknown }) {
    super(`${failure} All that had been done for ${id} has been undone.`, {
      cause,
      details: { id },
    });
    this.failure = failure;
  }
}

/** A step failed, and what had been done could not all be undone. Carrying the saga out again tries it once more. */
export class SagaStuckError extends BaseError {
  constructor(init: { id: string; step: string; failure: string; cause: unknown }) {
    const { id, step, failure, cause } = init;
    super(`${failure} Undoing the step "${step}" of ${id} failed, too: it must be tried again.`, {
      cause,
      isRetryable: true,
      details: { id, step },
    });
  }
}

import { logger } from '@elizaos/core';
import { BaseError, CutOffError, explainError } from '@371os/kernel';
import {
  INTERNET,
  outcomeSchema,
  storable,
  type FullOutcome,
  type Outcome,
} from '../domain/outcome.ts';
import type { Json, Task } from '../domain/task.ts';
import {
  GarbageOutcomeError,
  LostTaskError,
  StoppingError,
  TaskTimeoutError,
  UnkeptResultError,
} from '../errors.ts';
import type { Database } from '../store/database.ts';
import type { QueuedTask } from '../store/rows.ts';
import { keepTaskStep, readSteps } from '../store/step-store.ts';

/** What a step gets, for its effects outside. */
export interface StepContext {
  /** The same each time this step of this task is run. */
  readonly idempotencyKey: string;
  readonly signal: AbortSignal;
}

/** What the one who does a task gets. */
export interface TaskContext {
  /** Aborted when the task is canceled, took too long, or has been taken over. */
  readonly signal: AbortSignal;
  /** The fencing token. */
  readonly attempt: number;
  /** The tasks that this one depends on, COMPLETED, in the order of `dependsOn`. */
  readonly dependencies: readonly Task[];
  /**
   * Does a part of the work once: its result is kept, and a later attempt gets it without doing the
   * part again. A name stands for one part. A process that dies after the work and before the result
   * is kept does it again, so what has an effect outside passes the idempotency key on.
   * @throws LostTaskError when somebody else has the task now, UnkeptResultError
   */
  step<Result extends Json | undefined>(
    name: string,
    work: (context: StepContext) => Promise<Result> | Result,
  ): Promise<Result>;
}

/**
 * Does a task. What it throws counts as a failed attempt; an error that cannot be retried is final, and after
 * one that says that nothing in the internet is used now the task waits until it is.
 */
export type TaskHandler = (task: Task, context: TaskContext) => Promise<Outcome>;

/** How an attempt came out. */
export type Verdict =
  | { readonly kind: 'outcome'; readonly outcome: FullOutcome }
  | { readonly kind: 'failure'; readonly sentence: string; readonly isFinal: boolean }
  | { readonly kind: 'lost' }
  | { readonly kind: 'stopped' };

export interface AttemptInit {
  readonly task: QueuedTask;
  readonly dependencies: readonly Task[];
  readonly database: Database;
  /** Whether the task is still this attempt's, as far as can be known without asking at each step. */
  readonly isHeld: () => Promise<boolean>;
}

/** One attempt at a task by this process. */
export class Attempt implements TaskContext {
  readonly task: QueuedTask;
  readonly attempt: number;
  readonly dependencies: readonly Task[];
  readonly #database: Database;
  readonly #isHeld: () => Promise<boolean>;
  readonly #control = new AbortController();
  #kept: Promise<Map<string, Json | undefined>> | undefined;

  constructor(init: AttemptInit) {
    this.task = init.task;
    this.attempt = init.task.attempt;
    this.dependencies = init.dependencies;
    this.#database = init.database;
    this.#isHeld = init.isHeld;
  }

  get signal(): AbortSignal {
    return this.#control.signal;
  }

  /** The attempt is over: whatever it still does changes nothing. */
  lose(): void {
    this.#control.abort(new LostTaskError(this.task));
  }

  /** The process is being stopped. */
  stop(): void {
    this.#control.abort(new StoppingError());
  }

  /** Has a handler do the task. Never throws. */
  async perform(handler: TaskHandler): Promise<Verdict> {
    const { agent, timeoutMs } = this.task;
    const timer = setTimeout(() => {
      this.#control.abort(new TaskTimeoutError({ agent, timeoutMs }));
    }, timeoutMs);
    try {
      const work = Promise.resolve(this.task).then((task) => handler(task, this));
      return {
        kind: 'outcome',
        outcome: this.#accept(await Promise.race([work, this.#aborted()])),
      };
    } catch (error) {
      return this.#verdictOn(error);
    } finally {
      clearTimeout(timer);
    }
  }

  // Bound, since handlers like to take it out of the context.
  readonly step = async <Result extends Json | undefined>(
    name: string,
    work: (context: StepContext) => Promise<Result> | Result,
  ): Promise<Result> => {
    this.signal.throwIfAborted();
    const kept = await (this.#kept ??= this.#readKept());
    if (kept.has(name)) return kept.get(name) as Result;
    if (!(await this.#isHeld())) this.#giveUp();
    const idempotencyKey = `${this.task.id}/${name}`;
    const result = await work({ idempotencyKey, signal: this.signal });
    const step = { name: storable(name), result: textOf(name, result) };
    if (!(await keepTaskStep(this.#database, this.task, step))) this.#giveUp();
    kept.set(name, result);
    return result;
  };

  #giveUp(): never {
    this.lose();
    throw new LostTaskError(this.task);
  }

  // Before the first attempt there is nothing that could have been kept.
  async #readKept(): Promise<Map<string, Json | undefined>> {
    const steps = this.attempt > 1 ? await readSteps(this.#database, this.task.id) : [];
    return new Map(steps.map(({ name, result }) => [name, result]));
  }

  #aborted(): Promise<never> {
    const { signal } = this;
    return new Promise((_resolve, reject) => {
      if (signal.aborted) reject(signal.reason as Error);
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
  }

  #accept(outcome: unknown): FullOutcome {
    const result = outcomeSchema.safeParse(outcome);
    if (result.success) return result.data;
    const [issue] = result.error.issues;
    const problem = `${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`.trim();
    throw new GarbageOutcomeError({ agent: this.task.agent, problem });
  }

  // A handler that was told to stop may throw anything; why it was told so is what counts.
  #verdictOn(thrown: unknown): Verdict {
    const error: unknown = this.signal.aborted ? this.signal.reason : thrown;
    if (error instanceof StoppingError) return { kind: 'stopped' };
    if (error instanceof LostTaskError) return { kind: 'lost' };
    if (CutOffError.isIn(error)) return { kind: 'outcome', outcome: untilInternet(error) };
    if (!BaseError.isInstance(error))
      logger.error({ src: 'tasks:attempt', task: this.task.id, error }, 'a task failed');
    const isFinal = BaseError.isInstance(error) && !error.isRetryable;
    return { kind: 'failure', sentence: storable(explainError(error)), isFinal };
  }
}

function untilInternet(error: unknown): FullOutcome {
  const answer = storable(explainError(error));
  return { state: 'INPUT_REQUIRED', answer, model: 'none', costPico: 0n, waitingFor: INTERNET };
}

/** A result as it is kept; undefined is kept as none. @throws UnkeptResultError */
export function textOf(step: string, result: Json | undefined): string | undefined {
  try {
    return result === undefined ? undefined : JSON.stringify(result);
  } catch (cause) {
    throw new UnkeptResultError({ step, cause });
  }
}

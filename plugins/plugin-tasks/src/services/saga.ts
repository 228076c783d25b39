import { CutOffError, explainError } from '@371os/kernel';
import { logger } from '@elizaos/core';
import { storable } from '../domain/outcome.ts';
import type { Json } from '../domain/task.ts';
import {
  LostTaskError,
  SagaBusyError,
  SagaStuckError,
  SagaUndoneError,
  StoppingError,
} from '../errors.ts';
import type { Database } from '../store/database.ts';
import {
  leaveSaga,
  moveSaga,
  readSaga,
  renewSaga,
  takeSaga,
  type KeptSaga,
  type SagaState,
} from '../store/saga-store.ts';
import {
  keepSagaStep,
  readSteps,
  sagaOwner,
  type KeptStep,
  type StepState,
} from '../store/step-store.ts';
import { textOf } from './attempt.ts';
import type { TasksService } from './tasks-service.ts';

/** What a step of a saga gets. */
export interface SagaContext {
  /** The same each time this step of this saga is done or undone; what it does outside carries it. */
  readonly idempotencyKey: string;
  /** Aborted when another process has taken the saga over. */
  readonly signal: AbortSignal;
  /** The fencing token: goes up each time somebody takes the saga over. */
  readonly attempt: number;
  /** What the steps before it returned, by name. */
  readonly results: Readonly<Record<string, Json | undefined>>;
}

/** One step. `do` and `undo` may be called again after a crash and must then change nothing more. */
export interface SagaStep {
  readonly name: string;
  /** `isRepeated` when it was begun before and what became of it is not known. */
  do(
    context: SagaContext & { readonly isRepeated: boolean },
  ): Promise<Json | undefined> | Json | undefined;
  /**
   * Takes back what `do` did. `result` is missing when `do` failed or died: then it may have taken
   * effect or not. `failure` says in a sentence why all is undone.
   */
  undo?(
    context: SagaContext & { readonly result?: Json | undefined; readonly failure: string },
  ): Promise<void> | void;
}

/** Steps that are all done in the end, or all undone. */
export interface Saga {
  /** Names it for good: whoever carries out a saga with the same id goes on with the same one. */
  readonly id: string;
  /** In order. Names are unique, and those of a saga that has begun stay. */
  readonly steps: readonly SagaStep[];
}

/**
 * Carries out a saga, or goes on with it where it was left, here or by a process that died. Returns
 * what the steps returned, by name. When a step fails, those that were begun are undone in reverse. One that
 * says that nothing in the internet is used now has not failed: it is left as a process that dies leaves it.
 * @throws SagaUndoneError when it failed, now or before; SagaStuckError when a step could not be
 *   undone; SagaBusyError while somebody else carries it out; LostTaskError when it was taken over;
 *   StoppingError when this process is being stopped, and another one may go on with it;
 *   CutOffError, to be carried out again when the internet is used
 */
export async function saga(
  tasks: Pick<TasksService, 'openDatabase' | 'settings'>,
  { id, steps }: Saga,
): Promise<Readonly<Record<string, Json | undefined>>> {
  const database = await tasks.openDatabase();
  const leaseSeconds = tasks.settings.TASKS_LEASE_SECONDS;
  const held = await takeSaga(database, id, leaseSeconds);
  if (!held) return outcomeOf(database, id);
  const run = new SagaRun({ database, held, steps, leaseSeconds });
  return run.carryOut();
}

async function outcomeOf(
  database: Database,
  id: string,
): Promise<Record<string, Json | undefined>> {
  const kept = await readSaga(database, id);
  if (kept?.state === 'UNDONE') throw new SagaUndoneError({ id, failure: kept.failure ?? '' });
  if (kept?.state !== 'DONE') throw new SagaBusyError({ id });
  return resultsOf(await readSteps(database, sagaOwner(id)));
}

function resultsOf(steps: Iterable<KeptStep>): Record<string, Json | undefined> {
  return Object.fromEntries([...steps].map(({ name, result }) => [name, result]));
}

/** One process's turn at a saga. */
class SagaRun {
  readonly #database: Database;
  readonly #held: KeptSaga;
  readonly #steps: readonly SagaStep[];
  readonly #leaseSeconds: number;
  readonly #control = new AbortController();
  #kept = new Map<string, KeptStep>();

  constructor(init: {
    database: Database;
    held: KeptSaga;
    steps: readonly SagaStep[];
    leaseSeconds: number;
  }) {
    this.#database = init.database;
    this.#held = init.held;
    this.#steps = init.steps;
    this.#leaseSeconds = init.leaseSeconds;
  }

  async carryOut(): Promise<Record<string, Json | undefined>> {
    const timer = setInterval(() => void this.#renew(), (this.#leaseSeconds * 1_000) / 3);
    try {
      const steps = await readSteps(this.#database, sagaOwner(this.#held.id));
      this.#kept = new Map(steps.map((step) => [step.name, step]));
      if (this.#held.state === 'UNDOING') return await this.#undoAll(this.#held.failure ?? '');
      return await this.#doAll();
    } finally {
      clearInterval(timer);
      await leaveSaga(this.#database, this.#held).catch(() => undefined);
    }
  }

  async #renew(): Promise<void> {
    try {
      const isHeld = await renewSaga(this.#database, this.#held, this.#leaseSeconds);
      if (!isHeld) this.#control.abort(new LostTaskError(this.#held));
    } catch (error) {
      logger.warn({ src: 'tasks:saga', error }, 'the lease of a saga was not renewed');
    }
  }

  #lose(): never {
    const error = new LostTaskError(this.#held);
    this.#control.abort(error);
    throw error;
  }

  async #doAll(): Promise<Record<string, Json | undefined>> {
    for (const step of this.#steps) {
      if (this.#kept.get(step.name)?.state === 'done') continue;
      const failed = await this.#doStep(step);
      if (failed) return this.#undoAll(failed.sentence, failed.cause);
    }
    await this.#move('DONE');
    return resultsOf(this.#kept.values());
  }

  async #doStep(step: SagaStep): Promise<{ sentence: string; cause: unknown } | undefined> {
    const isRepeated = this.#kept.has(step.name);
    await this.#keep(step.name, 'begun');
    let result: Json | undefined;
    try {
      result = await step.do({ ...this.#context(step), isRepeated });
      textOf(step.name, result);
    } catch (cause) {
      this.#control.signal.throwIfAborted();
      // The next process goes on with it, or this one when the internet is used again.
      if (cause instanceof StoppingError || CutOffError.isIn(cause)) throw cause;
      return { sentence: storable(explainError(cause)), cause };
    }
    await this.#keep(step.name, 'done', result);
    return undefined;
  }

  async #undoAll(failure: string, cause?: unknown): Promise<never> {
    await this.#move('UNDOING', failure);
    for (const step of this.#steps.toReversed()) {
      const kept = this.#kept.get(step.name);
      if (kept && kept.state !== 'undone') await this.#undoStep(step, kept, failure);
    }
    await this.#move('UNDONE');
    throw new SagaUndoneError({ id: this.#held.id, failure, cause });
  }

  async #undoStep(step: SagaStep, kept: KeptStep, failure: string): Promise<void> {
    try {
      await step.undo?.({ ...this.#context(step), result: kept.result, failure });
    } catch (cause) {
      this.#control.signal.throwIfAborted();
      if (CutOffError.isIn(cause)) throw cause;
      throw new SagaStuckError({ id: this.#held.id, step: step.name, failure, cause });
    }
    await this.#keep(step.name, 'undone');
  }

  #context({ name }: SagaStep): SagaContext {
    return {
      idempotencyKey: `${sagaOwner(this.#held.id)}/${name}`,
      signal: this.#control.signal,
      attempt: this.#held.attempt,
      results: resultsOf(this.#kept.values()),
    };
  }

  async #keep(name: string, state: StepState, result?: Json): Promise<void> {
    const step = { name, state, result: textOf(name, result) };
    if (!(await keepSagaStep(this.#database, this.#held, step))) this.#lose();
    this.#kept.set(name, { name, state, result: result ?? this.#kept.get(name)?.result });
  }

  async #move(state: SagaState, failure?: string): Promise<void> {
    if (!(await moveSaga(this.#database, this.#held, { state, failure }))) this.#lose();
  }
}

import { logger } from '@elizaos/core';
import {
  hasRole,
  NotPermittedError,
  SYSTEM,
  uuidSource,
  type IdSource,
  type PicoUsd,
  type Principal,
} from '@371os/kernel';
import { storable } from '../domain/outcome.ts';
import { queueOf } from '../domain/queue-name.ts';
import { retryDelayMs } from '../domain/retry.ts';
import type { AgentRecord, NewTask, Task, TaskFilter } from '../domain/task.ts';
import { ENDED_BADLY, hasEnded, WAITING } from '../domain/task-state.ts';
import { AmbiguousTaskError, LostTaskError, TaskEndedError, UnknownTaskError } from '../errors.ts';
import type { Job, JobQueue } from '../ports.ts';
import type { TasksSettings } from '../settings.ts';
import type { Database } from '../store/database.ts';
import type { QueuedTask } from '../store/rows.ts';
import { readRecords } from '../store/record-store.ts';
import { endSagaLeases } from '../store/saga-store.ts';
import { CHANGES, TaskStore } from '../store/task-store.ts';
import { Attempt, type TaskHandler, type Verdict } from './attempt.ts';
import { Submission } from './submission.ts';
import { TaskChanges } from './task-changes.ts';

const SWEEP_EVERY_MS = 5_000;
const CONFIRM_EVERY_MS = 3_000;
// The job becomes ready by the database's clock, and only once it has been written.
const WAKE_MARGIN_MS = 500;
const DRAIN_MS = 3_000;
const PRUNE_EVERY_MS = 3_600_000;

export interface TaskEngineInit {
  readonly database: Database;
  readonly queue: JobQueue;
  /** True when no other process can be using the database. */
  readonly isAlone: boolean;
  /** How long tasks that have ended are kept. */
  readonly keepDays: number;
  readonly newId?: IdSource | undefined;
}

/** Which tasks are to go on: one, or all that wait for the same. */
export type GoOn = string | { readonly waitingFor: string };

interface Running {
  readonly attempt: Attempt;
  confirmedAtMs: number;
}

/** The tasks of one database, as this process sees them and works on them. */
export class TaskEngine {
  readonly database: Database;
  readonly changes: TaskChanges;
  readonly #store: TaskStore;
  readonly #queue: JobQueue;
  readonly #isAlone: boolean;
  readonly #keepDays: number;
  readonly #origin: string | undefined;
  readonly #submission: Submission;
  readonly #running = new Map<string, Running>();
  readonly #timers: NodeJS.Timeout[] = [];
  #starting: Promise<void> | undefined;

  constructor(init: TaskEngineInit) {
    const { database, queue, newId = uuidSource } = init;
    this.database = database;
    this.#queue = queue;
    this.#isAlone = init.isAlone;
    this.#keepDays = init.keepDays;
    this.#origin = init.isAlone ? undefined : newId();
    this.#store = new TaskStore({ database, queue, newId, origin: this.#origin });
    this.changes = new TaskChanges((ids) => this.#store.read(ids));
    this.#submission = new Submission({
      store: this.#store,
      newId,
      onAdded: (added) => this.#welcome(added),
    });
  }

  // -- life

  /** Starts handing out work, once; takes up what a process that died has left. */
  start(): Promise<void> {
    this.#starting ??= this.#start().catch((error: unknown) => {
      this.#starting = undefined;
      throw error;
    });
    return this.#starting;
  }

  /** Stops; what runs and does not end within 3 s is left to the next process. */
  async stop(): Promise<void> {
    if (!this.#starting) return;
    await this.#starting.catch(() => undefined);
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
    for (const { attempt } of this.#running.values()) attempt.stop();
    await this.#queue.stop();
    this.#starting = undefined;
  }

  async #start(): Promise<void> {
    this.#queue.onLost((job) => this.#safely(() => this.#takeFrom(job)));
    await this.#queue.start();
    if (!this.#isAlone) await this.#listen();
    await this.#takeUpOrphans();
    this.#every(SWEEP_EVERY_MS, () => this.#sweep());
    this.#every(CONFIRM_EVERY_MS, () => this.#confirm());
    this.#every(PRUNE_EVERY_MS, () => this.#prune());
    void this.#safely(() => this.#prune());
  }

  async #listen(): Promise<void> {
    await this.#queue.listen(
      CHANGES,
      (text) => {
        this.#hear(text);
      },
      () => {
        this.#queue.wakeAll();
        void this.#safely(() => this.changes.recheck());
      },
    );
  }

  #every(periodMs: number, work: () => Promise<void>): void {
    let isRunning = false;
    const timer = setInterval(() => {
      if (isRunning) return;
      isRunning = true;
      void this.#safely(work).finally(() => (isRunning = false));
    }, periodMs);
    this.#timers.push(timer.unref());
  }

  async #prune(): Promise<void> {
    while ((await this.#store.prune(this.#keepDays)) > 0);
  }

  async #safely(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      logger.warn({ src: 'tasks:engine', error }, 'tasks stumbled; it is tried again');
    }
  }

  // -- tasks

  async submit(tasks: readonly NewTask[], settings: TasksSettings): Promise<Task[]> {
    await this.start();
    return this.#submission.submit(tasks, settings);
  }

  /** @throws UnknownTaskError */
  async get(id: string): Promise<Task> {
    const [task] = await this.#store.read([id]);
    if (!task) throw new UnknownTaskError({ id });
    return task;
  }

  list(filter: TaskFilter): Promise<Task[]> {
    return this.#store.list(filter);
  }

  async children(parentId: string): Promise<Task[]> {
    return (await this.#store.list({ parentId, limit: 1_000 })).toReversed();
  }

  records(agents: readonly string[]): Promise<AgentRecord[]> {
    return readRecords(this.database, agents);
  }

  keepCost(id: string, costPico: PicoUsd): Promise<void> {
    return this.#store.keepCost(id, costPico);
  }

  /** The id that begins so. @throws UnknownTaskError, AmbiguousTaskError */
  async findId(prefix: string): Promise<string> {
    const [id, other] = prefix === '' ? [] : await this.#store.listIds(prefix);
    if (id === undefined) throw new UnknownTaskError({ id: prefix });
    if (other !== undefined && id !== prefix) throw new AmbiguousTaskError({ id: prefix });
    return id;
  }

  async cancel(id: string, by: Principal): Promise<Task> {
    const task = await this.get(id);
    checkMayCancel(task, by);
    const canceled = await this.#store.cancel(id, `Canceled by ${storable(by.id)}.`);
    for (const part of canceled) {
      this.#running.get(part.id)?.attempt.lose();
      this.#announce(part);
    }
    await this.#dropJobs(canceled);
    await this.#releaseDependents(canceled);
    const own = canceled.find((part) => part.id === id);
    if (own) return own;
    throw new TaskEndedError({ id, state: (await this.get(id)).state });
  }

  /** Has what waits go on, and returns those tasks. Twice at once, it is done once. */
  async goOn(which: GoOn): Promise<Task[]> {
    await this.start();
    const gone: Task[] = [];
    for (;;) {
      const going = await this.#store.goOn(await this.#listWaiting(which));
      if (going.length === 0) return gone;
      for (const task of going) this.#announce(task);
      gone.push(...going);
    }
  }

  #listWaiting(which: GoOn): Promise<QueuedTask[]> {
    return typeof which === 'string'
      ? this.#store.read([which])
      : this.#store.list({ ...which, states: WAITING, limit: 1_000 });
  }

  // -- work

  /** Has the tasks of an agent done by a handler in this process; returns what ends that. */
  async work(
    agent: string,
    handler: TaskHandler,
    concurrency: number,
  ): Promise<() => Promise<void>> {
    await this.start();
    const own = new Set<Attempt>();
    const stop = await this.#queue.work(queueOf(agent), concurrency, (job) =>
      this.#do(job, handler, own),
    );
    return () => stopGently(stop, own);
  }

  // Throws when the database fails or the task was lost: if the job still is the task's, it gets another.
  async #do(job: Job, handler: TaskHandler, own: Set<Attempt>): Promise<void> {
    const task = await this.#store.begin(job);
    if (task) await this.#attempt(task, handler, own);
  }

  async #attempt(task: QueuedTask, handler: TaskHandler, own: Set<Attempt>): Promise<void> {
    const dependencies = await this.#dependenciesOf(task);
    const attempt = new Attempt({ task, dependencies, database: this.database });
    const running = { attempt, confirmedAtMs: performance.now() };
    this.#running.set(task.id, running);
    own.add(attempt);
    this.#announce(task);
    try {
      await this.#keep(task, await attempt.perform(handler));
    } finally {
      own.delete(attempt);
      if (this.#running.get(task.id) === running) this.#running.delete(task.id);
    }
  }

  async #dependenciesOf({ dependsOn }: Task): Promise<Task[]> {
    const found = new Map((await this.#store.read(dependsOn)).map((task) => [task.id, task]));
    return dependsOn.flatMap((id) => found.get(id) ?? []);
  }

  async #keep(task: QueuedTask, verdict: Verdict): Promise<void> {
    const changed = await this.#write(task, verdict);
    if (!changed) return;
    this.#announce(changed);
    await this.#releaseDependents([changed]);
  }

  #write(task: QueuedTask, verdict: Verdict): Promise<QueuedTask | undefined> {
    switch (verdict.kind) {
      case 'outcome':
        return this.#store.finish(task, verdict.outcome);
      case 'failure':
        return this.#failed(task, verdict.sentence, verdict.isFinal);
      case 'stopped':
        return this.#store.giveBack(task);
      case 'lost':
        // Its job must not end well: who gave the task up in doubt would leave it to nobody.
        return Promise.reject(new LostTaskError(task));
    }
  }

  #failed(task: QueuedTask, sentence: string, isFinal = false): Promise<QueuedTask | undefined> {
    const failures = task.failures + 1;
    if (isFinal) return this.#store.fail(task, sentence);
    if (failures >= task.maxAttempts)
      return this.#store.fail(task, `${sentence} It was tried ${times(failures)}.`);
    const delayMs = retryDelayMs(failures);
    if (delayMs > 0) this.#wakeLater(task, delayMs);
    return this.#store.tryAgain(task, { answer: `${sentence} It is tried again.`, delayMs });
  }

  #wakeLater({ agent }: Task, delayMs: number): void {
    setTimeout(() => {
      this.#queue.wake(queueOf(agent));
    }, delayMs + WAKE_MARGIN_MS).unref();
  }

  // -- what others left

  // The worker of this job has died, or was not heard of for a lease.
  async #takeFrom(job: Job): Promise<void> {
    const [task] = await this.#store.read([job.taskId]);
    if (task?.jobId === job.id) await this.#takeOver(task);
  }

  async #takeOver(task: QueuedTask): Promise<void> {
    if (task.state === 'SUBMITTED')
      for (const again of await this.#store.queueAgain([task])) this.#announce(again);
    if (task.state !== 'WORKING') return;
    this.#running.get(task.id)?.attempt.lose();
    await this.#keepFailure(task, `The server stopped while ${task.agent} was working on this.`);
  }

  async #keepFailure(task: QueuedTask, sentence: string): Promise<void> {
    const changed = await this.#failed(task, sentence);
    if (!changed) return;
    this.#announce(changed);
    await this.#releaseDependents([changed]);
  }

  async #takeUpOrphans(): Promise<void> {
    if (this.#isAlone) await endSagaLeases(this.database);
    const orphans = await this.#store.listOrphans(this.#isAlone);
    await this.#dropJobs(orphans);
    for (const task of orphans) await this.#takeOver(task);
    await this.#release('all');
  }

  // Nobody would begin them; this saves the look.
  async #dropJobs(tasks: readonly QueuedTask[]): Promise<void> {
    if (!this.#starting) return;
    for (const [agent, group] of Map.groupBy(tasks, (task) => task.agent)) {
      const ids = group.flatMap(({ jobId }) => jobId ?? []);
      if (ids.length > 0) await this.#queue.discard(queueOf(agent), ids);
    }
  }

  async #sweep(): Promise<void> {
    await this.#release('all');
    await this.changes.recheck();
  }

  // Attempts that do not hold their task any more, and those that have not been able to find out
  // for a lease, are over.
  async #confirm(): Promise<void> {
    const asked = [...this.#running];
    if (asked.length === 0) return;
    const atMs = performance.now();
    const attempts = new Map((await this.#listHeld(asked)).map(({ id, attempt }) => [id, attempt]));
    for (const [id, running] of asked)
      if (attempts.get(id) === running.attempt.attempt) running.confirmedAtMs = atMs;
      else running.attempt.lose();
  }

  // A process that stood still for longer than a lease asks first: it may hold them all the same.
  async #listHeld(asked: readonly [string, Running][]): ReturnType<TaskStore['listHeld']> {
    try {
      return await this.#store.listHeld(
        asked.map(([id, { attempt }]) => ({ id, attempt: attempt.attempt })),
      );
    } catch (error) {
      for (const [, { attempt, confirmedAtMs }] of asked)
        if (performance.now() - confirmedAtMs > attempt.task.leaseSeconds * 1_000) attempt.lose();
      throw error;
    }
  }

  // -- those that wait for others

  async #welcome(added: readonly QueuedTask[]): Promise<void> {
    for (const task of added) this.#announce(task);
    const waiting = added.filter(({ state, jobId }) => state === 'SUBMITTED' && !jobId);
    if (waiting.length === 0) return;
    await this.#safely(() => this.#release({ taskIds: waiting.map(({ id }) => id) }));
  }

  async #releaseDependents(changed: readonly QueuedTask[]): Promise<void> {
    for (const { id, state, hasDependents } of changed)
      if (hasDependents && hasEnded(state)) await this.#release({ endedId: id });
  }

  async #release(which: Parameters<TaskStore['listReleased']>[0]): Promise<void> {
    const released = await this.#store.listReleased(which);
    const ready = released.filter(({ brokenBy }) => brokenBy === undefined);
    const tasks = await this.#store.read(ready.map(({ taskId }) => taskId));
    for (const task of await this.#store.queueAgain(tasks)) this.#announce(task);
    for (const { taskId, brokenBy } of released)
      if (brokenBy !== undefined) await this.#failWaiting(taskId, brokenBy);
  }

  async #failWaiting(id: string, neededId: string): Promise<void> {
    const failed = await this.#store.failWaiting(id, reasonOf(await this.get(neededId)));
    if (!failed) return;
    this.#announce(failed);
    await this.#releaseDependents([failed]);
  }

  // -- news

  #announce(task: Task): void {
    this.changes.tell(task);
    if (task.state === 'SUBMITTED') this.#queue.wake(queueOf(task.agent));
  }

  // `origin id state agent`, from a process that changed a task.
  #hear(text: string): void {
    const [origin, id = '', state, ...agent] = text.split(' ');
    if (origin === this.#origin) return;
    if (state === 'SUBMITTED') this.#queue.wake(queueOf(agent.join(' ')));
    if (this.#running.has(id)) void this.#safely(() => this.#confirm());
    void this.#safely(() => this.changes.tellOf(id));
  }
}

function checkMayCancel(task: Task, by: Principal): void {
  const isOwn = task.requester.id === by.id;
  if (isOwn || by.id === SYSTEM.id || hasRole(by, 'admin')) return;
  throw new NotPermittedError({ what: "cancel somebody else's task", needed: 'admin' });
}

const ENDED_SO: Readonly<Record<string, string>> = {
  FAILED: 'failed',
  CANCELED: 'was canceled',
  REJECTED: 'was turned down',
};

function reasonOf({ agent, text, state, answer }: Task): string {
  const what = ENDED_BADLY.includes(state) ? (ENDED_SO[state] ?? state) : 'did not end';
  const words = text.length > 80 ? `${text.slice(0, 79)}…` : text;
  return `This was not begun: "${words}" (${agent}), whose result it needs, ${what}. ${answer}`.trim();
}

function times(count: number): string {
  return count === 1 ? 'once' : count === 2 ? 'twice' : `${String(count)} times`;
}

// What runs may end by itself for a while, then it is left to the next process.
async function stopGently(stop: () => Promise<void>, own: ReadonlySet<Attempt>): Promise<void> {
  const timer = setTimeout(() => {
    for (const attempt of own) attempt.stop();
  }, DRAIN_MS);
  try {
    await stop();
  } finally {
    clearTimeout(timer);
  }
}

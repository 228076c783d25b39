import { logger } from '@elizaos/core';
import {
  cutOff,
  hasRole,
  NotPermittedError,
  SYSTEM,
  uuidSource,
  type IdSource,
  type PicoUsd,
  type Principal,
} from '@371os/kernel';
import { INTERNET, storable } from '../domain/outcome.ts';
import { queueOf } from '../domain/queue-name.ts';
import { retryDelayMs } from '../domain/retry.ts';
import type { AgentLoad, AgentRecord, Json, NewTask, Task, TaskFilter } from '../domain/task.ts';
import { ENDED_BADLY, hasEnded, WAITING } from '../domain/task-state.ts';
import { AmbiguousTaskError, LostTaskError, TaskEndedError, UnknownTaskError } from '../errors.ts';
import type { Job, JobQueue } from '../ports.ts';
import type { TasksSettings } from '../settings.ts';
import type { Database } from '../store/database.ts';
import type { QueuedTask } from '../store/rows.ts';
import { readLoad } from '../store/load-store.ts';
import { readRecords } from '../store/record-store.ts';
import { endSagaLeases } from '../store/saga-store.ts';
import { CHANGES, TaskStore, type AttemptEnd } from '../store/task-store.ts';
import { Attempt, type TaskHandler, type Verdict } from './attempt.ts';
import { Lanes } from './lanes.ts';
import { NewsPost } from './news-post.ts';
import { Submission } from './submission.ts';
import { TaskChanges } from './task-changes.ts';

const SWEEP_EVERY_MS = 5_000;
const CONFIRM_EVERY_MS = 3_000;
const TOUCH_EVERY_MS = 4_000;
// The job becomes ready by the database's clock, and only once it has been written.
const WAKE_MARGIN_MS = 500;
const DRAIN_MS = 3_000;
const AFTER_FAILURE_MS = 1_000;
const PRUNE_EVERY_MS = 3_600_000;

export interface TaskEngineInit {
  readonly database: Database;
  /** The same, for the statements that every task goes through. */
  readonly prepared: Database;
  readonly queue: JobQueue;
  /** True when no other process can be using the database. */
  readonly isAlone: boolean;
  /** How long tasks that have ended are kept. */
  readonly keepDays: number;
  readonly newId?: IdSource | undefined;
}

/** Which tasks are to go on: one, or all that wait for the same. */
export type GoOn = string | { readonly waitingFor: string };

/** An attempt that came out somehow, which counts as running until that is kept. */
interface Ended extends AttemptEnd {
  readonly task: QueuedTask;
  readonly release: () => void;
}

type Mishap = Exclude<Verdict, { readonly kind: 'outcome' }>;

interface Drain {
  readonly drainMs?: number | undefined;
}

/** Ends the work of an agent in this process. */
export interface WorkEnd {
  /** Takes no more tasks; what runs and does not end within 3 s or `drainMs` is put back. */
  (options?: Drain): Promise<void>;
  /** Does so many tasks at once from now on; what runs goes on. */
  readonly resize: (concurrency: number) => void;
}

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
  readonly #news: NewsPost<Task>;
  readonly #lanes = new Map<string, Set<Lanes<QueuedTask, Ended>>>();
  readonly #running = new Map<string, Running>();
  readonly #timers: NodeJS.Timeout[] = [];
  #starting: Promise<void> | undefined;
  #stopHeeding: (() => void) | undefined;
  #isStopping = false;

  constructor(init: TaskEngineInit) {
    const { database, prepared, queue, newId = uuidSource } = init;
    this.database = database;
    this.#queue = queue;
    this.#isAlone = init.isAlone;
    this.#keepDays = init.keepDays;
    this.#origin = init.isAlone ? undefined : newId();
    this.#store = new TaskStore({ database, prepared, queue, newId, origin: this.#origin });
    this.changes = new TaskChanges((ids) => this.#store.read(ids));
    this.#news = new NewsPost((tasks) => this.#safely(() => this.#store.tell(tasks)));
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
    this.#stopHeeding?.();
    // What is taken in this very moment is put back, too.
    this.#isStopping = true;
    for (const { attempt } of this.#running.values()) attempt.stop();
    const lanes = [...this.#lanes.values()].flatMap((some) => [...some]);
    this.#lanes.clear();
    await Promise.all(lanes.map((some) => some.stop()));
    await this.#queue.stop();
    this.#isStopping = false;
    this.#starting = undefined;
  }

  async #start(): Promise<void> {
    this.#queue.onLost((job) => this.#safely(() => this.#takeFrom(job)));
    await this.#queue.start();
    if (!this.#isAlone) await this.#listen();
    await this.#takeUpOrphans();
    this.#every(SWEEP_EVERY_MS, () => this.#sweep());
    this.#every(CONFIRM_EVERY_MS, () => this.#confirm());
    this.#every(TOUCH_EVERY_MS, () => this.#touch());
    this.#every(PRUNE_EVERY_MS, () => this.#prune());
    void this.#safely(() => this.#prune());
    this.#stopHeeding = cutOff.onChanged(() => {
      this.#heedCutOff();
    });
    this.#heedCutOff();
  }

  // What waited for the internet goes on; where it still cannot, it waits again.
  #heedCutOff(): void {
    if (cutOff.reason !== undefined) return;
    void this.#safely(async () => {
      await this.goOn({ waitingFor: INTERNET });
    });
  }

  async #listen(): Promise<void> {
    await this.#queue.listen(
      CHANGES,
      (text) => {
        this.#hear(text);
      },
      () => {
        for (const queue of this.#lanes.keys()) this.#wake(queue);
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

  load(agent: string, windowMs: number): Promise<AgentLoad> {
    return readLoad(this.database, agent, windowMs);
  }

  /** How many tasks of an agent run in this process. */
  running(agent: string): number {
    return [...this.#running.values()].filter(({ attempt }) => attempt.task.agent === agent).length;
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
  async goOn(which: GoOn, more?: Readonly<Record<string, Json>>): Promise<Task[]> {
    await this.start();
    const gone: Task[] = [];
    for (;;) {
      const going = await this.#store.goOn(await this.#listWaiting(which), more);
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
  async work(agent: string, handler: TaskHandler, concurrency: number): Promise<WorkEnd> {
    await this.start();
    const own = new Set<Attempt>();
    const lanes = new Lanes<QueuedTask, Ended>({
      count: concurrency,
      exchange: (ends, count) => this.#exchange(agent, ends, count),
      perform: (task) => this.#perform(task, handler, own),
    });
    const queue = queueOf(agent);
    const others = this.#lanes.get(queue) ?? new Set();
    this.#lanes.set(queue, others.add(lanes));
    const end = ({ drainMs = DRAIN_MS }: Drain = {}): Promise<void> => {
      others.delete(lanes);
      return stopGently(() => lanes.stop(), own, drainMs);
    };
    const resize = (count: number): void => {
      lanes.resize(count);
    };
    return Object.assign(end, { resize });
  }

  async #exchange(
    agent: string,
    ends: readonly Ended[],
    count: number,
  ): Promise<readonly QueuedTask[]> {
    try {
      const { ended, begun, inVain } = await this.#store.exchange(agent, ends, count);
      for (const { release } of ends) release();
      const kept = new Set(ended.map(({ id }) => id));
      const late = ends.flatMap(({ task }) => (kept.has(task.id) ? [] : (task.jobId ?? [])));
      void this.#safely(() => this.#followUp(agent, ended, [...late, ...inVain]));
      if (!this.#isAlone) this.#news.add([...ended, ...begun]);
      // They stood in the way of others.
      if (inVain.length > 0) this.#wake(queueOf(agent));
      return begun;
    } catch (error) {
      logger.warn({ src: 'tasks:engine', error }, 'tasks could not be kept or taken');
      this.#wakeLater({ agent }, AFTER_FAILURE_MS);
      for (const end of ends) await this.#keepAlone(agent, end, ends.length);
      return [];
    }
  }

  async #followUp(agent: string, ended: readonly QueuedTask[], jobs: string[]): Promise<void> {
    for (const task of ended) this.#announce(task);
    if (jobs.length > 0) await this.#queue.complete(queueOf(agent), jobs);
    await this.#releaseDependents(ended);
  }

  // One that cannot be kept must not take the others with it; if the job still is the task's, the
  // task gets another.
  async #keepAlone(agent: string, end: Ended, together: number): Promise<void> {
    if (together > 1) await this.#exchange(agent, [end], 0);
    else await this.#giveUp(end.task).finally(end.release);
  }

  #giveUp({ agent, jobId = '' }: QueuedTask): Promise<void> {
    return this.#safely(() => this.#queue.lose(queueOf(agent), jobId));
  }

  // When the database fails or the task was lost: if the job still is the task's, it gets another.
  async #perform(
    task: QueuedTask,
    handler: TaskHandler,
    own: Set<Attempt>,
  ): Promise<Ended | undefined> {
    let release = (): void => undefined;
    try {
      const dependencies = await this.#dependenciesOf(task);
      const { database } = this;
      const isHeld = (): Promise<boolean> => this.#isHeld(task);
      const attempt = new Attempt({ task, dependencies, database, isHeld });
      release = this.#hold(attempt, own);
      if (this.#isStopping) attempt.stop();
      this.#announce(task);
      const verdict = await attempt.perform(handler);
      if (verdict.kind === 'outcome') return { task, outcome: verdict.outcome, release };
      await this.#keep(task, verdict);
    } catch (error) {
      logger.debug({ src: 'tasks:engine', error }, 'a task was given up');
      await this.#giveUp(task);
    }
    release();
    return undefined;
  }

  /** Counts an attempt as running until the returned function is called. */
  #hold(attempt: Attempt, own: Set<Attempt>): () => void {
    const { id } = attempt.task;
    const running = { attempt, confirmedAtMs: performance.now() };
    this.#running.set(id, running);
    own.add(attempt);
    return () => {
      own.delete(attempt);
      if (this.#running.get(id) === running) this.#running.delete(id);
    };
  }

  async #dependenciesOf({ dependsOn }: Task): Promise<Task[]> {
    const found = new Map((await this.#store.read(dependsOn)).map((task) => [task.id, task]));
    return dependsOn.flatMap((id) => found.get(id) ?? []);
  }

  async #keep(task: QueuedTask, verdict: Mishap): Promise<void> {
    const changed = await this.#write(task, verdict);
    if (changed) this.#announce(changed);
    await this.#queue.complete(queueOf(task.agent), [task.jobId ?? '']);
    if (changed) await this.#releaseDependents([changed]);
  }

  #write(task: QueuedTask, verdict: Mishap): Promise<QueuedTask | undefined> {
    switch (verdict.kind) {
      case 'failure':
        return this.#failed(task, verdict.sentence, verdict.isFinal);
      case 'stopped':
        return this.#store.giveBack(task);
      case 'lost':
        // Its job must not end well: who gave the task up in doubt would leave it to nobody.
        return Promise.reject(new LostTaskError(task));
    }
  }

  async #failed(
    task: QueuedTask,
    sentence: string,
    isFinal = false,
  ): Promise<QueuedTask | undefined> {
    const failures = task.failures + 1;
    if (isFinal) return this.#store.fail(task, sentence);
    if (failures >= task.maxAttempts)
      return this.#store.fail(task, `${sentence} It was tried ${times(failures)}.`);
    const delayMs = retryDelayMs(failures);
    const answer = `${sentence} It is tried again.`;
    const again = await this.#store.tryAgain(task, { answer, delayMs });
    // Only now: whoever is woken before the job is there looks in vain, and next at the poll.
    if (again && delayMs > 0) this.#wakeLater(task, delayMs);
    return again;
  }

  #wakeLater({ agent }: Pick<Task, 'agent'>, delayMs: number): void {
    setTimeout(() => {
      this.#wake(queueOf(agent));
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
    // Whoever was told that a job is lost may have died before it could do anything about it.
    // What this process works on may still be its own, however long it stood still.
    for (const task of await this.#store.listOrphans(false, ['WORKING']))
      if (!this.#running.has(task.id)) await this.#takeOver(task);
    await this.changes.recheck();
  }

  // A sign of life for all that runs here, before the shortest lease is half over.
  async #touch(): Promise<void> {
    const running = [...this.#running.values()].map(({ attempt }) => attempt.task);
    for (const [agent, tasks] of Map.groupBy(running, (task) => task.agent))
      await this.#queue.touch(
        queueOf(agent),
        tasks.flatMap(({ jobId }) => jobId ?? []),
      );
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

  // Before a step has its effect: whoever stood still for longer than a lease may have lost the task.
  async #isHeld({ id, attempt, leaseSeconds }: QueuedTask): Promise<boolean> {
    const running = this.#running.get(id);
    const atMs = performance.now();
    if (running?.attempt.attempt !== attempt) return false;
    if (atMs - running.confirmedAtMs <= leaseSeconds * 1_000) return true;
    const [held] = await this.#store.listHeld([{ id, attempt }]);
    if (held) running.confirmedAtMs = atMs;
    return held !== undefined;
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

  #wake(queue: string): void {
    for (const lanes of this.#lanes.get(queue) ?? []) lanes.wake();
  }

  #announce(task: Task): void {
    this.changes.tell(task);
    if (task.state === 'SUBMITTED') this.#wake(queueOf(task.agent));
  }

  // `origin id state agent`, from a process that changed a task.
  #hear(text: string): void {
    const [origin, id = '', state, ...agent] = text.split(' ');
    if (origin === this.#origin) return;
    if (state === 'SUBMITTED') this.#wake(queueOf(agent.join(' ')));
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
async function stopGently(
  stop: () => Promise<void>,
  own: ReadonlySet<Attempt>,
  drainMs: number,
): Promise<void> {
  const timer = setTimeout(() => {
    for (const attempt of own) attempt.stop();
  }, drainMs);
  try {
    await stop();
  } finally {
    clearTimeout(timer);
  }
}

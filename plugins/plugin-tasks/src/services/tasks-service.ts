import { Service, type IAgentRuntime } from '@elizaos/core';
import { agentSettings, serviceOf, type PicoUsd, type Principal } from '@371os/kernel';
import { isPgLite, PgBossQueue } from '../adapters/pg-boss-queue.ts';
import type { AgentLoad, AgentRecord, Json, NewTask, Task, TaskFilter } from '../domain/task.ts';
import { TasksMissingError } from '../errors.ts';
import { tasksSettings, type TasksSettings } from '../settings.ts';
import { Database, type SqlExecutor } from '../store/database.ts';
import { preparingDatabase } from '../store/prepared-statements.ts';
import { listAbandonedSagas } from '../store/saga-store.ts';
import type { TaskHandler } from './attempt.ts';
import { acquireEngine, releaseEngine } from './shared-engine.ts';
import { TaskEngine, type GoOn, type WorkEnd } from './task-engine.ts';

declare module '@elizaos/core' {
  interface ServiceTypeRegistry {
    TASKS: 'tasks';
  }
}

/** The name under which an agent finds its tasks. */
export const TASKS_SERVICE = 'tasks';

const WAIT_MS = 120_000;

/**
 * An agent's way to the tasks of the company. All agents on one database share them, in this process
 * and in others. Every method throws TaskStoreError when the database fails.
 */
export class TasksService extends Service {
  static override readonly serviceType = TASKS_SERVICE;
  override readonly capabilityDescription = 'Durable tasks that outlive the process.';

  #connection: unknown;
  #engine: TaskEngine | undefined;
  #failure: unknown;
  #settings: TasksSettings | undefined;
  readonly #stops = new Set<WorkEnd>();

  // ElizaOS stops the process when a start throws: what is wrong is said to whoever asks instead.
  static override async start(runtime: IAgentRuntime): Promise<TasksService> {
    const service = new TasksService(runtime);
    try {
      await service.#open(runtime);
    } catch (error) {
      service.#failure = error;
      runtime.logger.error({ src: 'tasks', error }, 'tasks cannot be kept');
    }
    return service;
  }

  override async stop(): Promise<void> {
    await Promise.all([...this.#stops].map((stop) => stop()));
    if (!this.#engine) return;
    this.#engine = undefined;
    await releaseEngine(this.#connection);
  }

  /**
   * Keeps a task until somebody has done it. The same idempotency key, or the same id, gives the
   * same task. One that can never begin is REJECTED, with the reason as its answer.
   * @throws InvalidTaskError
   */
  async submit(task: NewTask): Promise<Task> {
    const [submitted] = await this.submitAll([task]);
    return submitted as Task;
  }

  /** Keeps tasks that may name each other by their ids, all or none, in order. @throws InvalidTaskError */
  async submitAll(tasks: readonly NewTask[]): Promise<Task[]> {
    return this.#ready().submit(tasks, this.settings);
  }

  /** @throws UnknownTaskError */
  async get(id: string): Promise<Task> {
    return this.#ready().get(id);
  }

  /** Newest first. */
  async list(filter: TaskFilter = {}): Promise<Task[]> {
    return this.#ready().list(filter);
  }

  /** The parts of a task, in the order in which they were submitted. */
  async children(parentId: string): Promise<Task[]> {
    return this.#ready().children(parentId);
  }

  /** Tasks that failed and are not tried again, newest first. */
  async deadLetters(limit = 20): Promise<Task[]> {
    return this.list({ states: ['FAILED'], limit });
  }

  /** The id of the one task whose id begins so. @throws UnknownTaskError, AmbiguousTaskError */
  async findId(prefix: string): Promise<string> {
    return this.#ready().findId(prefix);
  }

  /**
   * Ends a task and its parts; whoever works on them is told by their signal. For the one who asked
   * for it, and for admins.
   * @throws UnknownTaskError, NotPermittedError, TaskEndedError
   */
  async cancel(id: string, by: Principal): Promise<Task> {
    return this.#ready().cancel(id, by);
  }

  /** How agents have done their tasks, in the order given. */
  async records(agents: readonly string[]): Promise<AgentRecord[]> {
    return this.#ready().records(agents);
  }

  /** How much an agent has to do, and how it did what ended in the last so many milliseconds. */
  async load(agent: string, windowMs: number): Promise<AgentLoad> {
    return this.#ready().load(agent, windowMs);
  }

  /** How many tasks of an agent run in this process now. */
  running(agent: string): number {
    return this.#ready().running(agent);
  }

  /**
   * Keeps what a task that has ended cost, when it is more than what is known: an attempt that was
   * ended from outside could not say it.
   */
  async keepCost(id: string, costPico: PicoUsd): Promise<void> {
    return this.#ready().keepCost(id, costPico);
  }

  /**
   * Has a task that waits, or all that wait for the same, go on; returns those that do.
   * @param more fields that their data, which are none or an object, get beside their own
   */
  async goOn(which: GoOn, more?: Readonly<Record<string, Json>>): Promise<Task[]> {
    return this.#ready().goOn(which, more);
  }

  /**
   * Does the tasks of an agent in this process, until the returned function is called or the service
   * stops. `concurrency` is TASKS_CONCURRENCY by default.
   */
  async work(
    agent: string,
    handler: TaskHandler,
    { concurrency = this.settings.TASKS_CONCURRENCY }: { concurrency?: number | undefined } = {},
  ): Promise<WorkEnd> {
    const end = await this.#ready().work(agent, handler, concurrency);
    const stopped = async (options?: { readonly drainMs?: number | undefined }): Promise<void> => {
      this.#stops.delete(stop);
      await end(options);
    };
    const stop: WorkEnd = Object.assign(stopped, { resize: end.resize });
    this.#stops.add(stop);
    return stop;
  }

  /**
   * The task once it has ended, or waits for input. By default for at most two minutes.
   * @throws UnknownTaskError, TaskNotEndedError, or what the signal was aborted with
   */
  async waitFor(
    id: string,
    { timeoutMs = WAIT_MS, signal }: { timeoutMs?: number; signal?: AbortSignal | undefined } = {},
  ): Promise<Task> {
    const engine = this.#ready();
    await engine.start();
    return engine.changes.waitFor(id, { timeoutMs, signal });
  }

  /**
   * Calls back with each task that changes, here or in another process, as it is then. A change that
   * another one follows at once may be left out. Returns what ends it.
   */
  onChange(listener: (task: Task) => void): () => void {
    return this.#ready().changes.onChange(listener);
  }

  /** Ids of sagas that begin so, have not ended, and that nobody carries out; oldest first. */
  async listAbandonedSagas(prefix = ''): Promise<string[]> {
    return listAbandonedSagas(await this.openDatabase(), prefix);
  }

  /** @throws InvalidSettingError when a setting is wrong */
  get settings(): TasksSettings {
    return (this.#settings ??= agentSettings(tasksSettings, this.runtime));
  }

  /** For {@link saga}. */
  async openDatabase(): Promise<Database> {
    const engine = this.#ready();
    await engine.start();
    return engine.database;
  }

  async #open(runtime: IAgentRuntime): Promise<void> {
    const connection = await runtime.getConnection();
    this.#connection = connection;
    this.#engine = acquireEngine(
      connection,
      () =>
        new TaskEngine({
          database: new Database(runtime.db as SqlExecutor),
          prepared: preparingDatabase(connection, runtime.db as SqlExecutor),
          queue: new PgBossQueue(connection),
          isAlone: isPgLite(connection),
          keepDays: this.settings.TASKS_KEEP_DAYS,
        }),
    );
  }

  #ready(): TaskEngine {
    if (this.#engine) return this.#engine;
    if (this.#failure instanceof Error) throw this.#failure;
    throw new TasksMissingError({ agent: this.runtime.character.name });
  }
}

/**
 * The tasks of an agent, once it has started.
 * @throws TasksMissingError when the plugin is not there or does not start in time
 */
export async function tasksOf(runtime: IAgentRuntime): Promise<TasksService> {
  return serviceOf<TasksService>(runtime, {
    type: TASKS_SERVICE,
    plugin: 'tasks',
    missing: () => new TasksMissingError({ agent: runtime.character.name }),
  });
}

import { every } from '@371os/kernel';
import { hasEnded, UnknownTaskError, type Task, type TasksService } from '@371os/plugin-tasks';
import type { RemoteTask, RemoteTasks } from '../../ports/remote-tasks.ts';

/** What can be done about a task that is done elsewhere. */
export interface RemoteWork {
  abandon(task: RemoteTask): Promise<void>;
  giveUp(task: RemoteTask): Promise<void>;
  hasAnswered(task: RemoteTask): Promise<boolean>;
}

export interface RemoteWatchInit {
  readonly tasks: Pick<TasksService, 'get' | 'goOn' | 'onChange'>;
  readonly store: Pick<RemoteTasks, 'open' | 'end' | 'find'>;
  readonly remote: RemoteWork;
  /** What a task waits for that is done elsewhere. */
  readonly waitsFor: string;
  readonly log: (problem: string, error: unknown) => void;
  readonly lookMs?: number | undefined;
}

const LOOK_MS = 5_000;

/**
 * Follows tasks that others do when nobody waits for them: what has ended there goes on here, and what
 * has ended here is canceled there, after a restart too.
 */
export class RemoteWatch {
  readonly #init: RemoteWatchInit;
  readonly #ends: (() => void)[] = [];

  constructor(init: RemoteWatchInit) {
    this.#init = init;
  }

  start(): void {
    const { tasks, log, lookMs = LOOK_MS } = this.#init;
    const onError = (error: unknown): void => {
      log('it was not looked what others have done', error);
    };
    this.#ends.push(
      tasks.onChange((task) => {
        if (task.state === 'CANCELED') this.#lookAt(task.id).catch(onError);
      }),
      every(lookMs, () => this.look(), onError),
    );
  }

  stop(): void {
    for (const end of this.#ends.splice(0)) end();
  }

  /** Who does not answer is not asked about their other tasks in the same look. */
  async look(): Promise<void> {
    const away = new Set<string>();
    for (const open of await this.#init.store.open())
      try {
        if (!away.has(open.url)) await this.#follow(open);
      } catch (error) {
        away.add(open.url);
        this.#init.log(`${open.agent} was not asked about a task`, error);
      }
  }

  async #lookAt(taskId: string): Promise<void> {
    const task = await this.#init.store.find(taskId);
    if (task && !task.hasEnded) await this.#follow(task);
  }

  async #follow(open: RemoteTask): Promise<void> {
    const { remote, tasks, waitsFor } = this.#init;
    if (open.isOverdue) return remote.giveUp(open);
    const own = await this.#own(open.taskId);
    if (!own || hasEnded(own.state)) await remote.abandon(open);
    else if (own.waitingFor === waitsFor && own.state === 'INPUT_REQUIRED')
      if (await remote.hasAnswered(open)) await tasks.goOn(own.id);
  }

  async #own(id: string): Promise<Task | undefined> {
    try {
      return await this.#init.tasks.get(id);
    } catch (error) {
      if (error instanceof UnknownTaskError) return undefined;
      throw error;
    }
  }
}

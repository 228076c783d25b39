import { KeyedQueue } from '@371os/kernel';
import { INTERNET } from '../domain/outcome.ts';
import { hasEnded } from '../domain/task-state.ts';
import type { Task } from '../domain/task.ts';
import { TaskNotEndedError } from '../errors.ts';
import type { TasksService } from './tasks-service.ts';

/** Where it is written down of what people have been told. */
export interface ToldLog {
  has(taskId: string): Promise<boolean>;
  add(taskId: string): Promise<unknown>;
}

export interface OutcomeNoticesInit {
  readonly tasks: Pick<TasksService, 'onChange' | 'list' | 'waitFor' | 'get'>;
  /** Queues whose tasks are told of. */
  readonly workers: readonly string[];
  readonly told: ToldLog;
  /** Tells whoever asked how a task ended, or that it waits; false when it is not, or not now, for this agent to say. */
  readonly tell: (task: Task) => Promise<boolean>;
  readonly log: (problem: string, error: unknown) => void;
}

const UNTOLD_AT_ONCE = 200;

/**
 * Sees to it that whoever asked for a task is told how it ended, and once that it waits for the internet: in the
 * answer while they wait for it, else in their room, after a crash too.
 */
export class OutcomeNotices {
  readonly #init: OutcomeNoticesInit;
  readonly #awaited = new Set<string>();
  readonly #queue = new KeyedQueue();
  #stop: (() => void) | undefined;

  constructor(init: OutcomeNoticesInit) {
    this.#init = init;
  }

  /** Begins to tell, first of what ended while nobody was here. */
  async open(): Promise<void> {
    const { tasks, workers } = this.#init;
    this.#stop = tasks.onChange((task) => {
      this.#follow(task);
    });
    for (const agent of workers)
      for (const task of await tasks.list({ agent, limit: UNTOLD_AT_ONCE })) this.#follow(task);
  }

  close(): void {
    this.#stop?.();
  }

  /**
   * A task once it has ended, or as it is after a while. Whoever calls this answers with it, so what
   * has ended counts as told.
   */
  async outcomeOf(task: Task, timeoutMs: number): Promise<Task> {
    const { tasks, told } = this.#init;
    this.#awaited.add(task.id);
    try {
      const ended = await tasks.waitFor(task.id, { timeoutMs });
      await told.add(keyOf(ended));
      return ended;
    } catch (error) {
      if (error instanceof TaskNotEndedError) return await tasks.get(task.id);
      throw error;
    } finally {
      this.#awaited.delete(task.id);
    }
  }

  #follow(task: Task): void {
    const { workers, log } = this.#init;
    if (!workers.includes(task.agent) || !isNews(task) || task.roomId === '') return;
    this.#queue
      .run(task.id, () => this.#tell(task))
      .catch((error: unknown) => {
        log('somebody could not be told how a task ended', error);
      });
  }

  // Said first and noted then, so that no death in between leaves anybody without an answer.
  async #tell(task: Task): Promise<void> {
    const { told, tell } = this.#init;
    if (this.#awaited.has(task.id) || (await told.has(keyOf(task)))) return;
    if (await tell(task)) await told.add(keyOf(task));
  }
}

function isNews({ state, waitingFor }: Task): boolean {
  return hasEnded(state) || waitingFor === INTERNET;
}

function keyOf({ id, state }: Task): string {
  return hasEnded(state) ? id : `${id}/waits`;
}

import { KeyedQueue } from '@371os/kernel';
import { hasEnded, TaskNotEndedError, type Task, type TasksService } from '@371os/plugin-tasks';
import type { Database } from '../store/database.ts';
import { listTold, noteTold } from '../store/notice-store.ts';

export interface OutcomeNoticesComponents {
  readonly tasks: TasksService;
  readonly database: Database;
  /** Queues whose tasks are told of. */
  readonly workers: readonly string[];
  /** What to say of a task that has ended; undefined when it is for another agent to say. */
  readonly wordsFor: (task: Task) => Promise<string | undefined>;
  readonly sayOnce: (roomId: string, text: string, sinceMs: number) => Promise<void>;
  readonly log: (problem: string, error: unknown) => void;
}

const UNTOLD_AT_ONCE = 200;

/**
 * Sees to it that whoever asked for a task is told how it ended: in the answer while they wait for
 * it, else in their room.
 */
export class OutcomeNotices {
  readonly #components: OutcomeNoticesComponents;
  readonly #awaited = new Set<string>();
  readonly #queue = new KeyedQueue();
  #stop: (() => void) | undefined;

  constructor(components: OutcomeNoticesComponents) {
    this.#components = components;
  }

  /** Begins to tell, first of what ended while nobody was here. */
  async open(): Promise<void> {
    const { tasks, workers } = this.#components;
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
    const { tasks, database } = this.#components;
    this.#awaited.add(task.id);
    try {
      const ended = await tasks.waitFor(task.id, { timeoutMs });
      await noteTold(database, task.id);
      return ended;
    } catch (error) {
      if (error instanceof TaskNotEndedError) return await tasks.get(task.id);
      throw error;
    } finally {
      this.#awaited.delete(task.id);
    }
  }

  #follow(task: Task): void {
    const { workers, log } = this.#components;
    if (!workers.includes(task.agent) || !hasEnded(task.state) || task.roomId === '') return;
    this.#queue
      .run(task.id, () => this.#tell(task))
      .catch((error: unknown) => {
        log('somebody could not be told how a deployment ended', error);
      });
  }

  // Said first and noted then, so that no death in between leaves anybody without an answer.
  async #tell(task: Task): Promise<void> {
    const { database, sayOnce, wordsFor } = this.#components;
    if (this.#awaited.has(task.id) || (await listTold(database, [task.id])).length > 0) return;
    const words = await wordsFor(task);
    if (words === undefined) return;
    await sayOnce(task.roomId, words, task.updatedAt);
    await noteTold(database, task.id);
  }
}

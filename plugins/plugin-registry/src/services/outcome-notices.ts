import { KeyedQueue } from '@371os/kernel';
import { hasEnded, TaskNotEndedError, type Task, type TasksService } from '@371os/plugin-tasks';
import type { Database } from '../store/database.ts';
import { isTold, noteTold } from '../store/notice-store.ts';

export interface OutcomeNoticesComponents {
  readonly tasks: TasksService;
  readonly database: Database;
  readonly worker: string;
  /** Whether this agent tells of a task, or another one of the company. */
  readonly isOurs: (task: Task) => Promise<boolean>;
  readonly sayOnce: (roomId: string, text: string, sinceMs: number) => Promise<void>;
  readonly log: (problem: string, error: unknown) => void;
}

const UNTOLD_AT_ONCE = 200;

/**
 * Sees to it that whoever asked for a publication is told how it ended: in the answer while they
 * wait for it, else in their room.
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
    const { tasks, worker } = this.#components;
    this.#stop = tasks.onChange((task) => {
      this.#follow(task);
    });
    for (const task of await tasks.list({ agent: worker, limit: UNTOLD_AT_ONCE }))
      this.#follow(task);
  }

  close(): void {
    this.#stop?.();
  }

  /** A task once it has ended, which counts as told, or as it is after a while. */
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
    const { worker, log } = this.#components;
    if (task.agent !== worker || !hasEnded(task.state) || task.roomId === '') return;
    this.#queue
      .run(task.id, () => this.#tell(task))
      .catch((error: unknown) => {
        log('somebody could not be told how a publication ended', error);
      });
  }

  // Said first and noted then, so that no death in between leaves anybody without an answer.
  async #tell(task: Task): Promise<void> {
    const { database, sayOnce, isOurs } = this.#components;
    if (this.#awaited.has(task.id) || !(await isOurs(task))) return;
    if (await isTold(database, task.id)) return;
    await sayOnce(task.roomId, task.answer, task.updatedAt);
    await noteTold(database, task.id);
  }
}

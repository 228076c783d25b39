import { hasRole, KeyedQueue, type Principal, type RoomSpeaker } from '@371os/kernel';
import { hasEnded, TaskNotEndedError, type Task, type TasksService } from '@371os/plugin-tasks';
import type { Finding } from '../domain/finding.ts';
import type { Database } from '../store/database.ts';
import { keepFinding, listUntold } from '../store/finding-store.ts';
import { listTold, noteTold } from '../store/notice-store.ts';

export interface NoticesComponents {
  /** Whose deployments are told of. */
  readonly agent: string;
  readonly tasks: TasksService;
  readonly database: Database;
  /** Queues whose tasks are told of. */
  readonly workers: readonly string[];
  /**
   * What to say of a task that has ended; undefined when it is for another agent to say. A finding
   * where the work goes on with another task: it is told once, not with each of them.
   */
  readonly wordsFor: (task: Task) => Promise<string | Finding | undefined>;
  readonly speaker: Pick<RoomSpeaker, 'sayOnce' | 'send'>;
  readonly log: (problem: string, error: unknown) => void;
}

const UNTOLD_AT_ONCE = 200;

/**
 * Sees to it that people are told once what concerns them: how a task ended that they asked for, in
 * the answer while they wait for it, else in their room; and what the watch finds, in the room of
 * whoever asked for the deployment, or with the answer to their next message.
 */
export class Notices {
  readonly #components: NoticesComponents;
  readonly #awaited = new Set<string>();
  readonly #queue = new KeyedQueue();
  #stop: (() => void) | undefined;

  constructor(components: NoticesComponents) {
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

  /**
   * Tells what was found, the first time: at once where a connector leads to its room, else with the
   * next answer to whom it is for.
   */
  async find(finding: Finding): Promise<void> {
    const { agent, database, speaker } = this.#components;
    const isNew = await keepFinding(database, agent, finding);
    if (!isNew || finding.roomId === '') return;
    if (await speaker.send(finding.roomId, finding.words)) await noteTold(database, finding.id);
  }

  /** Whether there is something that this person has not been told. */
  async hasNews(principal: Principal, roomId: string): Promise<boolean> {
    return (await this.#untold(principal, roomId)).length > 0;
  }

  /** What this person has not been told; whoever calls this tells it. */
  async takeNews(principal: Principal, roomId: string): Promise<string[]> {
    const news: string[] = [];
    for (const { id, words } of await this.#untold(principal, roomId))
      // Two messages at once tell it once.
      if (await noteTold(this.#components.database, id)) news.push(words);
    return news;
  }

  async #untold(principal: Principal, roomId: string): Promise<Finding[]> {
    const { agent, database } = this.#components;
    if (!hasRole(principal, 'admin')) return [];
    return listUntold(database, { agent, requesterId: principal.id, roomId });
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
    const { database, speaker, wordsFor } = this.#components;
    if (this.#awaited.has(task.id) || (await listTold(database, [task.id])).length > 0) return;
    const words = await wordsFor(task);
    if (words === undefined) return;
    if (typeof words !== 'string') return this.find(words);
    await speaker.sayOnce(task.roomId, words, task.updatedAt);
    await noteTold(database, task.id);
  }
}

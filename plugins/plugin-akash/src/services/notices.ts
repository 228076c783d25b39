import { hasRole, type Principal, type RoomSpeaker } from '@371os/kernel';
import { OutcomeNotices, type Task, type TasksService } from '@371os/plugin-tasks';
import type { Finding } from '../domain/finding.ts';
import type { Database } from '../store/database.ts';
import { keepFinding, listUntold } from '../store/finding-store.ts';
import { isTold, noteTold } from '../store/notice-store.ts';

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

/**
 * Sees to it that people are told once what concerns them: how a task ended that they asked for; and
 * what the watch finds, in the room of whoever asked for the deployment, or with the answer to their
 * next message.
 */
export class Notices {
  readonly outcomes: OutcomeNotices;
  readonly #components: NoticesComponents;

  constructor(components: NoticesComponents) {
    this.#components = components;
    const { tasks, workers, database, log } = components;
    this.outcomes = new OutcomeNotices({
      ...{ tasks, workers, log, tell: (task) => this.#tell(task) },
      told: { has: (id) => isTold(database, id), add: (id) => noteTold(database, id) },
    });
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

  async #tell(task: Task): Promise<boolean> {
    const { speaker, wordsFor } = this.#components;
    const words = await wordsFor(task);
    if (words === undefined) return false;
    if (typeof words === 'string') await speaker.sayOnce(task.roomId, words, task.updatedAt);
    else await this.find(words);
    return typeof words === 'string';
  }
}

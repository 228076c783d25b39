import type { Task, TasksService } from '@371os/plugin-tasks';
import { repeatsConfidential } from '@371os/kernel';
import type { ContentSource, Shareable } from '../../ports/content-source.ts';

const MOST_TASKS = 500;
const NOBODY = 'system';

/**
 * What agents answered, for the one who asked and for admins. What was asked in confidence, or
 * repeats it, is left out.
 */
export class FinishedTasks implements ContentSource {
  readonly name = 'task';
  readonly #tasks: Pick<TasksService, 'list'>;

  constructor(tasks: Pick<TasksService, 'list'>) {
    this.#tasks = tasks;
  }

  async list(): Promise<Shareable[]> {
    const tasks = await this.#tasks.list({ states: ['COMPLETED'], limit: MOST_TASKS });
    return tasks.filter(isShared).map(shareable);
  }
}

function isShared({ isConfidential, answer, text, requester }: Task): boolean {
  if (isConfidential || answer === '' || requester.id === NOBODY) return false;
  return !repeatsConfidential(text) && !repeatsConfidential(answer);
}

function shareable({ id, agent, text, answer, requester, updatedAt }: Task): Shareable {
  const content = {
    ...{
      kind: 'answer' as const,
      title: text.slice(0, 300).toWellFormed(),
      audience: requester.id,
    },
    ...{ text: `Asked: ${text}\n\n${agent} answered: ${answer}`, madeAtMs: updatedAt },
  };
  return { key: id, version: String(updatedAt), read: () => Promise.resolve(content) };
}

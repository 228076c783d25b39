import { UnknownTaskError, type Task } from '@371os/plugin-tasks';
import { MOST_HOPS } from '../domain/task-chain.ts';
import type { TaskQueue } from '../ports.ts';

/**
 * A task and those that it comes from, nearest first, as far as they may be handed on. None for an id
 * that is no durable task: a conversation may be for something else.
 */
export async function ancestryOf(
  tasks: Pick<TaskQueue, 'get'>,
  id: string | undefined,
): Promise<Task[]> {
  const chain: Task[] = [];
  try {
    for (
      let next = id;
      next !== undefined && chain.length <= MOST_HOPS;
      next = chain.at(-1)?.parentId
    )
      chain.push(await tasks.get(next));
  } catch (error) {
    if (!(error instanceof UnknownTaskError)) throw error;
  }
  return chain;
}

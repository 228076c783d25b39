import type { TasksService } from '@371os/plugin-tasks';
import { waitUntil } from './wait-until.ts';

const MOST_TASKS = 200;

/**
 * Waits until agents that get no more work have ended what they do, but not longer than so long: the
 * rest goes back into the queue, with the steps that it has done.
 * @returns how many tasks had not ended
 */
export async function drained(
  tasks: Pick<TasksService, 'list'>,
  agents: readonly string[],
  { timeoutMs, signal }: { timeoutMs: number; signal?: AbortSignal | undefined },
): Promise<number> {
  const countWorking = async (): Promise<number> => {
    const working = agents.map((agent) =>
      tasks.list({ agent, states: ['WORKING'], limit: MOST_TASKS }),
    );
    return (await Promise.all(working)).flat().length;
  };
  const isDone = async (): Promise<true | undefined> =>
    (await countWorking()) === 0 ? true : undefined;
  return (await waitUntil(isDone, { timeoutMs, signal })) ? 0 : countWorking();
}

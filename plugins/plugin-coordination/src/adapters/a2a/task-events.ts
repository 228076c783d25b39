import type { StreamResponse } from '@a2a-js/sdk';
import { hasEnded, isWaiting, type Task, type TasksService } from '@371os/plugin-tasks';
import { artifactOf, contextIdOf, presentA2aTask, statusOf } from './present-task.ts';

/**
 * A task as it is, and each of its changes, until it has ended or waits, or the signal is aborted.
 * @param first the task, asked for once every change is heard
 */
export async function* taskEvents(
  tasks: Pick<TasksService, 'onChange'>,
  first: () => Promise<Task>,
  signal: AbortSignal,
): AsyncGenerator<StreamResponse, void, undefined> {
  const changes: Task[] = [];
  let wake = (): void => undefined;
  const stop = tasks.onChange((task) => {
    changes.push(task);
    // Nobody knows yet which of them is meant.
    if (changes.length > MOST_CHANGES) changes.shift();
    wake();
  });
  const onAbort = (): void => {
    wake();
  };
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    let task = await first();
    const { id } = task;
    yield snapshotOf(task);
    while (!(hasEnded(task.state) || isWaiting(task.state)) && !signal.aborted) {
      const next = changes.shift();
      if (!next) await new Promise<void>((resolve) => (wake = resolve));
      else if (next.id === id && isNewer(next, task)) {
        task = next;
        yield* eventsOf(task);
      }
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    stop();
  }
}

const MOST_CHANGES = 1_000;

function isNewer(next: Task, known: Task): boolean {
  return next.updatedAt >= known.updatedAt && next.state !== known.state;
}

/** A task with all that there is of it. */
export function snapshotOf(task: Task): StreamResponse {
  return { payload: { $case: 'task', value: presentA2aTask(task) } };
}

/** What a client is told of a task that has changed. */
export function eventsOf(task: Task): StreamResponse[] {
  const about = { taskId: task.id, contextId: contextIdOf(task), metadata: undefined };
  const artifact = artifactOf(task);
  const result: StreamResponse[] = artifact
    ? [
        {
          payload: {
            $case: 'artifactUpdate',
            value: { ...about, artifact, append: false, lastChunk: true },
          },
        },
      ]
    : [];
  return [
    ...result,
    { payload: { $case: 'statusUpdate', value: { ...about, status: statusOf(task) } } },
  ];
}

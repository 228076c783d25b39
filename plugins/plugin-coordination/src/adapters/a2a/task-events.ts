import type { StreamResponse } from '@a2a-js/sdk';
import { hasEnded, isWaiting, type Task, type TasksService } from '@371os/plugin-tasks';
import { artifactOf, contextIdOf, presentA2aTask, statusOf } from './present-task.ts';

/**
 * A task as it is, and each of its changes, until it has ended or waits, or the signal is aborted.
 * @param first the task, asked for once every change is heard
 */
export async function* taskEvents(
  tasks: Pick<TasksService, 'get' | 'onChange'>,
  first: () => Promise<Task>,
  signal: AbortSignal,
): AsyncGenerator<StreamResponse, void, undefined> {
  const changes = new ChangeQueue(signal);
  const stop = tasks.onChange((task) => {
    changes.add(task);
  });
  try {
    let task = await first();
    changes.of(task.id);
    yield snapshotOf(task);
    while (!(hasEnded(task.state) || isWaiting(task.state)) && !signal.aborted) {
      // A change of another process may not be heard of.
      const next = (await changes.next(LOOK_MS)) ?? (await tasks.get(task.id));
      if (next.state === task.state || next.updatedAt < task.updatedAt) continue;
      task = next;
      yield* eventsOf(task);
    }
  } finally {
    stop();
    changes.close();
  }
}

const LOOK_MS = 5_000;
const MOST_BEFORE = 1_000;

/** What has been heard and not been told; of all tasks until it is known which one is meant. */
class ChangeQueue {
  readonly #signal: AbortSignal;
  #heard: Task[] = [];
  #id: string | undefined;
  #wake = (): void => undefined;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener('abort', this.#end, { once: true });
  }

  add(task: Task): void {
    if (this.#id !== undefined && task.id !== this.#id) return;
    this.#heard.push(task);
    if (this.#id === undefined && this.#heard.length > MOST_BEFORE) this.#heard.shift();
    this.#wake();
  }

  of(id: string): void {
    this.#id = id;
    this.#heard = this.#heard.filter((task) => task.id === id);
  }

  /** The next one; undefined when there is none within so many milliseconds, or nobody listens. */
  async next(withinMs: number): Promise<Task | undefined> {
    if (this.#heard.length === 0 && !this.#signal.aborted) {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        timer = setTimeout(resolve, withinMs);
      });
      clearTimeout(timer);
    }
    return this.#heard.shift();
  }

  close(): void {
    this.#signal.removeEventListener('abort', this.#end);
  }

  readonly #end = (): void => {
    this.#wake();
  };
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

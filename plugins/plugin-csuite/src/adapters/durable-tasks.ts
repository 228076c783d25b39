import type { IAgentRuntime } from '@elizaos/core';
import { tasksOf, UnknownTaskError, type Task, type TasksService } from '@371os/plugin-tasks';
import type { PastTask } from '../domain/outcome-review.ts';
import type { Assignment, TaskHistory, TaskIntake } from '../ports.ts';

/** The company's durable tasks, as the officers read and give them. */
export class DurableTasks implements TaskHistory, TaskIntake {
  readonly #runtime: IAgentRuntime;

  constructor(runtime: IAgentRuntime) {
    this.#runtime = runtime;
  }

  /** @throws TasksMissingError, TaskStoreError */
  async recent(limit: number): Promise<PastTask[]> {
    return (await tasksOf(this.#runtime)).list({ limit });
  }

  /** @throws TasksMissingError, TaskStoreError, InvalidTaskError */
  async submit({ hops, parentId, ...task }: Assignment): Promise<string> {
    const tasks = await tasksOf(this.#runtime);
    const parent = parentId === undefined ? undefined : await findTask(tasks, parentId);
    const submitted = await tasks.submit({
      ...task,
      data: { hops },
      // The answer belongs where the first request was made.
      ...(parent ? { parentId: parent.id, roomId: parent.roomId } : {}),
    });
    return submitted.id;
  }
}

// A conversation may be for something that is no durable task.
async function findTask(tasks: TasksService, id: string): Promise<Task | undefined> {
  try {
    return await tasks.get(id);
  } catch (error) {
    if (error instanceof UnknownTaskError) return undefined;
    throw error;
  }
}

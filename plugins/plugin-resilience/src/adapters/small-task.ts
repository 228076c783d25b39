import { SYSTEM } from '@371os/kernel';
import type { NewTask, Task } from '@371os/plugin-tasks';

/** Where tasks are submitted and looked up. */
export interface TaskBook {
  submit(task: NewTask): Promise<Task>;
  get(id: string): Promise<Task>;
}

const TIMEOUT_MS = 60_000;

/** A task that every agent does by a rule and without a model. The same key is the same task. */
export function smallTask(agent: string, idempotencyKey: string): NewTask {
  return {
    // In no room: nobody is to be told of its answer.
    ...{ agent, text: '/help', roomId: '', isConfidential: false },
    ...{ requester: { id: SYSTEM.id, role: 'guest' }, timeoutMs: TIMEOUT_MS, idempotencyKey },
  };
}

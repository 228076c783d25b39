import type { Clock } from '@371os/kernel';
import { hasEnded, type Task, type TasksService } from '@371os/plugin-tasks';
import { performanceOf, type EndedTask, type Performance } from '../domain/performance.ts';

// The newest so many tasks of an agent tell how it does.
const LOOKED_AT = 1_000;

/** How agents have done their tasks, as the durable tasks tell. */
export class TrackRecord {
  readonly #tasks: Pick<TasksService, 'list'>;
  readonly #now: Clock;

  constructor(tasks: Pick<TasksService, 'list'>, now: Clock) {
    this.#tasks = tasks;
    this.#now = now;
  }

  async of(agent: string): Promise<Performance> {
    const newest = await this.#tasks.list({ agent, limit: LOOKED_AT });
    const ended = newest.filter(({ state }) => hasEnded(state)).map(endedTask);
    return performanceOf(ended, { queued: newest.length - ended.length, nowMs: this.#now() });
  }

  /** The newest tasks that an agent has ended, well or badly. */
  async ended(agent: string, limit: number): Promise<Task[]> {
    return this.#tasks.list({ agent, states: ['COMPLETED', 'FAILED'], limit });
  }

  /** When an agent last had to do with a task; undefined when it never had. */
  async activeAt(agent: string): Promise<number | undefined> {
    const [newest] = await this.#tasks.list({ agent, limit: 1 });
    return newest && (hasEnded(newest.state) ? newest.updatedAt : this.#now());
  }
}

function endedTask({ state, createdAt, updatedAt, attempt, costPico }: Task): EndedTask {
  return {
    state: state as EndedTask['state'],
    ...{ tookMs: updatedAt - createdAt, attempts: attempt, costPico, endedAtMs: updatedAt },
  };
}

import type { IAgentRuntime } from '@elizaos/core';
import type { NodeUsage } from '@371os/plugin-lifecycle';
import type { TasksService } from '@371os/plugin-tasks';
import { CpuClock } from '../domain/cpu-clock.ts';

const BYTES_PER_MB = 1_000_000;

/** What this process uses of its machine, and how many tasks it works on. */
export class ProcessUsage {
  readonly #clock = new CpuClock();
  #tasks: Pick<TasksService, 'running'> | undefined;
  #agents: readonly IAgentRuntime[] = [];

  /** Counts the tasks of agents from now on. */
  follow(tasks: Pick<TasksService, 'running'>, agents: readonly IAgentRuntime[]): void {
    this.#tasks = tasks;
    this.#agents = agents;
  }

  read(): NodeUsage {
    const { user, system } = process.cpuUsage();
    const running = this.#agents.flatMap(({ character: { name } }) => {
      const count = this.#tasks?.running(name) ?? 0;
      return count > 0 ? [[name, count] as const] : [];
    });
    return {
      cpuPercent: this.#clock.percent((user + system) / 1_000, performance.now()),
      memoryMb: process.memoryUsage.rss() / BYTES_PER_MB,
      running: Object.fromEntries(running),
    };
  }
}

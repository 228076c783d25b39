import type { ElizaOS, IAgentRuntime } from '@elizaos/core';
import type { TasksService } from '@371os/plugin-tasks';
import { localFleet, type Fleet } from '../domain/fleet.ts';
import type { Instance } from '../domain/instance.ts';
import type { InstanceLauncher } from '../ports/instance-launcher.ts';
import { ReplicasImpossibleError } from '../errors/scaling.ts';
import { ProcessUsage } from './process-usage.ts';

/** The embedded database has one process, and each agent one instance in it. */
export class OneProcess implements InstanceLauncher {
  readonly #runtime: IAgentRuntime;
  readonly #tasks: Pick<TasksService, 'running'>;
  readonly #usage = new ProcessUsage();

  constructor(runtime: IAgentRuntime, tasks: Pick<TasksService, 'running'>) {
    this.#runtime = runtime;
    this.#tasks = tasks;
  }

  open(): void {
    this.#usage.read();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  start(): Promise<void> {
    return Promise.reject(new ReplicasImpossibleError());
  }

  stop(): Promise<void> {
    return Promise.reject(new ReplicasImpossibleError());
  }

  survey(agent: string): Promise<Fleet> {
    return Promise.resolve(localFleet(this.#list(agent), new ReplicasImpossibleError().message));
  }

  #list(agent: string): Instance[] {
    if (!this.#agents().some(({ character }) => character.name === agent)) return [];
    const { cpuPercent, memoryMb } = this.#usage.read();
    const running = this.#tasks.running(agent);
    return [{ agent, index: 0, state: 'ready', running, cpuPercent, memoryMb }];
  }

  #agents(): readonly IAgentRuntime[] {
    return (this.#runtime.elizaOS as ElizaOS | undefined)?.getAgents() ?? [this.#runtime];
  }
}

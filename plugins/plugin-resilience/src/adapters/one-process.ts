import type { Instance } from '../domain/instance.ts';
import { ReplicasImpossibleError } from '../scaling-errors.ts';
import type { InstanceLauncher } from '../ports/instance-launcher.ts';

/** What a process says of itself. */
export interface SelfMeter {
  /** Whether an agent works in this process. */
  has(agent: string): boolean;
  running(agent: string): number;
  cpuPercent(): number | undefined;
  memoryMb(): number;
}

/** The embedded database has one process, and each agent one instance in it. */
export class OneProcess implements InstanceLauncher {
  readonly #self: SelfMeter;
  readonly problem = new ReplicasImpossibleError().message;

  constructor(self: SelfMeter) {
    this.#self = self;
  }

  start(): Promise<void> {
    return Promise.reject(new ReplicasImpossibleError());
  }

  stop(): Promise<void> {
    return Promise.reject(new ReplicasImpossibleError());
  }

  list(agent: string): Promise<Instance[]> {
    if (!this.#self.has(agent)) return Promise.resolve([]);
    const own: Instance = {
      ...{ agent, index: 0, state: 'ready', running: this.#self.running(agent) },
      ...{ cpuPercent: this.#self.cpuPercent(), memoryMb: this.#self.memoryMb() },
    };
    return Promise.resolve([own]);
  }
}

import { formatUsd, SYSTEM } from '@371os/kernel';
import type { HostedInstances, InstanceSight } from '@371os/plugin-lifecycle';
import type { Fleet } from '../domain/fleet.ts';
import type { Instance, InstanceState } from '../domain/instance.ts';
import type { ScalingTarget } from '../domain/scaling-target.ts';
import type { InstanceLauncher } from '../ports/instance-launcher.ts';

export interface LeasesOrProcessesInit {
  /** What hosted agents have on Akash; undefined where no agent of this process has the lifecycle. */
  readonly hosted: () => Promise<HostedInstances> | undefined;
  /** Where all other agents work. */
  readonly processes: InstanceLauncher;
  /** Says something in a room, once. */
  readonly tell: (roomId: string, words: string) => Promise<void>;
}

const STATES: Readonly<Record<InstanceSight['state'], InstanceState>> = {
  ...{ opening: 'starting', ready: 'ready', draining: 'draining', closed: 'draining' },
};

/**
 * Instances of agents that are hosted on Akash are leases, those of others processes. Leases are opened
 * and closed by the lifecycle; they outlive this process.
 */
export class LeasesOrProcesses implements InstanceLauncher {
  readonly #init: LeasesOrProcessesInit;

  constructor(init: LeasesOrProcessesInit) {
    this.#init = init;
  }

  open(): void {
    this.#init.processes.open();
  }

  close(): Promise<void> {
    return this.#init.processes.close();
  }

  async survey(agent: string): Promise<Fleet> {
    const scale = await (await this.#init.hosted())?.find(agent);
    if (!scale) return this.#init.processes.survey(agent);
    const { instances, hourlyPico, monthlyPico: reservedPico, mostApproved, failure } = scale;
    return {
      ...{ instances: instances.map(instanceOf), problem: undefined, scalesOwn: true },
      terms: { hourlyPico, reservedPico, mostApproved },
      unmeasured: ['cpuPercent', 'memoryMb'],
      notes: failure === undefined ? [] : [`The last lease failed: ${failure}`],
    };
  }

  async start(agent: string, index: number): Promise<void> {
    const hosted = await this.#hostedOf(agent);
    await (hosted ? hosted.open(agent, index) : this.#init.processes.start(agent, index));
  }

  async stop(
    which: Pick<Instance, 'agent' | 'index'>,
    how: { readonly drainMs: number },
  ): Promise<void> {
    const { agent, index } = which;
    const hosted = await this.#hostedOf(agent);
    await (hosted
      ? hosted.close(agent, index, how.drainMs)
      : this.#init.processes.stop(which, how));
  }

  async askFor(
    { agent, min, max }: ScalingTarget,
    { by }: { readonly by: string | undefined },
  ): Promise<string | undefined> {
    const hosted = await this.#init.hosted();
    const asked = await hosted?.ask(
      agent,
      { min, max },
      {
        requester: by === undefined ? SYSTEM : { id: by, role: 'admin', proof: 'none' },
        isAgain: by !== undefined,
      },
    );
    if (!asked) return undefined;
    const { id, summary, amountPico, minimumRole, room } = asked.approval;
    const words = `${summary}, together up to $${formatUsd(amountPico)} more a month?\nTo approve it, the ${minimumRole} writes: /approve ${id}`;
    if (by === undefined && asked.isNew && room !== undefined) await this.#init.tell(room, words);
    return words;
  }

  async #hostedOf(agent: string): Promise<HostedInstances | undefined> {
    const hosted = await this.#init.hosted();
    return (await hosted?.find(agent)) && hosted;
  }
}

function instanceOf({ agent, index, state, running }: InstanceSight): Instance {
  const unknown = { cpuPercent: undefined, memoryMb: undefined };
  return { agent, index, state: STATES[state], running, ...unknown };
}

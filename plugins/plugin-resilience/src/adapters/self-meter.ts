import type { ElizaOS, IAgentRuntime } from '@elizaos/core';
import type { TasksService } from '@371os/plugin-tasks';
import { CpuClock } from '../domain/cpu-clock.ts';
import type { SelfMeter } from './one-process.ts';

const BYTES_PER_MB = 1_000_000;

/** This process as it measures itself. */
export function selfMeter(runtime: IAgentRuntime, tasks: Pick<TasksService, 'running'>): SelfMeter {
  const clock = new CpuClock();
  const read = (): number | undefined => {
    const { user, system } = process.cpuUsage();
    return clock.percent((user + system) / 1_000, performance.now());
  };
  read();
  return {
    has: (agent) => agentsBeside(runtime).some(({ character }) => character.name === agent),
    running: (agent) => tasks.running(agent),
    cpuPercent: read,
    memoryMb: () => process.memoryUsage.rss() / BYTES_PER_MB,
  };
}

function agentsBeside(runtime: IAgentRuntime): readonly IAgentRuntime[] {
  return (runtime.elizaOS as ElizaOS | undefined)?.getAgents() ?? [runtime];
}

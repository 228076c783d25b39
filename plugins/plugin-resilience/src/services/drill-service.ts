import type { ElizaOS, IAgentRuntime } from '@elizaos/core';
import { agentSettings, cutOffOrigins, RoomSpeaker, systemClock } from '@371os/kernel';
import { gatewayOf, gatewaySettings, sharedDisturbances } from '@371os/plugin-gateway';
import { listProcesses, machineIdentity } from '@371os/plugin-lifecycle';
import { tasksOf, type TasksService } from '@371os/plugin-tasks';
import { companyNodes } from '../adapters/company-nodes.ts';
import { EndpointSite } from '../adapters/endpoint-site.ts';
import { HostedSite } from '../adapters/hosted-site.ts';
import { signalProcess } from '../adapters/process-control.ts';
import { ProcessSite } from '../adapters/process-site.ts';
import { ProviderSite, type DrilledGateway } from '../adapters/provider-site.ts';
import { drillSettings } from '../settings/drills.ts';
import { failoverSettings } from '../settings/failovers.ts';
import { DrillRefusedError } from '../errors/drills.ts';
import type { ModeSwitch } from '../ports/mode-switch.ts';
import type { Database, SqlExecutor } from '../store/database.ts';
import { DrillStore } from '../store/drill-store.ts';
import { FailoverStore } from '../store/failover-store.ts';
import { Drills } from './drills.ts';
import { fleetIn } from './failover-service.ts';
import { FaultKeeper } from './fault-keeper.ts';
import type { Leadership } from './leadership.ts';

/** The drills of a process. @throws InvalidSettingError */
export function composeDrills(
  runtime: IAgentRuntime,
  {
    database,
    leadership,
    mode,
  }: {
    readonly database: Database;
    readonly leadership: Leadership;
    readonly mode: ModeSwitch;
  },
): Drills {
  const store = new DrillStore(database);
  const elapsedMs = (): number => performance.now();
  const machine = machineIdentity();
  const onError = (error: unknown): void => {
    runtime.logger.warn({ src: 'resilience', error }, 'a drill, or the end of one, did not work');
  };
  const keeper = new FaultKeeper({
    ...{ store, machine, onError },
    disturb: (disturbances) => {
      sharedDisturbances().set(disturbances);
    },
    cutOff: (disturbances) => {
      cutOffOrigins().set(disturbances);
    },
    resume: (target) => {
      signalProcess(target, 'SIGCONT');
    },
  });
  const heedFaults = (): Promise<void> => keeper.look();
  const tasks = (): Promise<TasksService> => tasksOf(runtime);
  const failovers = new FailoverStore(database);
  const sites = [
    new ProcessSite({
      ...{ machine, pid: process.pid, elapsedMs, tasks },
      processes: () => listProcesses(runtime.db as SqlExecutor),
    }),
    new HostedSite({
      ...{ heedFaults, tasks, fleet: fleetIn(runtime) },
      failover: (place) => failovers.latestOf(place),
      isAutomatic: agentSettings(failoverSettings, runtime).RESILIENCE_FAILOVER,
    }),
    new EndpointSite({ heedFaults, pools: () => companyNodes(runtime) }),
    new ProviderSite({ heedFaults, gateway: () => gatewayWithModels(runtime) }),
  ];
  return new Drills({
    ...{ store, leadership, keeper, sites, elapsedMs, onError, now: systemClock },
    isInBackup: () => mode.mode.state === 'backup',
    schedule: agentSettings(drillSettings, runtime).RESILIENCE_DRILLS,
    tell: async (roomId, text) => {
      await new RoomSpeaker(runtime).send(roomId, text);
    },
  });
}

// The front desk works by rules alone; the calls of a drill are those of an agent that does not.
async function gatewayWithModels(runtime: IAgentRuntime): Promise<DrilledGateway> {
  const colleagues = (runtime.elizaOS as ElizaOS | undefined)?.getAgents() ?? [];
  for (const agent of [runtime, ...colleagues]) {
    if (!agent.plugins.some(({ name }) => name === 'gateway')) continue;
    if (agentSettings(gatewaySettings, agent).ONLY_RULES) continue;
    const gateway = await gatewayOf(agent);
    if (gateway.hasLanguageModel()) return gateway;
  }
  throw new DrillRefusedError({
    reason: 'no agent of this process uses a language model',
    advice: 'Configure two model providers first.',
  });
}

import type { ElizaOS, IAgentRuntime } from '@elizaos/core';
import { agentSettings, RoomSpeaker, systemClock, uuidSource } from '@371os/kernel';
import {
  forgetIdleReplicas,
  lifecycleOf,
  listInstances,
  machineIdentity,
  type HostedInstances,
} from '@371os/plugin-lifecycle';
import { tasksOf, type TasksService } from '@371os/plugin-tasks';
import { treasuryOf } from '@371os/plugin-treasury';
import { LeasesOrProcesses } from '../adapters/leases-or-processes.ts';
import { OneProcess } from '../adapters/one-process.ts';
import { replicaProgramHere } from '../adapters/replica-program.ts';
import { TreasuryPurse } from '../adapters/treasury-purse.ts';
import { WorkerProcesses } from '../adapters/worker-processes.ts';
import type { InstanceLauncher } from '../ports/instance-launcher.ts';
import { scalingSettings } from '../settings/scaling.ts';
import type { Leadership } from './leadership.ts';
import { Scaler } from './scaler.ts';
import type { Database, SqlExecutor } from '../store/database.ts';
import { ReplicaStore } from '../store/replica-store.ts';
import { ScalingStore } from '../store/scaling-store.ts';

interface Parts {
  readonly database: Database;
  readonly leadership: Leadership;
}

/** Puts the scaling of this process together. */
export async function openScaling(runtime: IAgentRuntime, parts: Parts): Promise<Scaler> {
  const settings = agentSettings(scalingSettings, runtime);
  const { RESILIENCE_SCALING: targets } = settings;
  const tasks = await tasksOf(runtime);
  const agents = targets.map(({ agent }) => agent);
  return new Scaler({
    ...{ targets, work: tasks, now: systemClock, leadership: parts.leadership },
    launcher: new LeasesOrProcesses({
      hosted: hostedIn(runtime),
      processes: launcherOf(runtime, tasks, { ...parts, agents }),
      tell: (roomId, words) => new RoomSpeaker(runtime).sayOnce(roomId, words, Date.now()),
    }),
    purse: new TreasuryPurse(await treasuryOf(runtime)),
    store: new ScalingStore(parts.database, uuidSource),
    everyMs: settings.RESILIENCE_SCALING_EVERY_MS,
    pricePico: settings.RESILIENCE_INSTANCE_USD_PER_HOUR,
    isDryRun: settings.RESILIENCE_SCALING_DRY_RUN,
    rule: {
      stabilizationMs: settings.RESILIENCE_SCALING_DOWN_MS,
      cooldownMs: settings.RESILIENCE_SCALING_COOLDOWN_MS,
    },
    log: logTo(runtime),
  });
}

// Any agent with a lifecycle will do, and it may start after this one.
function hostedIn(runtime: IAgentRuntime): () => Promise<HostedInstances> | undefined {
  let hosted: Promise<HostedInstances> | undefined;
  return () => {
    const agents = (runtime.elizaOS as ElizaOS | undefined)?.getAgents() ?? [runtime];
    const able = agents.find(({ plugins }) => plugins.some(({ name }) => name === 'lifecycle'));
    return (hosted ??= able && lifecycleOf(able).then((lifecycle) => lifecycle.hostedInstances()));
  };
}

function launcherOf(
  runtime: IAgentRuntime,
  tasks: TasksService,
  { database, leadership, agents }: Parts & { readonly agents: readonly string[] },
): InstanceLauncher {
  const program = replicaProgramHere();
  if (!program) return new OneProcess(runtime, tasks);
  const executor = runtime.db as SqlExecutor;
  return new WorkerProcesses({
    ...{ program, agents, store: new ReplicaStore(database), machine: machineIdentity() },
    present: () => listInstances(executor),
    forgetIdle: () => forgetIdleReplicas(executor, { except: agents }),
    isLeading: () => leadership.epoch !== undefined,
    log: logTo(runtime),
  });
}

function logTo(runtime: IAgentRuntime): (problem: string, error?: unknown) => void {
  return (problem, error) => {
    runtime.logger.warn({ src: 'resilience:scaling', error }, problem);
  };
}

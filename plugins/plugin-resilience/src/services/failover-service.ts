import type { ElizaOS, IAgentRuntime } from '@elizaos/core';
import { agentSettings, RoomSpeaker } from '@371os/kernel';
import { listPresences } from '@371os/plugin-lifecycle';
import { tasksOf } from '@371os/plugin-tasks';
import { AkashFleet } from '../adapters/akash-fleet.ts';
import { replicaProgramHere } from '../adapters/replica-program.ts';
import { failoverSettings } from '../settings/failovers.ts';
import type { HostedFleet } from '../ports/hosted-fleet.ts';
import { Failovers } from './failovers.ts';
import type { Leadership } from './leadership.ts';
import type { Database, SqlExecutor } from '../store/database.ts';
import { FailoverStore } from '../store/failover-store.ts';

/** Puts the failover of this process together. */
export async function openFailovers(
  runtime: IAgentRuntime,
  { database, leadership }: { readonly database: Database; readonly leadership: Leadership },
): Promise<Failovers> {
  const settings = agentSettings(failoverSettings, runtime);
  const executor = runtime.db as SqlExecutor;
  return new Failovers({
    ...{ leadership, store: new FailoverStore(database), tasks: await tasksOf(runtime) },
    fleet: fleetIn(runtime),
    // Several processes share a database where replicas can be started.
    presences: replicaProgramHere() ? () => listPresences(executor) : undefined,
    isAutomatic: settings.RESILIENCE_FAILOVER,
    everyMs: settings.RESILIENCE_FAILOVER_EVERY_MS,
    elapsedMs: () => performance.now(),
    tell: async (roomId, text) => {
      await new RoomSpeaker(runtime).send(roomId, text);
    },
    log: (problem, error) => {
      runtime.logger.warn({ src: 'resilience:failover', error }, problem);
    },
  });
}

/** Hosted agents, where an agent of this process can move them: it may start later. */
export function fleetIn(runtime: IAgentRuntime): () => HostedFleet | undefined {
  let fleet: HostedFleet | undefined;
  return () => {
    const agents = (runtime.elizaOS as ElizaOS | undefined)?.getAgents() ?? [runtime];
    const host = agents.find(({ plugins }) =>
      ['akash', 'lifecycle'].every((needed) => plugins.some(({ name }) => name === needed)),
    );
    return (fleet ??= host && new AkashFleet(host));
  };
}

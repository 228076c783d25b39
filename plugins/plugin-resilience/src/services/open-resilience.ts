import { hostname } from 'node:os';
import type { IAgentRuntime } from '@elizaos/core';
import { agentSettings, isReplica, uuidSource } from '@371os/kernel';
import { resilienceSettings } from '../settings/node.ts';
import { Database, type SqlExecutor } from '../store/database.ts';
import { LeadershipStore } from '../store/leadership-store.ts';
import { composeDrills } from './drill-service.ts';
import { openFailovers } from './failover-service.ts';
import { Leadership } from './leadership.ts';
import { openMeasures } from './measures-service.ts';
import { openBackupMode } from './mode-service.ts';
import { openNode } from './node-service.ts';
import { ResilienceEngine } from './resilience-engine.ts';
import { openScaling } from './scaling-service.ts';

/** Puts the resilience officer of this process together, and starts it. */
export async function openResilience(runtime: IAgentRuntime): Promise<ResilienceEngine> {
  const settings = agentSettings(resilienceSettings, runtime);
  const database = new Database(runtime.db as SqlExecutor);
  const name = settings.RESILIENCE_NODE_NAME ?? hostname();
  const leadership = new Leadership({
    store: new LeadershipStore(database),
    candidate: { id: uuidSource(), name: `${name}:${String(process.pid)}` },
    elapsedMs: () => performance.now(),
    onError: (error) => {
      runtime.logger.warn({ src: 'resilience', error }, 'the lead could not be taken or renewed');
    },
  });
  const backup = openBackupMode({ runtime, database, leadership });
  const drills = composeDrills(runtime, { database, leadership, mode: backup.mode });
  const { library, mesh } = await openNode(runtime, { database, leadership, nodeName: name });
  const knowledge = { drillLog: drills, modeSwitch: backup.mode, syncLog: mesh?.letters };
  const measures = openMeasures(runtime, {
    ...{ database, leadership, node: name, knowledge, sights: backup.sights },
  });
  const scaling = await openScaling(runtime, { database, leadership });
  const failovers = await openFailovers(runtime, { database, leadership });
  const parts = { leadership, backup, library, mesh, scaling, failovers, drills, measures };
  const engine = new ResilienceEngine(parts, (error) => {
    runtime.logger.error({ src: 'resilience', error }, 'a part of the resilience officer failed');
  });
  // A replica only helps with tasks.
  if (!isReplica()) await engine.start();
  return engine;
}

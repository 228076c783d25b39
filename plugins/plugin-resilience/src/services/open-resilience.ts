import { hostname } from 'node:os';
import type { IAgentRuntime } from '@elizaos/core';
import { agentSettings, uuidSource } from '@371os/kernel';
import { resilienceSettings } from '../settings.ts';
import { Database, type SqlExecutor } from '../store/database.ts';
import { LeadershipStore } from '../store/leadership-store.ts';
import { Leadership } from './leadership.ts';
import { openMesh } from './mesh-service.ts';
import { ResilienceEngine } from './resilience-engine.ts';

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
  const mesh = await openMesh({ runtime, database, leadership, nodeName: name });
  const engine = new ResilienceEngine({ leadership, mesh });
  await engine.start();
  return engine;
}

import type { Plugin } from '@elizaos/core';
import { declareSettings, prepareAgent, registerCommands } from '@371os/kernel';
import { failOver } from './actions/fail-over.ts';
import { scaleAgent } from './actions/scale-agent.ts';
import { failoverCommands } from './failover-commands.ts';
import { failoverSettings } from './failover-settings.ts';
import { failoverRoutes } from './routes/failovers.ts';
import { scalingRoutes } from './routes/scaling.ts';
import { scalingCommands } from './scaling-commands.ts';
import { scalingSettings } from './scaling-settings.ts';
import * as schema from './schema.ts';
import { ResilienceService } from './services/resilience-service.ts';
import { resilienceSettings } from './settings.ts';

export { ProcessUsage } from './adapters/process-usage.ts';
export { provideReplicaProgram, type ReplicaProgram } from './adapters/replica-program.ts';
export { heedDismissal } from './services/heed-dismissal.ts';
export { ReplicaStore } from './store/replica-store.ts';
export { ResilienceMissingError } from './errors.ts';
export { Leadership, type LeadershipInit } from './services/leadership.ts';
export {
  RESILIENCE_SERVICE,
  resilienceOf,
  ResilienceService,
} from './services/resilience-service.ts';
export { resilienceSettings, type ResilienceSettings } from './settings.ts';
export { scalingSettings, type ScalingSettings } from './scaling-settings.ts';
export { failoverSettings, type FailoverSettings } from './failover-settings.ts';
export { Failovers, type FailoversInit } from './services/failovers.ts';
export { FailoverStore, type Loss } from './store/failover-store.ts';
export { Scaler, type ScalerInit, type ScalingReport } from './services/scaler.ts';
export { ScalingStore, type ScalingEntry } from './store/scaling-store.ts';
export { Database } from './store/database.ts';
export { LeadershipStore } from './store/leadership-store.ts';

/** The resilience officer: measures what the company depends on, and keeps it running when that fails. */
const resiliencePlugin: Plugin = {
  name: 'resilience',
  description: 'Measured risk, backup mode, a mesh of nodes, failover, scaling and drills.',
  dependencies: ['@371os/plugin-treasury', '@371os/plugin-tasks'],
  schema,
  services: [ResilienceService],
  actions: [scaleAgent, failOver],
  routes: [...scalingRoutes, ...failoverRoutes],
  init: (_config, runtime) => {
    prepareAgent(runtime);
    declareSettings('resilience', resilienceSettings);
    declareSettings('resilience', scalingSettings);
    declareSettings('resilience', failoverSettings);
    registerCommands(runtime, [...scalingCommands, ...failoverCommands]);
    return Promise.resolve();
  },
};

export default resiliencePlugin;

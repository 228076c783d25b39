import type { Plugin } from '@elizaos/core';
import { declareSettings, prepareAgent, registerCommands } from '@371os/kernel';
import { runResilienceDrill } from './actions/run-resilience-drill.ts';
import { drillCommand } from './commands/drill.ts';
import { drillSettings } from './drill-settings.ts';
import { drillRoutes } from './routes/drills.ts';
import * as schema from './schema.ts';
import { ResilienceService } from './services/resilience-service.ts';
import { resilienceSettings } from './settings.ts';

export { ProcessSite, type ProcessSiteInit } from './adapters/process-site.ts';
export { signalProcess } from './adapters/process-control.ts';
export type { Drill, DrillPlan } from './domain/drill.ts';
export { isDue } from './domain/drill-schedule.ts';
export { readDrillCommand, readDrillWish } from './domain/read-drill-request.ts';
export { Drills, type DrillsInit } from './services/drills.ts';
export { FaultKeeper } from './services/fault-keeper.ts';
export { DrillStore } from './store/drill-store.ts';
export { drillDeskOf } from './services/drill-desk-of.ts';
export { drillSettings, type DrillSettings } from './drill-settings.ts';
export { DrillRefusedError, InvalidDrillError, ResilienceMissingError } from './errors.ts';
export { Leadership, type LeadershipInit } from './services/leadership.ts';
export {
  RESILIENCE_SERVICE,
  resilienceOf,
  ResilienceService,
} from './services/resilience-service.ts';
export { resilienceSettings, type ResilienceSettings } from './settings.ts';
export { Database } from './store/database.ts';
export { LeadershipStore } from './store/leadership-store.ts';

/** The resilience officer: measures what the company depends on, and keeps it running when that fails. */
const resiliencePlugin: Plugin = {
  name: 'resilience',
  description: 'Measured risk, backup mode, a mesh of nodes, failover, scaling and drills.',
  dependencies: ['@371os/plugin-treasury', '@371os/plugin-tasks'],
  schema,
  services: [ResilienceService],
  actions: [runResilienceDrill],
  routes: drillRoutes,
  init: (_config, runtime) => {
    prepareAgent(runtime);
    declareSettings('resilience', resilienceSettings);
    declareSettings('resilience', drillSettings);
    registerCommands(runtime, [drillCommand]);
    return Promise.resolve();
  },
};

export default resiliencePlugin;

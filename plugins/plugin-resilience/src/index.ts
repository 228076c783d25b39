import type { Plugin } from '@elizaos/core';
import { declareSettings, prepareAgent, registerCommands } from '@371os/kernel';
import { activateBackupMode, deactivateBackupMode } from './actions/change-mode.ts';
import { backupCommand } from './commands/backup.ts';
import { modeSettings } from './mode-settings.ts';
import { modeRoutes } from './routes/mode.ts';
import * as schema from './schema.ts';
import { ResilienceService } from './services/resilience-service.ts';
import { resilienceSettings } from './settings.ts';

export { configuredProbes, type Addresses } from './adapters/probes/configured-probes.ts';
export { databaseProbe } from './adapters/probes/database-probe.ts';
export { dnsProbe } from './adapters/probes/dns-probe.ts';
export { akashProbe, chainProbe, ipfsProbe, modelProbe } from './adapters/probes/http-probes.ts';
export type { Dependency } from './domain/dependency.ts';
export { DEPENDENCY_CLASSES, type DependencyClass } from './domain/dependency-class.ts';
export { isOutside } from './domain/is-outside.ts';
export type { Mode, ModeState } from './domain/mode.ts';
export {
  holdMs,
  judgeRound,
  noOutage,
  outagePolicy,
  type OutageState,
  type Witness,
} from './domain/outage.ts';
export {
  EJECTION_POLICY,
  isEjected,
  noteOutcomes,
  type EndpointOutcome,
  type EndpointRecords,
} from './domain/outlier-ejection.ts';
export { causeOf, readModeRequest } from './domain/read-mode-request.ts';
export type { ModeTransition, Outage, Situation } from './domain/situation.ts';
export { ResilienceMissingError } from './errors.ts';
export { BadAnswerError, NoAnswerError } from './mode-errors.ts';
export { modeSettings, type ModeSettings } from './mode-settings.ts';
export type { Probe } from './ports/probe.ts';
export { BackupMode, type ModeChange } from './services/backup-mode.ts';
export { DependencyWatch, type DependencyWatchInit } from './services/dependency-watch.ts';
export { ModeAnnouncer } from './services/mode-announcer.ts';
export { DependencyStore } from './store/dependency-store.ts';
export { ModeStore } from './store/mode-store.ts';
export { RoomStore } from './store/room-store.ts';
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
  actions: [deactivateBackupMode, activateBackupMode],
  routes: [...modeRoutes],
  init: (_config, runtime) => {
    prepareAgent(runtime);
    declareSettings('resilience', resilienceSettings);
    declareSettings('resilience', modeSettings);
    registerCommands(runtime, [backupCommand]);
    return Promise.resolve();
  },
};

export default resiliencePlugin;

import type { Plugin } from '@elizaos/core';
import { declareSettings, prepareAgent, registerCommands } from '@371os/kernel';
import { monitorResilience } from './actions/monitor-resilience.ts';
import { resilienceCommand } from './commands/resilience.ts';
import { resilienceWatch } from './evaluators/resilience-watch.ts';
import { measuresSettings } from './measures-settings.ts';
import { resilienceProvider } from './providers/resilience.ts';
import { measureRoutes } from './routes/measures.ts';
import { runResilienceDrill } from './actions/run-resilience-drill.ts';
import { drillCommand } from './commands/drill.ts';
import { drillSettings } from './drill-settings.ts';
import { drillRoutes } from './routes/drills.ts';
import { activateBackupMode, deactivateBackupMode } from './actions/change-mode.ts';
import { backupCommand } from './commands/backup.ts';
import { modeSettings } from './mode-settings.ts';
import { modeRoutes } from './routes/mode.ts';
import * as schema from './schema.ts';
import { ResilienceService } from './services/resilience-service.ts';
import { resilienceSettings } from './settings.ts';

export {
  mergeCapabilities,
  type Capability,
  type CensusPart,
  type ClassCensus,
  type Domain,
  type Instance,
  type Pool,
  type Supplier,
} from './domain/census.ts';
export { DEPENDENCY_CLASSES, type DependencyClass } from './domain/dependency-class.ts';
export {
  classRisk,
  effectiveSuppliers,
  platformRisk,
  type ClassRisk,
  type LastDrills,
  type PlatformRisk,
  type RiskLevel,
  type RiskTerms,
} from './domain/dependency-risk.ts';
export { asksForResilience } from './domain/read-monitor-request.ts';
export {
  crossCommunityRedundancy,
  independentDomains,
  type Redundancy,
} from './domain/redundancy.ts';
export { describeReport, describeState } from './domain/report-words.ts';
export {
  figuresOf,
  levelChanges,
  type Figures,
  type LevelChange,
  type ResilienceReport,
} from './domain/resilience-report.ts';
export {
  levelMeanwhile,
  nextStanding,
  NO_STANDING,
  offlineSyncRate,
  type SyncOutcome,
  type SyncRate,
  type SyncStanding,
} from './domain/sync-rate.ts';
export { measuresSettings, type MeasuresSettings } from './measures-settings.ts';
export type { CensusSource } from './ports/census-source.ts';
export type { DrillLog } from './ports/drill-log.ts';
export type { MeasureBook } from './ports/measure-book.ts';
export type { ModeSwitch } from './ports/mode-switch.ts';
export type { SyncLog, SyncSample } from './ports/sync-log.ts';
export { CompanyCensus } from './services/company-census.ts';
export { Measures, type Knowledge, type MeasuresInit } from './services/measures.ts';
export { resilienceMetrics } from './services/resilience-metrics.ts';
export { MeasureStore } from './store/measure-store.ts';
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
export { configuredProbes, type Addresses } from './adapters/probes/configured-probes.ts';
export { databaseProbe } from './adapters/probes/database-probe.ts';
export { dnsProbe } from './adapters/probes/dns-probe.ts';
export { akashProbe, chainProbe, ipfsProbe, modelProbe } from './adapters/probes/http-probes.ts';
export type { Dependency } from './domain/dependency.ts';
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
  actions: [monitorResilience, deactivateBackupMode, activateBackupMode, runResilienceDrill],
  providers: [resilienceProvider],
  evaluators: [resilienceWatch],
  routes: [...measureRoutes, ...modeRoutes, ...drillRoutes],
  init: (_config, runtime) => {
    prepareAgent(runtime);
    declareSettings('resilience', resilienceSettings);
    declareSettings('resilience', measuresSettings);
    declareSettings('resilience', modeSettings);
    declareSettings('resilience', drillSettings);
    registerCommands(runtime, [resilienceCommand, backupCommand, drillCommand]);
    return Promise.resolve();
  },
};

export default resiliencePlugin;

import type { Plugin } from '@elizaos/core';
import { declareSettings, prepareAgent, registerCommands } from '@371os/kernel';
import { answerFromLibrary } from './actions/answer-from-library.ts';
import { monitorResilience } from './actions/monitor-resilience.ts';
import { resilienceCommand } from './commands/resilience.ts';
import { resilienceWatch } from './evaluators/resilience-watch.ts';
import { measuresSettings } from './settings/measures.ts';
import { resilienceProvider } from './providers/resilience.ts';
import { measureRoutes } from './routes/measures.ts';
import { runResilienceDrill } from './actions/run-resilience-drill.ts';
import { drillCommand } from './commands/drill.ts';
import { drillSettings } from './settings/drills.ts';
import { drillRoutes } from './routes/drills.ts';
import { activateBackupMode, deactivateBackupMode } from './actions/change-mode.ts';
import { backupCommand } from './commands/backup.ts';
import { modeSettings } from './settings/mode.ts';
import { modeRoutes } from './routes/mode.ts';
import { meshCommands } from './commands/mesh.ts';
import { meshSettings } from './settings/mesh.ts';
import { failOver } from './actions/fail-over.ts';
import { scaleAgent } from './actions/scale-agent.ts';
import { failoverCommands } from './commands/failover.ts';
import { failoverSettings } from './settings/failovers.ts';
import { failoverRoutes } from './routes/failovers.ts';
import { scalingRoutes } from './routes/scaling.ts';
import { scalingCommands } from './commands/scaling.ts';
import { scalingSettings } from './settings/scaling.ts';
import * as schema from './schema/index.ts';
import { ResilienceService } from './services/resilience-service.ts';
import { resilienceSettings } from './settings/node.ts';

export {
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
  criticalAmong,
  crossCommunityRedundancy,
  independentDomains,
  type Redundancy,
} from './domain/redundancy.ts';
export { describeReport, describeState } from './domain/report-words.ts';
export {
  figuresOf,
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
export { measuresSettings, type MeasuresSettings } from './settings/measures.ts';
export type { CensusSource } from './ports/census-source.ts';
export type { DrillLog } from './ports/drill-log.ts';
export type { MeasureBook } from './ports/measure-book.ts';
export type { ModeSwitch } from './ports/mode-switch.ts';
export type { SyncLog, SyncSample } from './ports/sync-log.ts';
export { CompanyCensus } from './services/company-census.ts';
export { Measures, type Knowledge, type MeasuresInit } from './services/measures.ts';
export { resilienceMetrics } from './services/resilience-metrics.ts';
export { MeasureStore } from './store/measure-store.ts';
export { registryNodes } from './adapters/company-nodes.ts';
export { EndpointSite, type NodePool } from './adapters/endpoint-site.ts';
export { HostedSite, type HostedSiteInit } from './adapters/hosted-site.ts';
export { ProcessSite, type ProcessSiteInit } from './adapters/process-site.ts';
export { signalProcess } from './adapters/process-control.ts';
export { recoveryMs, type Drill, type DrillPlan } from './domain/drill.ts';
export { summaryOf as describeDrillPlan } from './domain/drill-words.ts';
export { isDue } from './domain/drill-schedule.ts';
export { readDrillCommand, readDrillWish } from './domain/read-drill-request.ts';
export { Drills, type DrillsInit } from './services/drills.ts';
export { FaultKeeper } from './services/fault-keeper.ts';
export { DrillStore } from './store/drill-store.ts';
export { drillDeskOf } from './services/drill-desk-of.ts';
export { drillSettings, type DrillSettings } from './settings/drills.ts';
export { DrillRefusedError, InvalidDrillError } from './errors/drills.ts';
export { ResilienceMissingError, ResilienceStoreError } from './errors/resilience.ts';
export { configuredProbes, type Addresses } from './adapters/probes/configured-probes.ts';
export { databaseProbe } from './adapters/probes/database-probe.ts';
export { dnsProbe } from './adapters/probes/dns-probe.ts';
export { akashProbe, chainProbe, ipfsProbe, modelProbe } from './adapters/probes/http-probes.ts';
export type { Dependency } from './domain/dependency.ts';
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
export { BadAnswerError, NoAnswerError } from './errors/mode.ts';
export { modeSettings, type ModeSettings } from './settings/mode.ts';
export type { Probe } from './ports/probe.ts';
export { BackupMode, type ModeChange } from './services/backup-mode.ts';
export { DependencyWatch, type DependencyWatchInit } from './services/dependency-watch.ts';
export { DependencyStore } from './store/dependency-store.ts';
export { ModeStore } from './store/mode-store.ts';
export { RoomStore } from './store/room-store.ts';
export { cidOf } from './adapters/contents/cid.ts';
export { FinishedTasks } from './adapters/contents/finished-tasks.ts';
export { ShareableMemories } from './adapters/contents/shareable-memories.ts';
export { SharedFolder } from './adapters/contents/shared-folder.ts';
export { VerifiedRecords } from './adapters/contents/verified-records.ts';
export { LettersInMemory } from './adapters/letters-in-memory.ts';
export { Libp2pMesh, type Libp2pMeshInit } from './adapters/mesh/libp2p-mesh.ts';
export { MeshAgents, type MeshAgentsComponents } from './adapters/mesh/mesh-agents.ts';
export { newNodeKey, nodeIdOf, readNodeKey } from './adapters/mesh/node-key.ts';
export { openNode } from './adapters/mesh/open-node.ts';
export { PROTOCOL } from './adapters/mesh/requests.ts';
export { blockOf, mayRead, type Content } from './domain/contents/content.ts';
export { passageOf } from './domain/contents/passage.ts';
export { isQuestion, topicOf } from './domain/contents/question.ts';
export { scoreOf, weighWords } from './domain/contents/rank.ts';
export { wordsOf } from './domain/contents/words.ts';
export { canonicalJson, type Json } from './domain/letters/canonical-json.ts';
export { isIntact, sealLetter, type Letter } from './domain/letters/letter.ts';
export { describeNode } from './domain/mesh/mesh-words.ts';
export { nameAgents } from './domain/mesh/agent-names.ts';
export { redialAfterMs } from './domain/mesh/backoff.ts';
export { Conduct } from './domain/mesh/conduct.ts';
export { clockOffsetMs, type PeerAgent } from './domain/mesh/hello.ts';
export { meshSettings, type MeshSettings } from './settings/mesh.ts';
export type { LetterStore } from './ports/letter-store.ts';
export type { Mesh, MeshPeer, KnownPeer } from './ports/mesh.ts';
export { ProcessUsage } from './adapters/process-usage.ts';
export { provideReplicaProgram, type ReplicaProgram } from './adapters/replica-program.ts';
export { heedDismissal } from './services/heed-dismissal.ts';
export { ReplicaStore } from './store/replica-store.ts';
export { Leadership, type LeadershipInit } from './services/leadership.ts';
export {
  RESILIENCE_SERVICE,
  resilienceOf,
  ResilienceService,
} from './services/resilience-service.ts';
export { resilienceSettings, type ResilienceSettings } from './settings/node.ts';
export { PeerAwayError } from './errors/mesh.ts';
export { ContentIntake } from './services/content-intake.ts';
export { LetterPost, type LetterPostInit } from './services/letter-post.ts';
export { LetterWork, type LetterWorkInit } from './services/letter-work.ts';
export { MeshOffice } from './services/mesh-office.ts';
export { MeshView } from './services/mesh-view.ts';
export type { OpenedMesh } from './services/mesh-service.ts';
export { OwnStaff, type OwnStaffInit } from './services/own-staff.ts';
export { Library, type Finding } from './services/library.ts';
export { ContentStore } from './store/content-store.ts';
export { scalingSettings, type ScalingSettings } from './settings/scaling.ts';
export { failoverSettings, type FailoverSettings } from './settings/failovers.ts';
export { Failovers, type FailoversInit } from './services/failovers.ts';
export { FailoverStore, type Loss } from './store/failover-store.ts';
export { Scaler, type ScalerInit, type ScalingReport } from './services/scaler.ts';
export { ScalingStore, type ScalingEntry } from './store/scaling-store.ts';
export { Database } from './store/database.ts';
export { LeadershipStore } from './store/leadership-store.ts';
export { NodeStore } from './store/node-store.ts';
export { SqlLetters } from './store/sql-letters.ts';

/** The resilience officer: measures what the company depends on, and keeps it running when that fails. */
const resiliencePlugin: Plugin = {
  name: 'resilience',
  description: 'Measured risk, backup mode, a mesh of nodes, failover, scaling and drills.',
  dependencies: ['@371os/plugin-treasury', '@371os/plugin-tasks'],
  schema,
  services: [ResilienceService],
  actions: [
    monitorResilience,
    deactivateBackupMode,
    activateBackupMode,
    scaleAgent,
    failOver,
    runResilienceDrill,
    answerFromLibrary,
  ],
  providers: [resilienceProvider],
  evaluators: [resilienceWatch],
  routes: [...measureRoutes, ...modeRoutes, ...scalingRoutes, ...failoverRoutes, ...drillRoutes],
  init: (_config, runtime) => {
    prepareAgent(runtime);
    declareSettings('resilience', resilienceSettings);
    declareSettings('resilience', measuresSettings);
    declareSettings('resilience', modeSettings);
    declareSettings('resilience', meshSettings, 'process');
    declareSettings('resilience', scalingSettings);
    declareSettings('resilience', failoverSettings);
    declareSettings('resilience', drillSettings);
    registerCommands(runtime, [
      ...[resilienceCommand, backupCommand, drillCommand],
      ...[...meshCommands, ...scalingCommands, ...failoverCommands],
    ]);
    return Promise.resolve();
  },
};

export default resiliencePlugin;

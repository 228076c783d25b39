import type { Plugin } from '@elizaos/core';
import { declareSettings, prepareAgent, registerCommands } from '@371os/kernel';
import { discoverUniversalTools } from './actions/discover-universal-tools.ts';
import { executeUniversalTool } from './actions/execute-universal-tool.ts';
import { monitorUtsPerformance } from './actions/monitor-uts-performance.ts';
import { registerAgentBlockchain } from './actions/register-agent-blockchain.ts';
import { updateAgentReputation } from './actions/update-agent-reputation.ts';
import { updateAgentStatus } from './actions/update-agent-status.ts';
import { commands } from './commands.ts';
import { trustReview } from './evaluators/trust-review.ts';
import { registryProvider } from './providers/registry.ts';
import * as schema from './schema.ts';
import { AgentToolsService } from './services/agent-tools-service.ts';
import { RegistryService } from './services/registry-service.ts';
import { registrySettings } from './settings.ts';
import { registryToolsSettings } from './tools-settings.ts';

export { localSigner } from './adapters/chain/local-signer.ts';
export { PublicWebReader } from './adapters/content/public-web-reader.ts';
export {
  CallRevertedError,
  GasCapReachedError,
  GasTooDearError,
  NoContractError,
  NoFundsError,
  RpcUnreachableError,
  TransactionPendingError,
  TransactionRevertedError,
  TransactionWithdrawnError,
  WrongChainError,
} from './chain-errors.ts';
export {
  ContentMismatchError,
  ContentTooLargeError,
  ContentUnreachableError,
  ForbiddenAddressError,
  InvalidContentError,
} from './content-errors.ts';
export {
  didOf,
  globalIdOf,
  readAgentReference,
  registryName,
  type AgentReference,
  type RegistryReference,
} from './domain/agent-id.ts';
export {
  failureOf,
  type AgentReport,
  type Check,
  type Liveness,
  type SeenFile,
} from './domain/agent-report.ts';
export { composeProfile, type AgentFacts } from './domain/compose-profile.ts';
export { canonicalJson, type JsonValue } from './domain/canonical-json.ts';
export { MOST_CONTENT_BYTES, readContentUri, type ContentUri } from './domain/content-uri.ts';
export { typedHeartbeat, type Heartbeat } from './domain/heartbeat.ts';
export { presentReport, type PresentedReport } from './domain/present-report.ts';
export {
  describeProfile,
  publicationPlanSchema,
  referenceOf,
  type CompanyAgent,
  type Publication,
  type PublicationPlan,
  type Published,
} from './domain/publication.ts';
export {
  composeFile,
  AGENT_STATUSES,
  registrationFileSchema,
  signedText,
  typedRegistration,
  type AgentProfile,
  type Capability,
  type EconomicTerms,
  type RegistrationFile,
  type TypedData,
} from './domain/registration-file.ts';
export {
  allowedSettings,
  CONFIGURABLE,
  type RegistryConfiguration,
} from './domain/registry-configuration.ts';
export { readRegistrationRequest } from './domain/registration-request.ts';
export {
  InvalidProfileError,
  InvalidWalletError,
  NoRegistryNetworkError,
  NotRegisteredError,
  NoWalletError,
  RegistryMissingError,
  UnknownAgentError,
} from './errors.ts';
export type { ContentStore, ReadLimits, WebReader } from './ports/content-store.ts';
export type {
  BlockReference,
  ContractCall,
  EventLog,
  EvmChain,
  LogQuery,
  TransactionReceipt,
} from './ports/evm-chain.ts';
export type {
  AgentEntry,
  EventRange,
  IdentityRegistry,
  RegistryEvent,
} from './ports/identity-registry.ts';
export type { Signatures } from './ports/signatures.ts';
export type { Signer } from './ports/signer.ts';
export { a2aFactory, cardUrlOf } from './adapters/tool-call/a2a-factory.ts';
export {
  GuardedFetch,
  problemOfAddress,
  type GuardedFetchInit,
} from './adapters/tool-call/guarded-fetch.ts';
export { SdkToolCaller, type SdkToolCallerInit } from './adapters/tool-call/sdk-tool-caller.ts';
export { checkSchema } from './adapters/tool-call/schema-check.ts';
export { foldEvents, type AgentEvent, type ChainRecord } from './domain/discovery/fold-events.ts';
export type { IndexedAgent, Platform, Profile, Tool } from './domain/discovery/indexed-agent.ts';
export { searchable } from './domain/discovery/match-words.ts';
export { profileOf } from './domain/discovery/profile-of-file.ts';
export {
  rankAgents,
  termsOf,
  type Criteria,
  type Discovery,
  type Found,
} from './domain/discovery/rank-agents.ts';
export { readCriteria } from './domain/discovery/read-criteria.ts';
export {
  healthOf,
  recommendationsFor,
  statisticsOf,
  type Measurement,
  type Statistics,
} from './domain/monitor/network-report.ts';
export {
  aggregateFeedback,
  NEWCOMER,
  type Feedback,
  type Reputation,
} from './domain/reputation/aggregate-feedback.ts';
export { rateMetrics, type Metrics } from './domain/reputation/rate-metrics.ts';
export type { Receipt } from './domain/tools/execution.ts';
export {
  readDiscoverRequest,
  readExecuteRequest,
  readMonitorRequest,
  readRating,
  readRatingRequest,
} from './domain/tools/read-tool-request.ts';
export type {
  AgentReader,
  PlacedEvent,
  ReadAgent,
  RegistryHistory,
} from './ports/agent-sources.ts';
export type { ToolAnswer, ToolCall } from './domain/tools/tool-call.ts';
export { AgentDirectory, type AgentDirectoryComponents } from './services/agent-directory.ts';
export { AgentIndex, type AgentIndexComponents } from './services/agent-index.ts';
export {
  AGENT_TOOLS_SERVICE,
  agentToolsOf,
  AgentToolsService,
} from './services/agent-tools-service.ts';
export {
  openNetwork,
  REGISTRY_SERVICE,
  registryOf,
  RegistryService,
  type RegistryAccount,
  type RegistryNetwork,
} from './services/registry-service.ts';
export type { OwnMeasurement } from './store/execution-store.ts';
export type { Submission, TransactionQueue } from './services/transaction-queue.ts';
export { Database, type SqlExecutor } from './store/database.ts';
export { listVerifiedFiles } from './store/verified-store.ts';
export { registryToolsSettings, type RegistryToolsSettings } from './tools-settings.ts';
export { registrySettings, type RegistrySettings } from './settings.ts';

/** Who agents are: registered on chain, described on IPFS, read only when verified. */
const registryPlugin: Plugin = {
  name: 'registry',
  description: 'Registers agents on chain (ERC-8004), and reads registered agents verified.',
  dependencies: ['@371os/plugin-treasury', '@371os/plugin-tasks'],
  schema,
  services: [RegistryService, AgentToolsService],
  actions: [
    registerAgentBlockchain,
    updateAgentStatus,
    discoverUniversalTools,
    executeUniversalTool,
    updateAgentReputation,
    monitorUtsPerformance,
  ],
  evaluators: [trustReview],
  providers: [registryProvider],
  init: (_config, runtime) => {
    prepareAgent(runtime);
    declareSettings('registry', registrySettings);
    declareSettings('registry', registryToolsSettings);
    registerCommands(runtime, commands);
    return Promise.resolve();
  },
};

export default registryPlugin;

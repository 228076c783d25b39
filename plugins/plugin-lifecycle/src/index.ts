import type { Plugin } from '@elizaos/core';
import { declareSettings, prepareAgent, registerCommands } from '@371os/kernel';
import { agentStatus } from './actions/agent-status.ts';
import { supplyAgentTokens } from './adapters/agent-tokens.ts';
import { createAgent } from './actions/create-agent.ts';
import { explainCommand } from './actions/explain-setting.ts';
import { restartAgent } from './actions/restart-agent.ts';
import { retireAgent } from './actions/retire-agent.ts';
import { commands } from './commands.ts';
import { agentPerformance } from './evaluators/agent-performance.ts';
import { rosterProvider } from './providers/roster.ts';
import { configurationRoute } from './routes/configuration.ts';
import { routes } from './routes/index.ts';
import * as schema from './schema/index.ts';
import { hostingSettings } from './settings/hosting.ts';
import { presenceSettings } from './settings/presence.ts';
import { LifecycleService } from './services/lifecycle-service.ts';
import { lifecycleSettings } from './settings/lives.ts';

export { ElsewhereAgents } from './adapters/elsewhere-agents.ts';
export { openPresence } from './open-presence.ts';
export { machineIdentity } from './adapters/machine.ts';
export { PHI_RULE, PhiAccrual } from './domain/phi-accrual.ts';
export { readClaim, replicaName, type NodeUsage } from './domain/presence.ts';
export {
  forgetIdleReplicas,
  listInstances,
  listPresences,
  type AgentInstance,
  type AgentPresence,
} from './store/instance-store.ts';
export { AgentTakenError } from './errors/presence.ts';
export { presenceSettings } from './settings/presence.ts';
export { NodeWatch } from './domain/presence.ts';
export { Presence } from './services/presence.ts';
export { listProcesses, type CompanyProcess } from './store/process-list.ts';

export { tokensFrom, type TokenOf } from './adapters/agent-tokens.ts';
export { AkashHosting } from './adapters/akash-hosting.ts';
export type { HostedInstance } from './domain/hosted-instance.ts';
export {
  HostedInstances,
  type HostedScale,
  type InstanceSight,
} from './services/hosted-instances.ts';
export { SqlAssignments } from './store/sql-assignments.ts';
export {
  HostedAgents,
  type HostedAgentsComponents,
  type HostedEntry,
} from './adapters/hosted-agents.ts';
export { worstCase } from './domain/hosted-environment.ts';
export { hostingSettings, type HostingSettings } from './settings/hosting.ts';
export type {
  Closed,
  HostedAgent,
  Hosting,
  HostingQuote,
  HostingWishes,
  Place,
  ProvisionOptions,
} from './ports/hosting.ts';
export { provideAgentHost, type AgentHost } from './adapters/elizaos-runner.ts';
export { loadTemplates } from './adapters/templates-file.ts';
export type { AgentPlacement, AgentRecord, AgentRegistration } from './domain/agent-record.ts';
export {
  AGENT_STATES,
  isOver,
  isWorking,
  mayBecome,
  type AgentState,
} from './domain/agent-state.ts';
export { composeCharacter, templateFor } from './domain/character-template.ts';
export { judge, noticeWords, type CleanUpPolicy, type CleanUpSubject } from './domain/clean-up.ts';
export { readCreationRequest, type CreationRequest } from './domain/creation-request.ts';
export { performanceOf, type EndedTask, type Performance } from './domain/performance.ts';
export { readLifeRequest, type LifeRequest } from './domain/read-life-request.ts';
export type { Workplace } from './domain/workplace.ts';
export { drainAgents } from './services/drain-agents.ts';
export { LIFECYCLE_SERVICE, lifecycleOf, LifecycleService } from './services/lifecycle-service.ts';
export { explainConfiguration, type Configuration } from './services/configuration.ts';
export { lifecycleSettings, type LifecycleSettings } from './settings/lives.ts';

/** The life of agents, from their creation to their end. */
const lifecyclePlugin: Plugin = {
  name: 'lifecycle',
  description: 'Creates, initialises, runs, watches and ends agents, with nothing left over.',
  // The front desk, where agents are created and ended, lists the router, the registry and Akash, too.
  dependencies: ['@371os/plugin-treasury', '@371os/plugin-tasks'],
  schema,
  services: [LifecycleService],
  actions: [createAgent, agentStatus, retireAgent, restartAgent],
  providers: [rosterProvider],
  evaluators: [agentPerformance],
  routes: [...routes, configurationRoute],
  init: (_config, runtime) => {
    prepareAgent(runtime);
    declareSettings('lifecycle', lifecycleSettings);
    declareSettings('lifecycle', hostingSettings);
    declareSettings('lifecycle', presenceSettings, 'process');
    registerCommands(runtime, [...commands, explainCommand]);
    supplyAgentTokens(runtime);
    return Promise.resolve();
  },
};

export default lifecyclePlugin;

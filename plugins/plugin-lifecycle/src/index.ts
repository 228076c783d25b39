import type { Plugin } from '@elizaos/core';
import { prepareAgent } from '@371os/kernel';
import { supplyAgentTokens } from './adapters/agent-tokens.ts';

export { tokensFrom, type TokenOf } from './adapters/agent-tokens.ts';
export { AkashHosting } from './adapters/akash-hosting.ts';
export {
  HostedAgents,
  type HostedAgentsComponents,
  type HostedEntry,
} from './adapters/hosted-agents.ts';
export { worstCase } from './domain/hosted-environment.ts';
export { hostingSettings, type HostingSettings } from './hosting-settings.ts';
export type {
  Closed,
  HostedAgent,
  Hosting,
  HostingQuote,
  HostingWishes,
  Place,
  ProvisionOptions,
} from './ports/hosting.ts';
export { AGENT_STATES, isWorking, mayBecome, type AgentState } from './domain/agent-state.ts';

/** The life of agents, from their creation to their end. */
const lifecyclePlugin: Plugin = {
  name: 'lifecycle',
  description: 'Creates, initialises, runs, watches and ends agents, with nothing left over.',
  dependencies: [
    '@371os/plugin-treasury',
    '@371os/plugin-tasks',
    '@371os/plugin-registry',
    '@371os/plugin-akash',
    '@371os/plugin-router',
  ],
  init: (_config, runtime) => {
    prepareAgent(runtime);
    supplyAgentTokens(runtime);
    return Promise.resolve();
  },
};

export default lifecyclePlugin;

import type { Plugin } from '@elizaos/core';
import { prepareAgent, registerCommands } from '@371os/kernel';
import { explainCommand } from './actions/explain-setting.ts';
import { configurationRoute } from './routes/configuration.ts';

export { AGENT_STATES, isWorking, mayBecome, type AgentState } from './domain/agent-state.ts';
export { explainConfiguration, type Configuration } from './services/configuration.ts';

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
  routes: [configurationRoute],
  init: (_config, runtime) => {
    prepareAgent(runtime);
    registerCommands(runtime, [explainCommand]);
    return Promise.resolve();
  },
};

export default lifecyclePlugin;

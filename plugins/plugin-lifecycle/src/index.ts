import type { Plugin } from '@elizaos/core';
import { prepareAgent } from '@371os/kernel';

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
    return Promise.resolve();
  },
};

export default lifecyclePlugin;

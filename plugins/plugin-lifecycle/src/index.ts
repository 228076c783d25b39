import type { Plugin } from '@elizaos/core';
import { prepareAgent } from '@371os/kernel';
import * as schema from './schema.ts';

export { ElsewhereAgents } from './adapters/elsewhere-agents.ts';
export { openPresence } from './open-presence.ts';
export { AgentTakenError } from './presence-errors.ts';
export { presenceSettings } from './presence-settings.ts';
export { Presence } from './services/presence.ts';

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
  schema,
  init: (_config, runtime) => {
    prepareAgent(runtime);
    return Promise.resolve();
  },
};

export default lifecyclePlugin;

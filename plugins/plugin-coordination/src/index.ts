import type { Plugin } from '@elizaos/core';
import { declareSettings, prepareAgent } from '@371os/kernel';
import { agentContext } from './routes/agent-context.ts';
import { mcpRoutes } from './routes/mcp.ts';
import * as schema from './schema/index.ts';
import { ContextService } from './services/context-service.ts';
import { CoordinationService } from './services/coordination-service.ts';
import { contextSettings } from './settings/context.ts';
import { mcpSettings } from './settings/mcp.ts';

export { AccessTokens, type Grant } from './adapters/access-tokens.ts';
export { accessIn, McpEndpoint, type EndpointInit } from './adapters/mcp/endpoint.ts';
export { SCOPES, type Access, type Scope } from './domain/access/access.ts';
export { OtherAgentError, ScopeMissingError, TokenRefusedError } from './errors/access.ts';
export { CoordinationMissingError, CoordinationStoreError } from './errors/store.ts';
export {
  COORDINATION_SERVICE,
  coordinationOf,
  CoordinationService,
} from './services/coordination-service.ts';
export { CONTEXT_SERVICE, contextOf, ContextService } from './services/context-service.ts';
export {
  composeContext,
  type ContextParts,
  type Tokens,
} from './domain/context/compose-context.ts';
export { stripSecrets } from './domain/context/strip-secrets.ts';
export { RateLimit } from './domain/limits/rate-limit.ts';
export { contextSettings, type ContextSettings } from './settings/context.ts';
export { mcpSettings, type McpSettings } from './settings/mcp.ts';
export { Database, type SqlExecutor } from './store/database.ts';

/** What a company of agents offers other programs, and what it uses of theirs. */
const coordinationPlugin: Plugin = {
  name: 'coordination',
  description: 'Shares memory, agents and files with other programs, over MCP.',
  dependencies: ['@371os/plugin-treasury', '@371os/plugin-tasks', '@371os/plugin-router'],
  schema,
  services: [CoordinationService, ContextService],
  routes: [...mcpRoutes, agentContext],
  init: (_config, runtime) => {
    prepareAgent(runtime);
    declareSettings('coordination', mcpSettings);
    declareSettings('coordination', contextSettings);
    return Promise.resolve();
  },
};

export default coordinationPlugin;

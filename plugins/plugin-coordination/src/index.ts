import type { Plugin } from '@elizaos/core';
import { declareSettings, prepareAgent } from '@371os/kernel';
import { a2aRoutes } from './routes/a2a.ts';
import { agentContext } from './routes/agent-context.ts';
import { useOutsideTool } from './actions/use-outside-tool.ts';
import { outsideToolsProvider } from './providers/outside-tools.ts';
import { sharedMemoryProvider } from './providers/shared-memory.ts';
import { mcpRoutes } from './routes/mcp.ts';
import * as schema from './schema/index.ts';
import { A2aService } from './services/a2a-service.ts';
import { ContextService } from './services/context-service.ts';
import { CoordinationService } from './services/coordination-service.ts';
import { a2aSettings } from './settings/a2a.ts';
import { contextSettings } from './settings/context.ts';
import { filesSettings } from './settings/files.ts';
import { outsideSettings } from './settings/outside.ts';
import { mcpSettings } from './settings/mcp.ts';

export { AccessTokens, type Grant, type Issued } from './adapters/access-tokens.ts';
export { accessIn, McpEndpoint, type EndpointInit } from './adapters/mcp/endpoint.ts';
export { HOPS, metaOf, ORIGINS } from './domain/agents/delegation.ts';
export { mcpRoutesFor } from './routes/mcp.ts';
export { SCOPES, type Access, type Scope } from './domain/access/access.ts';
export { OtherAgentError, ScopeMissingError, TokenRefusedError } from './errors/access.ts';
export { CoordinationMissingError, CoordinationStoreError } from './errors/store.ts';
export {
  COORDINATION_SERVICE,
  coordinationOf,
  CoordinationService,
} from './services/coordination-service.ts';
export {
  CONTEXT_SERVICE,
  contextOf,
  ContextService,
  isServing,
} from './services/context-service.ts';
export { stripSecrets } from './domain/context/strip-secrets.ts';
export { A2A_SERVICE, a2aOf, A2aService } from './services/a2a-service.ts';
export { isVouchedFor, namedRemotes } from './adapters/a2a/named-remotes.ts';
export { RemoteAgents, type RemoteAgentsComponents } from './adapters/a2a/remote-agents.ts';
export { RemoteClient, type RemoteClientInit } from './adapters/a2a/remote-client.ts';
export { RemoteDirectory, type NamedRemote } from './adapters/a2a/remote-directory.ts';
export { cardKeyFrom, type CardKey } from './adapters/a2a/card-key.ts';
export { CARD_OWNER, ownerStatement, type CardOwner } from './domain/a2a/card-owner.ts';
export { remoteWords } from './domain/a2a/remote-profile.ts';
export { RemoteWatch } from './services/a2a/remote-watch.ts';
export { Seal } from './adapters/a2a/seal.ts';
export { SqlNoteStore } from './store/note-store.ts';
export type { KeptToken, TokenBook } from './ports/token-book.ts';
export { SqlTokenBook } from './store/token-store.ts';
export { SqlRemoteTaskStore } from './store/remote-task-store.ts';
export { SqlWebhookStore } from './store/webhook-store.ts';
export { HAND_ON } from './domain/a2a/hand-on.ts';
export { pageOf, type PageRequest } from './domain/a2a/page.ts';
export { a2aSettings, type A2aSettings } from './settings/a2a.ts';
export { contextSettings, type ContextSettings } from './settings/context.ts';
export { filesSettings, type FilesSettings } from './settings/files.ts';
export { outsideSettings, type OutsideSettings } from './settings/outside.ts';
export { OutsideCallStore } from './store/outside-call-store.ts';
export { mcpSettings, type McpSettings } from './settings/mcp.ts';
export { Database, type SqlExecutor } from './store/database.ts';

/** What a company of agents offers other programs, and what it uses of theirs. */
const coordinationPlugin: Plugin = {
  name: 'coordination',
  description: 'Shares memory, agents and files with other programs, over MCP.',
  dependencies: ['@371os/plugin-treasury', '@371os/plugin-tasks'],
  schema,
  services: [CoordinationService, ContextService, A2aService],
  actions: [useOutsideTool],
  providers: [sharedMemoryProvider, outsideToolsProvider],
  routes: [...mcpRoutes, agentContext, ...a2aRoutes],
  init: (_config, runtime) => {
    prepareAgent(runtime);
    declareSettings('coordination', mcpSettings);
    declareSettings('coordination', contextSettings);
    declareSettings('coordination', a2aSettings);
    declareSettings('coordination', filesSettings);
    declareSettings('coordination', outsideSettings, 'process');
    return Promise.resolve();
  },
};

export default coordinationPlugin;

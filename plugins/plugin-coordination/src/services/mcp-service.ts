import type { IAgentRuntime } from '@elizaos/core';
import { McpServer, type AuthInfo } from '@modelcontextprotocol/server';
import {
  agentSettings,
  NoServerTokenError,
  offeredSkills,
  RateLimit,
  runtimeSettings,
  systemClock,
  uuidSource,
} from '@371os/kernel';
import { fileServer } from '../adapters/outside/file-server.ts';
import { AccessTokens } from '../adapters/access-tokens.ts';
import { accessIn, McpEndpoint } from '../adapters/mcp/endpoint.ts';
import { UnknownMemoryError } from '../errors/memory.ts';
import { routerOf } from '@371os/plugin-router';
import { filesSettings, type FilesSettings } from '../settings/files.ts';
import { mcpSettings } from '../settings/mcp.ts';
import type { Database } from '../store/database.ts';
import { RequestStore } from '../store/request-store.ts';
import { SqlTokenBook } from '../store/token-store.ts';
import { offerAgents } from '../tools/agent-tools.ts';
import { fileTools } from '../tools/file-tools.ts';
import { offerMemory } from '../tools/memory-tools.ts';
import { Offers } from '../tools/offers.ts';
import { offerPrompts } from '../tools/prompts.ts';
import { SkillShelf } from '../tools/skills.ts';
import type { ToolRules } from '../tools/tool.ts';
import { AgentDesk } from './agent-desk.ts';
import { companyUrl } from './company-url.ts';
import type { SharedMemory } from './shared-memory.ts';
import { MemoryWatch } from './memory-watch.ts';

/** What the company offers over MCP. */
export interface McpDesk {
  readonly endpoint: McpEndpoint;
  readonly tokens: AccessTokens;
  close(): Promise<void>;
}

const IMPLEMENTATION = { name: '371os', title: '371OS', version: '0.1.0' };
const INSTRUCTIONS =
  'A company of agents. Its memory is shared: look with search_nodes before you ask, and write down what others should know.';

/** Puts together what the company offers over MCP. @throws NoServerTokenError */
export function openMcp(runtime: IAgentRuntime, database: Database, memory: SharedMemory): McpDesk {
  const settings = agentSettings(mcpSettings, runtime);
  const ownerToken = runtimeSettings(runtime)('ELIZA_SERVER_AUTH_TOKEN');
  if (typeof ownerToken !== 'string' || ownerToken === '') throw new NoServerTokenError();
  const url = companyUrl(runtime);
  const tokens = new AccessTokens({
    ...{ ownerToken, audience: url, newId: uuidSource, clock: systemClock },
    book: new SqlTokenBook(database, systemClock),
  });
  const limit = new RateLimit(settings.COORDINATION_MCP_PER_MINUTE, systemClock);
  const onError = (error: unknown): void => {
    runtime.logger.warn({ src: 'coordination:mcp', error }, 'a request over MCP was not served');
  };
  const agents = new AgentDesk({
    router: () => routerOf(runtime),
    requests: new RequestStore(database),
    onError,
  });
  const files = openFiles(agentSettings(filesSettings, runtime));
  const rules: ToolRules = { timeoutMs: settings.COORDINATION_MCP_CALL_MS, onError };
  const offers = new Offers((counter) => {
    offerMemory(counter, memory, rules);
    offerAgents(counter, agents, rules);
    offerPrompts(counter);
  });
  const offerFiles = files && fileTools(files, rules);
  const skills = new SkillShelf({
    ...{ list: () => offeredSkills(runtime), elapsedMs: () => performance.now(), onError },
  });
  const endpoint = new McpEndpoint({
    ...{ url, tokens, onError, newId: uuidSource, clock: systemClock },
    mostSessions: settings.COORDINATION_MCP_SESSIONS,
    limit: (principalId) => {
      limit.take(principalId);
    },
    makeServer: async () => {
      const server = new McpServer(IMPLEMENTATION, {
        instructions: INSTRUCTIONS,
        capabilities: { resources: { subscribe: true, listChanged: false } },
      });
      offers.on(server);
      await skills.offerOn(server);
      await offerFiles?.(server);
      return server;
    },
    maySubscribe: (authInfo: AuthInfo, uri) => {
      if (!memory.maySee(accessIn(authInfo), uri)) throw new UnknownMemoryError({ uri });
    },
  });
  const watch = new MemoryWatch({
    read: () => memory.changes(),
    tell: (uri) => endpoint.notify.resourceUpdated(uri),
    isWanted: () => endpoint.isListenedTo,
    onError,
  });
  watch.start();
  memory.onChange(() => {
    watch.poke();
  });
  return {
    ...{ endpoint, tokens },
    close: async () => {
      watch.stop();
      await endpoint.close();
      await files?.close();
    },
  };
}

function openFiles(settings: FilesSettings): ReturnType<typeof fileServer> | undefined {
  const { COORDINATION_DIRECTORIES: directories } = settings;
  if (directories.length === 0) return undefined;
  const { COORDINATION_FILES_MS: timeoutMs, COORDINATION_FILES_MOST_BYTES: mostBytes } = settings;
  return fileServer({ directories, timeoutMs, mostBytes, clock: systemClock });
}

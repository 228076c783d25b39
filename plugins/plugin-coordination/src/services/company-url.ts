import type { IAgentRuntime } from '@elizaos/core';
import { agentSettings, runtimeSettings } from '@371os/kernel';
import { mcpSettings } from '../settings/mcp.ts';

/** Where programs reach the company: by its settings, else where ElizaOS's server listens. */
export function companyUrl(runtime: IAgentRuntime): string {
  const port = runtimeSettings(runtime)('SERVER_PORT');
  const own = `http://127.0.0.1:${typeof port === 'string' && port ? port : '3000'}`;
  return agentSettings(mcpSettings, runtime).COORDINATION_URL ?? own;
}

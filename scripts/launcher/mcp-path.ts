import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { IAgentRuntime } from '@elizaos/core';
import { routeResponse } from './chat-path.ts';
import type { Middleware } from './http-guard.ts';

const PATH = '/mcp';
// Where ElizaOS has the routes that answer it.
const ROUTE = '/coordination/mcp';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;
type Route = IAgentRuntime['routes'][number];

interface McpPathInit {
  readonly server: Server;
  readonly guard: Middleware;
  readonly agents: readonly IAgentRuntime[];
}

/**
 * Answers MCP past ElizaOS's stack, which looks through the routes of every agent first and reads the
 * body itself. The guard before it and the routes behind it are the same ones.
 */
export function openMcpPath({ server, guard, agents }: McpPathInit): void {
  const others = server.listeners('request') as Answer[];
  server.removeAllListeners('request');
  server.on('request', (request, response) => {
    const agent = request.url === PATH ? agents.find((one) => routeOf(one, request)) : undefined;
    if (!agent) for (const other of others) other.call(server, request, response);
    else guard(request, response, () => void answer(agent, request, response));
  });
}

function routeOf({ routes }: IAgentRuntime, { method }: IncomingMessage): Route | undefined {
  return routes.find(({ type, path }) => type === method && path === ROUTE);
}

async function answer(
  agent: IAgentRuntime,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  response.setHeader('X-Content-Type-Options', 'nosniff');
  const { headers, method = 'POST' } = request;
  const routed = { headers, method, query: {}, params: {}, path: ROUTE, url: ROUTE };
  await routeOf(agent, request)?.handler?.(routed, routeResponse(response), agent);
}

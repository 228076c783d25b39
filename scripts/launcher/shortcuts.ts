import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { IAgentRuntime, RouteResponse } from '@elizaos/core';
import { sendJson, type Middleware } from './http-guard.ts';

/** Requests that are answered past ElizaOS's stack. */
export interface Shortcut {
  /** Whether a request is plain enough; any other one goes the long way. */
  readonly takes: (request: IncomingMessage) => boolean;
  /** Where ElizaOS has the route that answers it. */
  readonly route: string;
  /**
   * Reads what was sent; undefined once that has been answered with an error. Without this the route
   * reads by itself.
   */
  readonly read?: (
    request: IncomingMessage,
    response: ServerResponse,
  ) => Promise<{ readonly body: unknown } | undefined>;
}

interface ShortcutsInit {
  readonly server: Server;
  readonly guard: Middleware;
  readonly agents: readonly IAgentRuntime[];
  readonly shortcuts: readonly Shortcut[];
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void;
type Route = IAgentRuntime['routes'][number];

interface Found {
  readonly agent: IAgentRuntime;
  readonly route: Route;
  readonly shortcut: Shortcut;
}

/**
 * Answers some requests past ElizaOS's stack, which looks through the routes of every agent first and
 * takes longer than the work itself. The guard before them and the routes behind them are the same ones.
 */
export function openShortcuts({ server, guard, agents, shortcuts }: ShortcutsInit): void {
  const others = server.listeners('request') as Answer[];
  server.removeAllListeners('request');
  server.on('request', (request, response) => {
    const shortcut = shortcuts.find(({ takes }) => takes(request));
    const found = shortcut && find(agents, request, shortcut);
    if (found) guard(request, response, () => void answer(found, request, response));
    else for (const other of others) other.call(server, request, response);
  });
}

function find(
  agents: readonly IAgentRuntime[],
  { method }: IncomingMessage,
  shortcut: Shortcut,
): Found | undefined {
  for (const agent of agents) {
    const route = agent.routes.find(({ type, path }) => type === method && path === shortcut.route);
    if (route) return { agent, route, shortcut };
  }
  return undefined;
}

async function answer(
  { agent, route, shortcut }: Found,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  response.setHeader('X-Content-Type-Options', 'nosniff');
  const sent = shortcut.read ? await shortcut.read(request, response) : {};
  if (!sent) return;
  const { headers, method = 'GET' } = request;
  const { route: path } = shortcut;
  const routed = { headers, method, query: {}, params: {}, path, url: path, ...sent };
  await route.handler?.(routed, routeResponse(response), agent);
}

/** What ElizaOS's server offers a route to answer with, on a bare response. */
function routeResponse(response: ServerResponse): RouteResponse {
  const routed = Object.assign(response, {
    status: (code: number) => {
      response.statusCode = code;
      return routed;
    },
    json: (data: unknown) => {
      sendJson(response, response.statusCode, data);
      return routed;
    },
    send: (data: unknown) => {
      response.end(data);
      return routed;
    },
  });
  return routed;
}

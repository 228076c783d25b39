import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { IAgentRuntime, RouteResponse } from '@elizaos/core';
import { answerBodyError } from './body-error.ts';
import { sendJson, type Middleware } from './http-guard.ts';

const PATH = '/v1/chat/completions';
// Where ElizaOS has the route that answers it.
const ROUTE = '/gateway/v1/chat/completions';
const LARGEST_BODY_BYTES = 2 * 1024 * 1024;

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

interface ChatPathInit {
  readonly server: Server;
  readonly guard: Middleware;
  readonly agents: readonly IAgentRuntime[];
}

/**
 * Answers chat completions past ElizaOS's stack, which takes longer than all that the gateway does
 * with a call. The guard before it and the route behind it are the same ones. Whatever is not plain
 * (another path, a query, a packed body) goes the long way.
 */
export function openChatPath({ server, guard, agents }: ChatPathInit): void {
  const others = server.listeners('request') as Answer[];
  server.removeAllListeners('request');
  server.on('request', (request, response) => {
    const agent = isPlainChat(request) ? agents.find(hasRoute) : undefined;
    if (agent) guard(request, response, () => void answer(agent, request, response));
    else for (const other of others) other.call(server, request, response);
  });
}

function isPlainChat({ method, url, headers }: IncomingMessage): boolean {
  return (
    url === PATH &&
    method === 'POST' &&
    headers['content-encoding'] === undefined &&
    /^application\/json\s*(?:;\s*charset="?utf-8"?\s*)?$/i.test(headers['content-type'] ?? '')
  );
}

function hasRoute(agent: IAgentRuntime): boolean {
  return routeOf(agent) !== undefined;
}

function routeOf({ routes }: IAgentRuntime): IAgentRuntime['routes'][number] | undefined {
  return routes.find(({ type, path }) => type === 'POST' && path === ROUTE);
}

async function answer(
  agent: IAgentRuntime,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  response.setHeader('X-Content-Type-Options', 'nosniff');
  const body = await readBody(request);
  if ('status' in body) {
    answerBodyError(Object.assign(new Error(), body), request, response, () => response.destroy());
    return;
  }
  const { headers, method = 'POST' } = request;
  const routed = { headers, method, query: {}, params: {}, path: ROUTE, url: ROUTE, ...body };
  await routeOf(agent)?.handler?.(routed, routeResponse(response), agent);
}

/** The JSON that was sent, or the status that says why there is none. */
async function readBody(request: IncomingMessage): Promise<{ body: unknown } | { status: number }> {
  const pieces: Buffer[] = [];
  let sizeBytes = 0;
  try {
    for await (const piece of request as AsyncIterable<Buffer>) {
      sizeBytes += piece.length;
      if (sizeBytes <= LARGEST_BODY_BYTES) pieces.push(piece);
    }
    if (sizeBytes > LARGEST_BODY_BYTES) return { status: 413 };
    return { body: JSON.parse(Buffer.concat(pieces).toString()) };
  } catch {
    return { status: 400 };
  }
}

/** What ElizaOS's server offers a route to answer with, on a bare response. */
export function routeResponse(response: ServerResponse): RouteResponse {
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

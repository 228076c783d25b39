import type { IncomingMessage, ServerResponse } from 'node:http';
import type { IAgentRuntime, Route, RouteRequest, RouteResponse } from '@elizaos/core';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { authenticatedRoute } from '@371os/kernel';
import { z } from 'zod';
import type { HttpEndpoint } from '../ports/http-endpoint.ts';
import type { KeptToken } from '../ports/token-book.ts';
import { SCOPES } from '../domain/access/access.ts';
import { servingFor } from '../services/coordination-service.ts';
import { sendError } from './program-route.ts';

const MOST_DAYS = 366;
const MOST_BODY_BYTES = 2_000_000;

const name = z
  .string()
  .regex(/^[\w.-]{1,64}$/, 'up to 64 letters, digits, dots and dashes are expected');

const grant = z.strictObject({
  name,
  role: z.enum(['guest', 'admin']).default('guest'),
  scopes: z.array(z.enum(SCOPES)).min(1),
  agent: z.string().min(1).max(64).optional(),
  days: z.number().int().min(1).max(MOST_DAYS).default(30),
});

type EndpointOf = (runtime: IAgentRuntime) => Promise<HttpEndpoint>;

/** MCP at `/mcp` below a plugin's name, by an endpoint that checks its own tokens. */
export function mcpRoutesFor(endpointOf: EndpointOf): Route[] {
  return (['GET', 'POST', 'DELETE'] as const).map((type) => mcpRoute(type, endpointOf));
}

/** What the company offers over MCP, and the tokens for it, which the owner makes. */
export const mcpRoutes: Route[] = [
  ...mcpRoutesFor(async (runtime) => (await servingFor(runtime)).mcp.endpoint),
  authenticatedRoute({
    type: 'POST',
    path: '/tokens',
    minimumRole: 'owner',
    body: grant,
    run: async ({ runtime, body }) => {
      const { mcp } = await servingFor(runtime);
      return { ...(await mcp.tokens.issue(body)) };
    },
  }),
  authenticatedRoute({
    type: 'GET',
    path: '/tokens',
    minimumRole: 'owner',
    body: z.unknown(),
    run: async ({ runtime }) => {
      const { mcp } = await servingFor(runtime);
      return { tokens: (await mcp.tokens.list()).map(presentToken) };
    },
  }),
  authenticatedRoute({
    type: 'POST',
    path: '/tokens/end',
    minimumRole: 'owner',
    body: z.union([z.strictObject({ name }), z.strictObject({ id: z.string().min(1).max(64) })]),
    run: async ({ runtime, body }) => {
      const { tokens } = (await servingFor(runtime)).mcp;
      if ('id' in body) return { token: presentToken(await tokens.endOne(body.id)) };
      await tokens.end(body.name);
      return body;
    },
  }),
];

function presentToken({ issuedAt, expiresAt, ...token }: KeptToken): Record<string, unknown> {
  const moment = (atS: number): string => new Date(atS * 1_000).toISOString();
  return { ...token, issuedAt: moment(issuedAt), expiresAt: moment(expiresAt) };
}

function mcpRoute(type: 'GET' | 'POST' | 'DELETE', endpointOf: EndpointOf): Route {
  return {
    ...{ type, path: '/mcp', name: '/mcp', public: false },
    handler: async (request, response, runtime) => {
      try {
        await serve(request, response, await endpointOf(runtime));
      } catch (error) {
        runtime.logger.warn({ src: 'coordination:mcp', error }, 'a request failed');
        sendError(response, error);
      }
    },
  };
}

async function serve(
  { body }: RouteRequest,
  response: RouteResponse,
  endpoint: HttpEndpoint,
): Promise<void> {
  // ElizaOS hands over what is left of the request; Node's response knows the whole.
  const answer = response as unknown as ServerResponse & { readonly req: NodeRequest };
  await toNodeHandler(endpoint, { maxRequestBodySize: MOST_BODY_BYTES })(
    answer.req,
    answer,
    isParsed(answer.req) ? body : undefined,
  );
}

type NodeRequest = IncomingMessage & { method: string; url: string };

// Express makes a body of nothing, too.
function isParsed({ method, headers }: NodeRequest): boolean {
  return method === 'POST' && /\bjson\b/i.test(headers['content-type'] ?? '');
}

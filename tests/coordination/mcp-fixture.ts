import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import {
  AgentRuntime,
  ChannelType,
  createUniqueUuid,
  stringToUuid,
  type Character,
  type IAgentRuntime,
  type IDatabaseAdapter,
  type Plugin,
  type RouteRequest,
  type RouteResponse,
  type UUID,
} from '@elizaos/core';
import bootstrapPlugin from '@elizaos/plugin-bootstrap';
import sqlPlugin, { createDatabaseAdapter } from '@elizaos/plugin-sql';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import coordinationPlugin, { coordinationOf } from '@371os/plugin-coordination';
import { inConversation, startConversation, type Principal } from '@371os/kernel';
import { fileDatabase } from '../support/fresh-database.ts';

export const TOKEN = 'a-token-for-tests';

export interface ClientOptions {
  readonly token?: string;
  readonly as?: string;
  /** Which MCP it speaks: `legacy` is that of 2025. */
  readonly era?: 'modern' | 'legacy';
}

/** A client of an agent that listens at `url`. */
export async function connectTo(
  url: string,
  { token = TOKEN, as, era = 'modern' }: ClientOptions = {},
): Promise<Client> {
  const client = new Client(
    { name: 'test', version: '1.0.0' },
    { versionNegotiation: { mode: era === 'modern' ? 'auto' : 'legacy' } },
  );
  const headers = { Authorization: `Bearer ${token}`, ...(as ? { 'X-Act-As': as } : {}) };
  await client.connect(
    new StreamableHTTPClientTransport(new URL('/coordination/mcp', url), {
      requestInit: { headers },
    }),
  );
  return client;
}

/** What a tool has answered. @throws RangeError with its words when it failed */
export async function callTool(
  client: Client,
  name: string,
  args: Record<string, unknown> = {},
  meta?: Record<string, unknown>,
): Promise<Record<string, unknown>> {
  const result = await client.callTool({ name, arguments: args, ...(meta ? { _meta: meta } : {}) });
  if (result.isError) throw new RangeError(JSON.stringify(result.content));
  return (result.structuredContent ?? {}) as Record<string, unknown>;
}

/** A real HTTP server before the routes of an agent. */
export class RouteServer {
  readonly url: string;
  readonly #server: Server;
  readonly #clients: Client[] = [];

  private constructor(server: Server, url: string) {
    this.#server = server;
    this.url = url;
  }

  static async start(): Promise<RouteServer> {
    const server = createServer();
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const { port } = server.address() as AddressInfo;
    return new RouteServer(server, `http://127.0.0.1:${String(port)}`);
  }

  serve(runtime: IAgentRuntime): void {
    this.#server.on('request', (request, response) => void dispatch(runtime, request, response));
  }

  async connect(options: ClientOptions = {}): Promise<Client> {
    const client = await connectTo(this.url, options);
    this.#clients.push(client);
    return client;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()));
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }
}

/** An agent that serves MCP, with its routes behind a real HTTP server. */
export class McpHost {
  readonly runtime: AgentRuntime;
  readonly #server: RouteServer;

  private constructor(runtime: AgentRuntime, server: RouteServer) {
    this.runtime = runtime;
    this.#server = server;
  }

  static async start(
    settings: NonNullable<Character['settings']> = {},
    plugins: readonly Plugin[] = [],
  ): Promise<McpHost> {
    const server = await RouteServer.start();
    const { url } = server;
    const runtime = new AgentRuntime({
      character: {
        name: 'Front Desk',
        bio: 'Serves programs.',
        settings: { ELIZA_SERVER_AUTH_TOKEN: TOKEN, COORDINATION_URL: url, ...settings },
      },
      agentId: stringToUuid('Front Desk'),
      adapter: await openAdapter(),
      plugins: [bootstrapPlugin, ...plugins, coordinationPlugin],
    });
    await runtime.initialize();
    await coordinationOf(runtime);
    server.serve(runtime);
    return new McpHost(runtime, server);
  }

  get url(): string {
    return this.#server.url;
  }

  connect(options: ClientOptions = {}): Promise<Client> {
    return this.#server.connect(options);
  }

  post(body: unknown, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(new URL('/coordination/mcp', this.url), {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${TOKEN}`,
        Accept: 'application/json, text/event-stream',
        'Content-Type': 'application/json',
        ...headers,
      },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  }

  /** What the agent answers to a message. */
  async say(principal: Principal, said: string): Promise<string> {
    const { runtime } = this;
    const [entityId, roomId] = [principal.id, `room of ${principal.id}`].map((name) =>
      createUniqueUuid(runtime, name),
    ) as [UUID, UUID];
    const worldId = createUniqueUuid(runtime, 'world');
    const place = { entityId, roomId, worldId, source: 'test', type: ChannelType.DM };
    await runtime.ensureConnection({ ...place, channelId: roomId });
    const content = { text: said, source: 'test', channelType: ChannelType.DM };
    const message = { id: randomUUID(), entityId, roomId, worldId, content, createdAt: Date.now() };
    const answers: string[] = [];
    await inConversation(startConversation({ principal, text: said }), async () =>
      runtime.messageService?.handleMessage(
        runtime,
        { ...message, agentId: runtime.agentId },
        (answer) => {
          if (answer.text) answers.push(answer.text);
          return Promise.resolve([]);
        },
      ),
    );
    return answers.join('\n');
  }

  async stop(): Promise<void> {
    await this.#server.stop();
    await this.runtime.stop();
  }
}

async function openAdapter(): Promise<IDatabaseAdapter> {
  const postgresUrl = process.env['POSTGRES_URL'];
  const place = postgresUrl ? { postgresUrl } : { dataDir: fileDatabase() };
  const adapter = createDatabaseAdapter(place, stringToUuid('Front Desk'));
  await adapter.init();
  const base = { name: sqlPlugin.name, schema: sqlPlugin.schema };
  await adapter.runPluginMigrations?.([base] as never, { verbose: false });
  return adapter;
}

// As ElizaOS's server does it: the body is parsed, and the handler gets little of the request.
async function dispatch(
  runtime: IAgentRuntime,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', 'http://here');
  const route = runtime.routes.find(
    ({ type, path }) => type === request.method && path === pathname,
  );
  if (!route?.handler) {
    response.writeHead(404).end();
    return;
  }
  const sent = await text(request);
  const body = parse(sent);
  if (sent !== '' && body === undefined) {
    response.writeHead(400).end('{"error":{"code":"BAD_BODY"}}');
    return;
  }
  const { headers, method = 'GET' } = request;
  const routed: RouteRequest = { headers, method, body, query: {}, params: {}, path: pathname };
  await route.handler(routed, routeResponse(response), runtime);
}

function parse(sent: string): unknown {
  try {
    return JSON.parse(sent) as unknown;
  } catch {
    return undefined;
  }
}

function routeResponse(response: ServerResponse): RouteResponse {
  const routed = Object.assign(response, {
    status: (code: number) => {
      response.statusCode = code;
      return routed;
    },
    json: (data: unknown) => {
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify(data));
      return routed;
    },
    send: (data: unknown) => {
      response.end(data);
      return routed;
    },
  });
  return routed;
}

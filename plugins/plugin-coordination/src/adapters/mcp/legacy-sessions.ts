import {
  isInitializeRequest,
  legacyStatelessFallback,
  WebStandardStreamableHTTPServerTransport,
  type AuthInfo,
  type McpServer,
  type ServerEventBus,
} from '@modelcontextprotocol/server';
import type { Clock, IdSource } from '@371os/kernel';
import type { EndpointInit } from './endpoint.ts';

interface Session {
  readonly transport: WebStandardStreamableHTTPServerTransport;
  readonly server: McpServer;
  /** Who began it: nobody else goes on with it. */
  readonly owner: string;
  readonly subscriptions: Set<string>;
  usedMs: number;
}

export interface LegacySessionsInit extends Pick<EndpointInit, 'makeServer' | 'maySubscribe'> {
  readonly bus: ServerEventBus;
  readonly most: number;
  readonly newId: IdSource;
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
}

interface Asked {
  readonly authInfo: AuthInfo;
  readonly parsedBody: unknown;
}

const HEADER = 'mcp-session-id';
const IDLE_MS = 1_800_000;

/**
 * Clients of MCP before 2026-07-28 begin a session, in which the server can ask and tell them, too.
 * One that has long been silent ends, and the one that has been silent longest makes room.
 */
export class LegacySessions {
  readonly #init: LegacySessionsInit;
  readonly #sessions = new Map<string, Session>();
  readonly #stopListening: () => void;
  // For clients that begin none.
  readonly #without: ReturnType<typeof legacyStatelessFallback>;

  constructor(init: LegacySessionsInit) {
    this.#init = init;
    this.#without = legacyStatelessFallback(init.makeServer, init.onError);
    this.#stopListening = init.bus.subscribe((event) => {
      if (event.kind === 'resource_updated') this.#tell(event.uri);
    });
  }

  /** Whether a client listens for changes of resources. */
  get isListenedTo(): boolean {
    return [...this.#sessions.values()].some(({ subscriptions }) => subscriptions.size > 0);
  }

  async fetch(request: Request, asked: Asked): Promise<Response> {
    const id = request.headers.get(HEADER);
    if (id !== null) return this.#goOn(id, request, asked);
    const { parsedBody } = asked;
    if (request.method === 'POST' && isInitializeRequest(parsedBody))
      return this.#begin(request, asked);
    return this.#without(request, withBody(asked));
  }

  async close(): Promise<void> {
    this.#stopListening();
    await Promise.all([...this.#sessions.keys()].map((id) => this.#end(id)));
  }

  async #goOn(id: string, request: Request, asked: Asked): Promise<Response> {
    const session = this.#sessions.get(id);
    // To others a session is as unknown as one that never was.
    if (session?.owner !== asked.authInfo.clientId) return unknownSession();
    session.usedMs = this.#init.clock();
    return session.transport.handleRequest(request, withBody(asked));
  }

  async #begin(request: Request, asked: Asked): Promise<Response> {
    await this.#makeRoom();
    const { makeServer, newId, clock } = this.#init;
    const { authInfo } = asked;
    const server = await makeServer({ era: 'legacy', authInfo, requestInfo: request });
    const subscriptions = this.#takeSubscriptions(server, authInfo);
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: newId,
      onsessioninitialized: (id) => {
        const owner = authInfo.clientId;
        const usedMs = clock();
        this.#sessions.set(id, { transport, server, owner, subscriptions, usedMs });
      },
      onsessionclosed: (id) => {
        this.#sessions.delete(id);
      },
    });
    await server.connect(transport);
    return transport.handleRequest(request, withBody(asked));
  }

  #takeSubscriptions({ server }: McpServer, authInfo: AuthInfo): Set<string> {
    const subscriptions = new Set<string>();
    server.setRequestHandler('resources/subscribe', ({ params: { uri } }) => {
      this.#init.maySubscribe(authInfo, uri);
      subscriptions.add(uri);
      return {};
    });
    server.setRequestHandler('resources/unsubscribe', ({ params: { uri } }) => {
      subscriptions.delete(uri);
      return {};
    });
    return subscriptions;
  }

  #tell(uri: string): void {
    for (const { server, subscriptions } of this.#sessions.values())
      if (subscriptions.has(uri))
        server.server.sendResourceUpdated({ uri }).catch(this.#init.onError);
  }

  async #makeRoom(): Promise<void> {
    const { clock, most } = this.#init;
    const silent = [...this.#sessions].sort(([, left], [, right]) => left.usedMs - right.usedMs);
    const tooMany = Math.max(0, silent.length - most + 1);
    const over = silent.filter(
      ([, { usedMs }], index) => index < tooMany || usedMs < clock() - IDLE_MS,
    );
    await Promise.all(over.map(([id]) => this.#end(id)));
  }

  async #end(id: string): Promise<void> {
    const session = this.#sessions.get(id);
    this.#sessions.delete(id);
    await session?.server.close().catch(this.#init.onError);
  }
}

function withBody({ authInfo, parsedBody }: Asked): { authInfo: AuthInfo; parsedBody?: unknown } {
  return { authInfo, ...(parsedBody === undefined ? {} : { parsedBody }) };
}

function unknownSession(): Response {
  const error = { code: -32001, message: 'Session not found' };
  return Response.json({ jsonrpc: '2.0', error, id: null }, { status: 404 });
}

import {
  bearerAuthChallengeResponse,
  createMcpHandler,
  hostHeaderValidationResponse,
  InMemoryServerEventBus,
  isJsonContentType,
  isLegacyRequest,
  localhostAllowedHostnames,
  localhostAllowedOrigins,
  OAuthError,
  OAuthErrorCode,
  originValidationResponse,
  readRequestBody,
  verifyBearerToken,
  type AuthInfo,
  type McpHttpHandler,
  type McpRequestContext,
  type McpServer,
  type ServerNotifier,
} from '@modelcontextprotocol/server';
import { explainError, TooManyRequestsError, type Clock, type IdSource } from '@371os/kernel';
import type { Access } from '../../domain/access/access.ts';
import { TokenRefusedError } from '../../errors/access.ts';
import { retryAfter } from '../../errors/as-http.ts';
import type { AccessTokens } from '../access-tokens.ts';
import { LegacySessions } from './legacy-sessions.ts';

export interface EndpointInit {
  /** The address that tokens are for. */
  readonly url: string;
  readonly tokens: AccessTokens;
  /** A server for one request, or for one session of a client of 2025. */
  readonly makeServer: (context: McpRequestContext) => McpServer | Promise<McpServer>;
  /** Whether somebody may hear of changes of a resource. @throws when not */
  readonly maySubscribe: (authInfo: AuthInfo, uri: string) => void;
  readonly mostSessions: number;
  /** Counts a request of a principal. @throws TooManyRequestsError */
  readonly limit: (principalId: string) => void;
  readonly newId: IdSource;
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
}

const MOST_BODY_BYTES = 2_000_000;

/**
 * MCP over streamable HTTP, of 2026-07-28 and of 2025 at one address. Nothing is answered before
 * Host, Origin and token are good; a token is for this address alone and goes nowhere from here.
 */
export class McpEndpoint {
  readonly #init: EndpointInit;
  readonly #bus: InMemoryServerEventBus;
  readonly #modern: McpHttpHandler;
  readonly #legacy: LegacySessions;
  readonly #hosts: string[];
  readonly #origins: string[];

  constructor(init: EndpointInit) {
    this.#init = init;
    this.#bus = new InMemoryServerEventBus(init.onError);
    const { hostname } = new URL(init.url);
    this.#hosts = [...localhostAllowedHostnames(), hostname];
    this.#origins = [...localhostAllowedOrigins(), hostname];
    this.#modern = createMcpHandler(init.makeServer, {
      bus: this.#bus,
      legacy: 'reject',
      onerror: init.onError,
      maxRequestBodySize: MOST_BODY_BYTES,
    });
    this.#legacy = new LegacySessions({ ...init, bus: this.#bus, most: init.mostSessions });
  }

  /** @param parsedBody what a body parser has left of a POST */
  readonly fetch = async (
    request: Request,
    { parsedBody }: { parsedBody?: unknown } = {},
  ): Promise<Response> => {
    try {
      const refused =
        hostHeaderValidationResponse(request, this.#hosts) ??
        originValidationResponse(request, this.#origins);
      return refused ?? (await this.#serve(request, parsedBody));
    } catch (error) {
      this.#init.onError(error);
      return refusal(500, -32603, 'Internal error');
    }
  };

  /** Whether anybody listens for changes of resources. */
  get isListenedTo(): boolean {
    // One listener is that of the sessions.
    return this.#bus.listenerCount > 1 || this.#legacy.isListenedTo;
  }

  /** Tells whoever listens of changes. */
  get notify(): ServerNotifier {
    return this.#modern.notify;
  }

  async close(): Promise<void> {
    await this.#legacy.close();
    await this.#modern.close();
  }

  async #serve(request: Request, parsedBody: unknown): Promise<Response> {
    const authInfo = await this.#authenticate(request);
    if (authInfo instanceof Response) return authInfo;
    const tooMany = this.#tooMany(authInfo.clientId);
    if (tooMany) return tooMany;
    if (Number(request.headers.get('content-length') ?? 0) > MOST_BODY_BYTES) return tooLarge();
    const read = parsedBody === undefined ? await readBody(request) : { body: parsedBody };
    if (read instanceof Response) return read;
    const { body } = read;
    if (await isLegacyRequest(request, body))
      return this.#legacy.fetch(request, { authInfo, parsedBody: body });
    const given = body === undefined ? {} : { parsedBody: body };
    return (
      this.#forbiddenListening(authInfo, body) ??
      this.#modern.fetch(request, { authInfo, ...given })
    );
  }

  async #authenticate(request: Request): Promise<AuthInfo | Response> {
    const { url, tokens } = this.#init;
    const actAs = request.headers.get('x-act-as') ?? undefined;
    // The web client's way of saying it, which the guard of our launcher uses, too.
    const key = request.headers.get('x-api-key');
    const header = request.headers.get('authorization') ?? (key === null ? null : `Bearer ${key}`);
    try {
      return await verifyBearerToken(header, {
        expectedResource: new URL(url),
        verifier: { verifyAccessToken: (token) => verify(tokens, { token, actAs, url }) },
      });
    } catch (error) {
      if (!(error instanceof OAuthError)) throw error;
      return bearerAuthChallengeResponse(error);
    }
  }

  #tooMany(principalId: string): Response | undefined {
    try {
      this.#init.limit(principalId);
      return undefined;
    } catch (error) {
      if (!(error instanceof TooManyRequestsError)) throw error;
      const answer = refusal(429, -32_000, error.message);
      for (const [name, value] of Object.entries(retryAfter(error)))
        answer.headers.set(name, value);
      return answer;
    }
  }

  // The listener is not one of our servers, so it is asked here.
  #forbiddenListening(authInfo: AuthInfo, body: unknown): Response | undefined {
    const { id, uris } = listening(body);
    try {
      for (const uri of uris) this.#init.maySubscribe(authInfo, uri);
      return undefined;
    } catch (error) {
      return refusal(400, -32602, explainError(error), id);
    }
  }
}

/** Who asks, as the endpoint has proved it. */
export function accessIn(authInfo: AuthInfo | undefined): Access {
  const access = authInfo?.extra?.['access'] as Access | undefined;
  if (!access) throw new TokenRefusedError({ problem: 'there is none' });
  return access;
}

async function verify(
  tokens: AccessTokens,
  { token, actAs, url }: { token: string; actAs: string | undefined; url: string },
): Promise<AuthInfo> {
  try {
    const { access, expiresAt } = await tokens.verify(token, actAs);
    return {
      // The token itself goes no further: nothing here may pass it on.
      ...{ token: '', clientId: access.principal.id, scopes: [...access.scopes], expiresAt },
      ...{ resource: new URL(url), extra: { access } },
    };
  } catch (error) {
    if (!(error instanceof TokenRefusedError)) throw error;
    throw new OAuthError(OAuthErrorCode.InvalidToken, error.message);
  }
}

/** What a POST says, or the answer to one that cannot be read. */
async function readBody(request: Request): Promise<{ body?: unknown } | Response> {
  // Whoever serves it refuses another type.
  if (request.method !== 'POST' || !isJsonContentType(request.headers.get('content-type')))
    return {};
  const read = await readRequestBody(request, MOST_BODY_BYTES);
  if (read.tooLarge) return tooLarge();
  try {
    return { body: JSON.parse(read.text) as unknown };
  } catch {
    return refusal(400, -32700, 'Parse error: the body is no JSON.');
  }
}

function tooLarge(): Response {
  return refusal(413, -32000, `At most ${String(MOST_BODY_BYTES)} bytes are read.`);
}

interface ListenRequest {
  readonly id?: string | number;
  readonly method?: unknown;
  readonly params?: { readonly notifications?: { readonly resourceSubscriptions?: unknown } };
}

function listening(body: unknown): { id: string | number | null; uris: string[] } {
  const { id = null, method, params } = (body ?? {}) as ListenRequest;
  const wanted = method === 'subscriptions/listen' ? params?.notifications : undefined;
  const uris = wanted?.resourceSubscriptions;
  return { id, uris: Array.isArray(uris) ? uris.map(String) : [] };
}

function refusal(
  status: number,
  code: number,
  message: string,
  id: string | number | null = null,
): Response {
  return Response.json({ jsonrpc: '2.0', error: { code, message }, id }, { status });
}

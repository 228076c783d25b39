import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestHandler as ExpressHandler } from 'express';
import express, { type NextFunction, type Request, type Response } from 'express';
import type { A2ARequestHandler } from '@a2a-js/sdk/server';
import { jsonRpcHandler, restHandler } from '@a2a-js/sdk/server/express';
import { requireAgent, requireScope, type Access, type Scope } from '../../domain/access/access.ts';
import { isKnownTag } from '../../domain/entity-tag.ts';
import { asHttp } from '../../errors/as-http.ts';
import type { AgentCards, ServedCard, ShownAgent } from './agent-cards.ts';
import { ProgramUser } from './program-user.ts';

export interface A2aAppInit {
  /** Where it is mounted, such as `/coordination/a2a`. */
  readonly path: string;
  readonly cards: Pick<AgentCards, 'cardOf' | 'keys'>;
  /** The agent of a slug; that of the front desk without one. */
  readonly agentAt: (slug: string | undefined) => Promise<ShownAgent | undefined>;
  readonly handlerFor: (agent: ShownAgent) => A2ARequestHandler;
  /** @throws TokenRefusedError, NoServerTokenError */
  readonly authenticate: (headers: IncomingMessage['headers']) => Promise<Access>;
  /** @throws TooManyRequestsError */
  readonly limit: (principalId: string) => void;
  readonly mostBytes: number;
  readonly log: (problem: string, error: unknown) => void;
}

/** Answers a request as Node has it. */
export type NodeHandler = (request: IncomingMessage, response: ServerResponse) => void;

const CARD_SECONDS = 60;
const KEEP_ALIVE_MS = 10_000;
const WELL_KNOWN = '.well-known/agent-card.json';
// JSON around the text, which may be escaped.
const BYTES_AROUND = 65_536;
const LONGEST_ESCAPE = 6;

/** A2A of all agents over HTTP, each below a path of its own: cards for everybody, the rest by token. */
export function a2aApp(init: A2aAppInit): NodeHandler {
  const app = express();
  app.disable('x-powered-by');
  const router = express.Router();
  router.get(`/${WELL_KNOWN}`, serveCard(init));
  router.get('/.well-known/jwks.json', async (_request, response) => {
    response.setHeader('Cache-Control', `public, max-age=${String(CARD_SECONDS)}`);
    response.json(await init.cards.keys());
  });
  router.get(`/:slug/${WELL_KNOWN}`, serveCard(init));
  router.use('/:slug', serveAgent(init));
  app.use(init.path, router);
  app.use((_request, response) => {
    response.status(404).json({ error: { code: 'NOT_FOUND', message: 'There is nothing here.' } });
  });
  app.use((error: unknown, _request: Request, response: Response, next: NextFunction) => {
    if (response.headersSent) next(error);
    else answerError(init, error, response);
  });
  return app;
}

function serveCard({ agentAt, cards }: A2aAppInit): ExpressHandler<{ slug?: string }> {
  return async (request, response) => {
    const agent = await agentAt(request.params.slug);
    if (!agent) {
      response
        .status(404)
        .json({ error: { code: 'NOT_FOUND', message: 'There is no such agent.' } });
      return;
    }
    const card = await cards.cardOf(agent);
    const changed = new Date(card.changedAtMs).toUTCString();
    response.setHeader('Cache-Control', `public, max-age=${String(CARD_SECONDS)}`);
    response.setHeader('ETag', card.etag);
    response.setHeader('Last-Modified', changed);
    response.setHeader('Access-Control-Allow-Origin', '*');
    if (isKnown(request, card)) response.status(304).end();
    else response.type('application/json').send(card.body);
  };
}

// The tag counts where both are sent (RFC 9110).
function isKnown(
  { headers }: Request<{ slug?: string }>,
  { etag, changedAtMs }: ServedCard,
): boolean {
  const tags = headers['if-none-match'];
  if (tags !== undefined) return isKnownTag(etag, tags);
  const since = Date.parse(headers['if-modified-since'] ?? '');
  return !Number.isNaN(since) && since >= Math.floor(changedAtMs / 1_000) * 1_000;
}

interface Authenticated extends Request<{ slug: string }> {
  program?: ProgramUser;
}

function serveAgent(init: A2aAppInit): ExpressHandler<{ slug: string }> {
  const mostBytes = init.mostBytes * LONGEST_ESCAPE + BYTES_AROUND;
  const parse: ExpressHandler<{ slug: string }> = express.json({
    ...{ limit: mostBytes, strict: false },
    type: ['application/json', 'application/a2a+json'],
  });
  return async (request: Authenticated, response, next) => {
    const access = await init.authenticate(request.headers);
    init.limit(access.principal.id);
    const agent = await init.agentAt(request.params.slug);
    if (!agent) {
      next();
      return;
    }
    requireAgent(access, agent.name);
    request.program = new ProgramUser(access, signalOf(response));
    keepOpen(request, response);
    parse(request, response, (error?: unknown) => {
      if (error !== undefined) {
        next(error);
        return;
      }
      try {
        requireScope(access, scopeOf(request));
        agentRouter(init.handlerFor(agent))(request, response, next);
      } catch (refusal) {
        next(refusal);
      }
    });
  };
}

function agentRouter(requestHandler: A2ARequestHandler): ExpressHandler<{ slug: string }> {
  const userBuilder = (request: Request): Promise<ProgramUser> => {
    const { program } = request as unknown as Authenticated;
    if (program) return Promise.resolve(program);
    throw new TypeError('nobody was authenticated');
  };
  const router = express.Router({ mergeParams: false });
  router.use('/rest', restHandler({ requestHandler, userBuilder }));
  router.use('/', jsonRpcHandler({ requestHandler, userBuilder }));
  return router as ExpressHandler<{ slug: string }>;
}

const READING = new Set([
  ...['GetTask', 'ListTasks', 'SubscribeToTask', 'GetExtendedAgentCard'],
  ...['GetTaskPushNotificationConfig', 'ListTaskPushNotificationConfigs'],
]);

function scopeOf({ method, path, body }: Request<{ slug: string }>): Scope {
  if (path.startsWith('/rest'))
    return method === 'GET' || path.endsWith(':subscribe') ? 'agents:read' : 'agents:run';
  const asked = (body as { method?: unknown } | undefined)?.method;
  return typeof asked === 'string' && READING.has(asked) ? 'agents:read' : 'agents:run';
}

function signalOf(response: Response): AbortSignal {
  const control = new AbortController();
  response.once('close', () => {
    control.abort();
  });
  return control.signal;
}

// A server ends a connection that is silent for a while, and an answer may take longer.
function keepOpen(request: Authenticated, response: Response): void {
  request.socket.setTimeout(0);
  const timer = setInterval(() => {
    const isStream = String(response.getHeader('content-type')).startsWith('text/event-stream');
    if (response.headersSent && isStream && !response.writableEnded)
      response.write(': working\n\n');
  }, KEEP_ALIVE_MS).unref();
  response.once('close', () => {
    clearInterval(timer);
  });
}

function answerError({ log }: A2aAppInit, error: unknown, response: Response): void {
  log('a request over A2A was refused', error);
  const { status, headers, body } = asHttp(error, unreadable(error));
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.status(status).send(body);
}

// What the parser of bodies says is not ours; a default is taken for undefined.
function unreadable(error: unknown): { code: string; message: string } | undefined {
  if (isTooLarge(error))
    return {
      code: 'TOO_LARGE',
      message: 'The message is too long: shorten it, or send it in parts.',
    };
  const isBroken = error instanceof SyntaxError && 'body' in error;
  return isBroken ? { code: 'INVALID_REQUEST', message: 'The body is no JSON.' } : undefined;
}

function isTooLarge(error: unknown): boolean {
  return error instanceof Error && (error as { type?: unknown }).type === 'entity.too.large';
}

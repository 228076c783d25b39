import type { Route, RouteResponse } from '@elizaos/core';
import {
  authenticatedRoute,
  describeError,
  InvalidRequestError,
  type AuthenticatedCall,
} from '@371os/kernel';
import { z } from 'zod';
import { routerOf } from '../router-of.ts';
import type { Reply } from '../domain/reply.ts';
import type { Request } from '../services/router-service.ts';
import { presentAgent, presentDecision, presentReply, presentTaskFields } from './present-reply.ts';

const name = z
  .string()
  .regex(/^[\w .@:-]{1,64}$/, 'up to 64 letters, digits, spaces and ._@:- are expected');

// Answers of some colleagues, and no book.
const MOST_CONTEXT = 65_536;

const messageBody = z.strictObject({
  text: z.string('the message as text is expected'),
  room: name.default('main'),
  agent: name.optional(),
  task: z.uuid('a UUID is expected').optional(),
  context: z.string().max(MOST_CONTEXT).optional(),
});
type MessageBody = z.output<typeof messageBody>;

const page = z.object({
  room: name.default('main'),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

/** The company over HTTP: send a message, read a room, see the tasks and the agents. */
export const routes: Route[] = [
  authenticatedRoute<MessageBody>({
    type: 'POST',
    path: '/messages',
    minimumRole: 'guest',
    body: messageBody,
    run: async (call) => {
      const router = await routerOf(call.runtime);
      const request = requestOf(call);
      if (!wantsEvents(call)) return presentReply(await router.ask(request));
      await streamReply(call.response, request, (streamed) => router.ask(streamed));
      return undefined;
    },
  }),
  authenticatedRoute({
    type: 'GET',
    path: '/messages',
    minimumRole: 'guest',
    body: page,
    run: async ({ runtime, principal, body }) => {
      const router = await routerOf(runtime);
      return { messages: await router.history(principal, body.room, body.limit) };
    },
  }),
  authenticatedRoute({
    type: 'GET',
    path: '/tasks',
    minimumRole: 'guest',
    body: page,
    run: async ({ runtime, principal, body }) => {
      const router = await routerOf(runtime);
      return { tasks: (await router.listTasks(principal, body.limit)).map(presentTaskFields) };
    },
  }),
  authenticatedRoute({
    type: 'GET',
    path: '/tasks/:id',
    minimumRole: 'guest',
    body: z.object({}),
    run: async ({ runtime, principal, request }) => {
      const router = await routerOf(runtime);
      const task = await router.findTask(principal, request.params?.['id'] ?? '');
      return { task: presentTaskFields(task) };
    },
  }),
  authenticatedRoute({
    type: 'POST',
    path: '/tasks/:id/cancel',
    minimumRole: 'guest',
    body: z.object({}),
    run: async ({ runtime, principal, request }) => {
      const router = await routerOf(runtime);
      const task = await router.cancelTask(principal, request.params?.['id'] ?? '');
      return { task: presentTaskFields(task) };
    },
  }),
  authenticatedRoute({
    type: 'GET',
    path: '/agents',
    minimumRole: 'guest',
    body: z.object({}),
    run: async ({ runtime }) => {
      const router = await routerOf(runtime);
      return { agents: (await router.listAgents()).map(presentAgent) };
    },
  }),
];

function requestOf({ principal, body, response }: AuthenticatedCall<MessageBody>): Request {
  const aborted = new AbortController();
  if (isStream(response))
    response.on('close', () => {
      aborted.abort();
    });
  return { ...body, principal, signal: aborted.signal };
}

function wantsEvents({ request }: AuthenticatedCall<MessageBody>): boolean {
  return String(request.headers?.['accept'] ?? '').includes('text/event-stream');
}

/** What Express's response offers beyond ElizaOS's narrow type. */
interface StreamResponse extends RouteResponse {
  write(chunk: string): boolean;
  on(event: 'close', listener: () => void): void;
}

function isStream(response: RouteResponse): response is StreamResponse {
  return 'write' in response && 'on' in response;
}

const KEEP_ALIVE_MS = 10_000;

// Server-sent events: `progress` and `text` while it is worked on, then one `reply` or `error`.
async function streamReply(
  response: RouteResponse,
  request: Request,
  ask: (request: Request) => Promise<Reply>,
): Promise<void> {
  if (!isStream(response)) throw new InvalidRequestError({ problem: 'this server cannot stream' });
  response.setHeader?.('Content-Type', 'text/event-stream');
  response.setHeader?.('Cache-Control', 'no-store');
  const send = (event: string, data: unknown): void => {
    response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  };
  // ElizaOS's server ends a connection that is silent for 30 s.
  const keepAlive = setInterval(() => response.write(': working\n\n'), KEEP_ALIVE_MS);
  try {
    const reply = await ask({
      ...request,
      onProgress: (event) => {
        if (event.kind === 'routing') send('progress', presentDecision(event));
      },
      onText: (chunk) => {
        send('text', chunk);
      },
    });
    send('reply', presentReply(reply));
  } catch (error) {
    send('error', describeError(error));
  } finally {
    clearInterval(keepAlive);
    response.end();
  }
}

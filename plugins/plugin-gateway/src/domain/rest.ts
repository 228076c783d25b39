/**
 * What a failed call means for the next ones. `none`: it was the call's own fault. `count`: several
 * in a row are too many. `busy`: the model said so, and perhaps for how long. `long`: it will not
 * answer until somebody does something: a wrong key, no credit, a model that was removed.
 */
export type Rest =
  | { readonly kind: 'none' | 'count' | 'long' }
  | { readonly kind: 'busy'; readonly retryAfterMs?: number | undefined };

export interface RestLimits {
  /** After several failures in a row, or a refusal that names no time. */
  readonly usualMs: number;
  /** When somebody has to do something; also the longest that a provider may ask for. */
  readonly longMs: number;
}

const SHORTEST_MS = 1_000;
const USED_UP =
  /insufficient_quota|usage.?limit|credit.?balance|insufficient.{0,20}(?:credit|balance|funds)|billing|quota.{0,20}exceeded/i;

/** How long a model rests once it does, in milliseconds. */
export function restMs(rest: Rest, { usualMs, longMs }: RestLimits): number {
  if (rest.kind === 'long') return longMs;
  if (rest.kind !== 'busy' || rest.retryAfterMs === undefined) return usualMs;
  return Math.min(Math.max(rest.retryAfterMs, SHORTEST_MS), longMs);
}

/** What an HTTP status means for the next calls; the body tells an empty account from a busy hour. */
export function restAfterStatus(init: {
  status: number;
  body: string;
  retryAfterMs: number | undefined;
}): Rest {
  const { status, body, retryAfterMs } = init;
  if ([401, 402, 404, 410].includes(status)) return { kind: 'long' };
  if ([400, 403, 429].includes(status) && USED_UP.test(body)) return { kind: 'long' };
  if (status === 429) return { kind: 'busy', retryAfterMs };
  if (status === 503 && retryAfterMs !== undefined) return { kind: 'busy', retryAfterMs };
  return { kind: status >= 500 || [403, 408, 425].includes(status) ? 'count' : 'none' };
}

/**
 * The time that a Retry-After header names, in milliseconds from now: seconds, or a date of HTTP.
 * Undefined for anything else.
 */
export function parseRetryAfter(value: string | undefined, nowMs: number): number | undefined {
  const text = value?.trim() ?? '';
  if (/^\d{1,15}(\.\d+)?$/.test(text)) return Math.ceil(Number(text) * 1_000);
  // Three letters and a comma begin every date of HTTP; Date.parse alone would read "-5".
  const date = /^[A-Z][a-z]{2,8}, /.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}

import { BaseError, describeError } from '@371os/kernel';

/** An error as HTTP answers it; nobody keeps it. */
export interface ErrorAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON. */
  readonly body: string;
}

const STATUS: Readonly<Record<string, number>> = {
  UNAUTHORIZED: 401,
  TOKEN_REFUSED: 401,
  NO_SERVER_TOKEN: 401,
  CONTEXT_REFUSED: 403,
  OTHER_AGENT: 403,
  SCOPE_MISSING: 403,
  NOT_FOUND: 404,
  UNKNOWN_AGENT: 404,
  TOO_LARGE: 413,
  TOO_MANY_REQUESTS: 429,
  INTERNAL: 500,
  CONTEXT_NOT_READY: 503,
  ROUTER_NOT_READY: 503,
  TASK_STORE: 503,
  COORDINATION_STORE: 503,
  DISK_FULL: 507,
};

/** @param described what it is called, where its own name is not ours */
export function asHttp(error: unknown, described = describeError(error)): ErrorAnswer {
  const status = STATUS[described.code] ?? 400;
  return {
    status,
    headers: {
      ...{ 'Content-Type': 'application/json', 'Cache-Control': 'no-store' },
      ...(status === 401 ? { 'WWW-Authenticate': 'Bearer realm="371OS"' } : {}),
      ...retryAfter(error),
    },
    body: JSON.stringify({ error: described }),
  };
}

/** The header that says when to come back; none where the error does not say. */
export function retryAfter(error: unknown): Record<string, string> {
  const ms = BaseError.isInstance(error) ? error.details['retryAfterMs'] : undefined;
  return typeof ms === 'number' ? { 'Retry-After': String(Math.ceil(ms / 1_000)) } : {};
}

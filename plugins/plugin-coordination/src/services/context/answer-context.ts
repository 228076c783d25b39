import { createHash } from 'node:crypto';
import { InvalidRequestError, type Clock } from '@371os/kernel';
import { requireScope, type Access } from '../../domain/access/access.ts';
import { contextRequest } from '../../domain/context/context-request.ts';
import { isKnownTag } from '../../domain/entity-tag.ts';
import { KEPT_MS, type ContextDesk } from './context-desk.ts';

/** An answer over HTTP. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON; none with 304. */
  readonly body: string | undefined;
}

/** What is asked, as HTTP has it. */
export interface HttpQuestion {
  readonly query: Readonly<Record<string, unknown>>;
  readonly ifNoneMatch: string | undefined;
}

interface Means {
  readonly desk: Pick<ContextDesk, 'contextFor'>;
  readonly clock: Clock;
}

/** Answers `GET /agent-context`. @throws InvalidRequestError, and what the desk throws */
export async function answerContext(
  access: Access,
  { query, ifNoneMatch }: HttpQuestion,
  { desk, clock }: Means,
): Promise<HttpAnswer> {
  requireScope(access, 'agents:read');
  const parsed = contextRequest.safeParse(query);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const problem = `${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`.trim();
    throw new InvalidRequestError({ problem });
  }
  const { context, atMs } = await desk.contextFor(access, parsed.data);
  const body = JSON.stringify(context);
  const etag = `"${createHash('sha256').update(body).digest('base64url')}"`;
  const headers = {
    'Cache-Control': `private, max-age=${String(KEPT_MS / 1_000)}`,
    Age: String(Math.max(0, Math.floor((clock() - atMs) / 1_000))),
    ETag: etag,
    Vary: 'Authorization, X-Api-Key, X-Act-As, Origin',
  };
  if (isKnownTag(etag, ifNoneMatch)) return { status: 304, headers, body: undefined };
  return { status: 200, headers: { ...headers, 'Content-Type': 'application/json' }, body };
}

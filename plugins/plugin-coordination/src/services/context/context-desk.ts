import type { Clock } from '@371os/kernel';
import type { Access } from '../../domain/access/access.ts';
import { composeContext, type Tokens } from '../../domain/context/compose-context.ts';
import {
  cacheKeyOf,
  type AgentContext,
  type ContextRequest,
} from '../../domain/context/context-request.ts';
import { stripSecrets } from '../../domain/context/strip-secrets.ts';
import type { ContextSource } from '../../ports/context.ts';

export interface ContextDeskInit {
  readonly source: ContextSource;
  readonly tokens: () => Promise<Tokens>;
  /** What must not be read in any context. */
  readonly secrets: () => readonly string[];
  readonly clock: Clock;
}

/** A context as it is kept for a while. */
export interface KeptContext {
  readonly context: AgentContext;
  /** When it was put together, in milliseconds since 1970. */
  readonly atMs: number;
}

export const KEPT_MS = 30_000;
const MOST_KEPT = 256;
const SOURCE = '371os-coordination';

/** Gives agents' context to those who may have it; the same question has the same answer for 30 s. */
export class ContextDesk {
  readonly #init: ContextDeskInit;
  readonly #kept = new Map<
    string,
    { readonly atMs: number; readonly context: Promise<AgentContext> }
  >();

  constructor(init: ContextDeskInit) {
    this.#init = init;
  }

  /** @throws what the source throws, which is not kept */
  async contextFor(access: Access, request: ContextRequest): Promise<KeptContext> {
    const key = cacheKeyOf(access, request);
    const nowMs = this.#init.clock();
    const kept = this.#kept.get(key);
    if (kept && nowMs - kept.atMs < KEPT_MS)
      return { context: await kept.context, atMs: kept.atMs };
    const context = this.#compose(access, request, nowMs);
    this.#keep(key, { atMs: nowMs, context });
    return { context: await context, atMs: nowMs };
  }

  /** What is kept does not count any more: something has changed that an access is told of. */
  forget(): void {
    this.#kept.clear();
  }

  async #compose(access: Access, request: ContextRequest, nowMs: number): Promise<AgentContext> {
    const { source, tokens, secrets } = this.#init;
    const known = secrets();
    const strip = (text: string): string => stripSecrets(text, known);
    const parts = await source.parts(access, request);
    const clean = {
      agent: strip(parts.agent),
      lastMessage: strip(request.lastMessage),
      shared: parts.shared.map(strip),
      open: parts.open.map(strip),
      history: parts.history.map(strip),
    };
    return {
      context: composeContext(clean, request.maxTokens, await tokens()),
      timestamp: new Date(nowMs).toISOString(),
      source: SOURCE,
    };
  }

  // The oldest goes first. One that failed is asked again by the next.
  #keep(key: string, entry: { atMs: number; context: Promise<AgentContext> }): void {
    this.#kept.delete(key);
    this.#kept.set(key, entry);
    entry.context.catch(() => {
      if (this.#kept.get(key) === entry) this.#kept.delete(key);
    });
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MOST_KEPT && oldest !== undefined) this.#kept.delete(oldest);
  }
}

import { z } from 'zod';
import type { Access } from '../../domain/access/access.ts';

const flag = z.union([
  z.boolean(),
  z.enum(['true', 'false', '1', '0']).transform((text) => text === 'true' || text === '1'),
]);

const words = (most: number) => z.string().trim().min(1).max(most);

/** What can be asked for, as the query of `GET /agent-context`. */
export const contextRequest = z.object({
  /** Name, role or id of the agent; the front desk by default. */
  agentId: words(200).optional(),
  /** The conversation: its name, or the id of its room. */
  chatId: words(200).default('main'),
  /** What was said last, which the context should serve. */
  lastMessage: z.string().max(20_000).default(''),
  /** Whether what was said before is part of it. */
  includeHistory: flag.default(true),
  maxTokens: z.coerce.number().int().min(16).max(32_000).default(1_000),
});
export type ContextRequest = z.output<typeof contextRequest>;

/** What is answered. */
export interface AgentContext {
  readonly context: string;
  /** When it was put together, as ISO 8601. */
  readonly timestamp: string;
  readonly source: string;
}

/** The same for the same question of the same asker, and for no other. */
export function cacheKeyOf({ principal, agent }: Access, request: ContextRequest): string {
  const { agentId, chatId, lastMessage, includeHistory, maxTokens } = request;
  return JSON.stringify([
    ...[principal.id, principal.role, agent ?? null],
    ...[agentId ?? null, chatId, lastMessage, includeHistory, maxTokens],
  ]);
}

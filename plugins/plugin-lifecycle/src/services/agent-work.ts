import type { Principal } from '@371os/kernel';
import { z } from 'zod';

/** The name under which beginnings and ends of agents are queued, and restarts of hosted ones; the front desk does them. */
export const LIFECYCLE_WORKER = 'lifecycle';

/** Who asks for a change of an agent's life, and in which room and message where it was a chat. */
export interface Asked {
  readonly requester: Principal;
  readonly room?: string | undefined;
  readonly message?: string | undefined;
}

/** Names one life of an agent, from its creation to its end. */
export function lifeKey({ id, generation }: { id: string; generation: number }): string {
  return `${id}-${String(generation)}`;
}

/** What a task of that queue is about. */
export const agentWorkSchema = z.discriminatedUnion('work', [
  z.object({ work: z.literal('create'), key: z.string(), agentId: z.string(), plan: z.string() }),
  z.object({
    work: z.literal('retire'),
    key: z.string(),
    agentId: z.string(),
    generation: z.number(),
    cause: z.string(),
  }),
  z.object({ work: z.literal('restart'), agentId: z.string() }),
]);

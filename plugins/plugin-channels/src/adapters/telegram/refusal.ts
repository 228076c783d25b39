import { z } from 'zod';

const refusal = z.object({
  code: z.number(),
  description: z.string(),
  parameters: z.object({ retry_after: z.number().optional() }).optional(),
});

/** What Telegram answers to what it refuses; undefined for other errors. */
export function refusalIn(error: unknown): z.output<typeof refusal> | undefined {
  const { code, description, parameters } = (error ?? {}) as Record<string, unknown>;
  return refusal.safeParse({ code, description, parameters }).data;
}

/** Whether the connection of a request broke before there was an answer. */
export function isConnectionLost(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: unknown };
  return code === 'ECONNRESET' || code === 'EPIPE';
}

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

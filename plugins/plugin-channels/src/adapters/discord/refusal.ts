import { z } from 'zod';

const refusal = z.object({
  /** https://discord.com/developers/docs/topics/opcodes-and-status-codes#json */
  code: z.number(),
  status: z.number(),
  message: z.string(),
});

/** What Discord answers to what it refuses; undefined for other errors. */
export function refusalIn(error: unknown): z.output<typeof refusal> | undefined {
  const { code, status, message } = (error ?? {}) as Record<string, unknown>;
  return refusal.safeParse({ code, status, message }).data;
}

/** Whether the token is what Discord refuses: when it is asked for the gateway, or by the gateway. */
export function isWrongToken(error: unknown): boolean {
  const { code, message } = (error ?? {}) as Record<string, unknown>;
  return (
    code === 'TokenInvalid' ||
    message === 'Authentication failed' ||
    refusalIn(error)?.status === 401
  );
}

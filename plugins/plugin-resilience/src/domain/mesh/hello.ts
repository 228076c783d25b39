import { z } from 'zod';

const line = z.string().max(200);

/** An agent as its node offers it to the others. */
export const peerAgent = z.object({
  name: z.string().min(1).max(100),
  role: line,
  examples: z.array(z.string().max(500)).max(50),
  capabilities: z.array(line).max(100),
  concurrency: z.number().int().min(1).max(1_000),
  isThere: z.boolean(),
});
export type PeerAgent = Readonly<z.output<typeof peerAgent>>;

/** What nodes tell each other when they meet, and every few seconds then. */
export const hello = z.object({
  name: z.string().regex(/^[\w.-]{1,63}$/),
  version: z.string().max(40),
  addresses: z.array(z.string().max(300)).max(32),
  agents: z.array(peerAgent).max(200),
  /** The sender's clock, in milliseconds since 1970. */
  atMs: z.number().int(),
});
export type Hello = z.output<typeof hello>;

/**
 * How far the other's clock is ahead, in milliseconds: it is taken to have been read in the middle
 * between question and answer (Cristian, 1989).
 */
export function clockOffsetMs(asked: { sentMs: number; heardMs: number; theirMs: number }): number {
  return Math.round(asked.theirMs - (asked.sentMs + asked.heardMs) / 2);
}

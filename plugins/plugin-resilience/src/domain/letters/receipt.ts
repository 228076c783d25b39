import { z } from 'zod';

const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

/** Why the next letter was not taken. */
export const REFUSALS = ['gap', 'forged', 'early', 'failed'] as const;

/** What a receiver has of a sender's letters, as it tells that. */
export const receiptSchema = z.strictObject({
  /** All up to this one are applied; 0 when none is. */
  newest: count,
  /** The hash that is stored for it. */
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  /** Those that were applied now although others should have come first. */
  outOfOrder: z.array(count).max(1_000),
  refused: z.enum(REFUSALS).optional(),
});

export type Receipt = Readonly<z.output<typeof receiptSchema>>;
export type Refusal = (typeof REFUSALS)[number];

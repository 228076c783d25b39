import { integer, pgSchema, text, timestamp } from 'drizzle-orm/pg-core';

const gateway = pgSchema('gateway');

/** How far off the estimates of each model have been, at most. */
export const learnedRatios = gateway.table('learned_ratios', {
  /** `provider:model`. */
  model: text('model').primaryKey(),
  tokenPercent: integer('token_percent').notNull(),
  costPercent: integer('cost_percent').notNull(),
  updatedAt: timestamp('updated_at', { withTimezone: true }).notNull(),
});

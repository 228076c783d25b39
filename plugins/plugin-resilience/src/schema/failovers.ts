import { index, text, timestamp } from 'drizzle-orm/pg-core';
import { resilience } from './resilience.ts';

const moment = (name: string) => timestamp(name, { withTimezone: true });

/** What was lost, who stands in for it, and how long that took. */
export const failovers = resilience.table(
  'failovers',
  {
    /** Names the loss: the deployment, its number, and from the second on which it is; or the agent and its generation. */
    id: text('id').primaryKey(),
    agent: text('agent').notNull(),
    /** `process` or `hosted`. */
    kind: text('kind').notNull(),
    cause: text('cause').notNull(),
    by: text('by').notNull(),
    fromPlace: text('from_place').notNull(),
    toPlace: text('to_place'),
    /** What was paid there and is now, in words; null for a process. */
    fromPrice: text('from_price'),
    toPrice: text('to_price'),
    detectedAt: moment('detected_at').notNull().defaultNow(),
    placedAt: moment('placed_at'),
    recoveredAt: moment('recovered_at'),
    failure: text('failure'),
  },
  (table) => [index('failovers_detected').on(table.detectedAt)],
);

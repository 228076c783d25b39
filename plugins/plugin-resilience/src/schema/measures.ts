import { doublePrecision, index, integer, text, timestamp } from 'drizzle-orm/pg-core';
import { resilience } from './resilience.ts';

/** What the leader has measured, one row each time. What was not known is null. */
export const measures = resilience.table(
  'measures',
  {
    id: text('id').primaryKey(),
    at: timestamp('at', { withTimezone: true }).notNull(),
    syncRate: doublePrecision('sync_rate'),
    syncSamples: integer('sync_samples').notNull(),
    syncLevel: text('sync_level'),
    /** How many windows in a row were good while it was degraded. */
    goodWindows: integer('good_windows').notNull(),
    riskLevel: text('risk_level'),
    limitingClass: text('limiting_class'),
    redundancy: doublePrecision('redundancy'),
    redundancyLevel: text('redundancy_level'),
    minK: integer('min_k'),
    mode: text('mode'),
  },
  (table) => [index('measures_at').on(table.at)],
);

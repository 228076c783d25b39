import { doublePrecision, index, text, timestamp } from 'drizzle-orm/pg-core';
import { resilience } from './resilience.ts';

/** Texts that nodes keep for each other. Nothing confidential is ever in here. */
export const contents = resilience.table(
  'contents',
  {
    cid: text('cid').primaryKey(),
    /** What it was made from, such as `file:plan.md`; a copy of another node's is `copy`. */
    source: text('source').notNull(),
    kind: text('kind').notNull(),
    title: text('title').notNull(),
    text: text('text').notNull(),
    audience: text('audience').notNull(),
    origin: text('origin').notNull(),
    madeAtMs: doublePrecision('made_at_ms').notNull(),
    words: text('words').array().notNull(),
    keptAt: timestamp('kept_at', { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [index('contents_source').on(table.source)],
);

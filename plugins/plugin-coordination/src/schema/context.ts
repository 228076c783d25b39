import { index, text, timestamp } from 'drizzle-orm/pg-core';
import { coordination } from './coordination.ts';

/** What programs have shared in a conversation; the newest alone. */
export const notes = coordination.table(
  'context_notes',
  {
    /** SHA-256 of the three below, which may be longer than an index takes. */
    id: text('id').primaryKey(),
    person: text('person').notNull(),
    agent: text('agent').notNull(),
    chat: text('chat').notNull(),
    text: text('text').notNull(),
    at: timestamp('at', { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [index('context_notes_at').on(table.at)],
);

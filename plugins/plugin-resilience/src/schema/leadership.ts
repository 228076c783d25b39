import { bigint, text, timestamp } from 'drizzle-orm/pg-core';
import { resilience } from './resilience.ts';

/** Which process leads: one row for each office. */
export const leaderships = resilience.table('leaderships', {
  office: text('office').primaryKey(),
  /** An id that is new with each start of a process. */
  holder: text('holder').notNull(),
  /** What the process is called, for people. */
  holderName: text('holder_name').notNull(),
  /** The fencing token: goes up each time somebody else takes the office. */
  epoch: bigint('epoch', { mode: 'number' }).notNull().default(1),
  expiresAt: timestamp('expires_at', { withTimezone: true }).notNull(),
});

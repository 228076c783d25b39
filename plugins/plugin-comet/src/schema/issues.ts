import { text, timestamp } from 'drizzle-orm/pg-core';
import { comet } from './comet.ts';

/** Issues that were approved; one of the same place and words is the same. */
export const issues = comet.table('issues', {
  /** Digest of place, title and body. */
  key: text('key').primaryKey(),
  tracker: text('tracker').notNull(),
  place: text('place').notNull(),
  title: text('title').notNull(),
  body: text('body').notNull(),
  approvalId: text('approval_id').notNull(),
  /** Where it is; null before it was opened. */
  url: text('url'),
  createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
});

import { text, timestamp } from 'drizzle-orm/pg-core';
import { coordination } from './coordination.ts';

/** What programs have asked for under a key of theirs, so that it is done once. */
export const requests = coordination.table('requests', {
  /** Of requester and key. */
  id: text('id').primaryKey(),
  /** Of what was asked for. */
  digest: text('digest').notNull(),
  /** RUNNING, then ENDED. */
  state: text('state').notNull(),
  taskIds: text('task_ids').array().notNull(),
  answer: text('answer').notNull(),
  at: timestamp('at', { withTimezone: true }).notNull().defaultNow(),
});

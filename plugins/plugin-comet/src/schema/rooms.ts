import { text, timestamp } from 'drizzle-orm/pg-core';
import { comet } from './comet.ts';

/** Which workspace a room works on; a room and its confidential twin have a row each. */
export const rooms = comet.table('rooms', {
  roomId: text('room_id').primaryKey(),
  workspace: text('workspace').notNull(),
  by: text('by').notNull(),
  at: timestamp('at', { withTimezone: true }).notNull().defaultNow(),
});

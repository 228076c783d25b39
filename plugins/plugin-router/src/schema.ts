import { sql } from 'drizzle-orm';
import { bigint, boolean, index, integer, pgSchema, text, timestamp } from 'drizzle-orm/pg-core';

const router = pgSchema('router');

/** Every task that was handed to an agent. Text of confidential tasks stays in this database. */
export const tasks = router.table(
  'tasks',
  {
    id: text('id').primaryKey(),
    agent: text('agent').notNull(),
    text: text('text').notNull(),
    state: text('state').notNull(),
    answer: text('answer').notNull().default(''),
    model: text('model').notNull().default('none'),
    costPico: bigint('cost_pico', { mode: 'bigint' })
      .notNull()
      .default(sql`0`),
    reason: text('reason').notNull(),
    waitingFor: text('waiting_for'),
    requesterId: text('requester_id').notNull(),
    requesterRole: text('requester_role').notNull(),
    roomId: text('room_id').notNull(),
    isConfidential: boolean('is_confidential').notNull(),
    attempt: integer('attempt').notNull().default(1),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
    updatedAt: timestamp('updated_at', { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [index('tasks_state').on(table.state), index('tasks_requester').on(table.requesterId)],
);

export const schema = { tasks };

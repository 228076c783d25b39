import { sql } from 'drizzle-orm';
import { bigint, boolean, index, jsonb, pgSchema, text, timestamp } from 'drizzle-orm/pg-core';

const router = pgSchema('router');

/** Why each task went to its agent, every candidate included, and what became of it. */
export const decisions = router.table(
  'decisions',
  {
    taskId: text('task_id').primaryKey(),
    roomId: text('room_id').notNull(),
    requesterId: text('requester_id').notNull(),
    text: text('text').notNull(),
    isConfidential: boolean('is_confidential').notNull(),
    agent: text('agent').notNull(),
    reason: text('reason').notNull(),
    candidates: jsonb('candidates').notNull(),
    part: jsonb('part')
      .notNull()
      .default(sql`'{}'::jsonb`),
    calls: jsonb('calls').notNull(),
    state: text('state').notNull(),
    costPico: bigint('cost_pico', { mode: 'bigint' })
      .notNull()
      .default(sql`0`),
    /** The state that the asker knows of; null before they were told anything. */
    toldState: text('told_state'),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
    updatedAt: timestamp('updated_at', { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [index('decisions_requester').on(table.requesterId, table.createdAt)],
);

export const schema = { decisions };

import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  index,
  integer,
  jsonb,
  pgSchema,
  text,
  timestamp,
} from 'drizzle-orm/pg-core';

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
    calls: jsonb('calls').notNull(),
    state: text('state').notNull(),
    costPico: bigint('cost_pico', { mode: 'bigint' })
      .notNull()
      .default(sql`0`),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
    updatedAt: timestamp('updated_at', { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [index('decisions_requester').on(table.requesterId, table.createdAt)],
);

export const schema = { tasks, decisions };

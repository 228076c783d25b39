import { boolean, index, integer, jsonb, text, timestamp } from 'drizzle-orm/pg-core';
import { comet } from './comet.ts';

/** Each run of a shortcut: what it was asked for, which task does it, what became of it. */
export const runs = comet.table(
  'runs',
  {
    id: text('id').primaryKey(),
    shortcut: text('shortcut').notNull(),
    /** Prompt, form of the output and where it goes, as they were when it was asked for. */
    order: jsonb('work_order').notNull(),
    requesterId: text('requester_id').notNull(),
    requesterRole: text('requester_role').notNull(),
    roomId: text('room_id').notNull(),
    isConfidential: boolean('is_confidential').notNull(),
    /** The task that does it now. */
    taskId: text('task_id').notNull(),
    /** 1, and 2 when the output had to be mended. */
    attempt: integer('attempt').notNull().default(1),
    /** What was wrong with the output of the first attempt. */
    problems: jsonb('problems').notNull().default([]),
    /** `working`, `delivering`, `done` or `failed`. */
    state: text('state').notNull(),
    /** The output once it is good. */
    output: text('output').notNull().default(''),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
    updatedAt: timestamp('updated_at', { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [index('runs_task').on(table.taskId), index('runs_state').on(table.state)],
);

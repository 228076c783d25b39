import { bigint, index, integer, text, timestamp } from 'drizzle-orm/pg-core';
import { coordination } from './coordination.ts';

/** Every call of a tool of elsewhere, written down before it is made. */
export const outsideCalls = coordination.table(
  'outside_calls',
  {
    id: text('id').primaryKey(),
    agent: text('agent').notNull(),
    server: text('server').notNull(),
    tool: text('tool').notNull(),
    requester: text('requester').notNull(),
    task: text('task'),
    /** RUNNING, then DONE or FAILED. */
    state: text('state').notNull(),
    /** Why it failed; empty when it did not. */
    failure: text('failure').notNull().default(''),
    sentBytes: integer('sent_bytes').notNull(),
    answerBytes: integer('answer_bytes'),
    latencyMs: integer('latency_ms'),
    costPico: bigint('cost_pico', { mode: 'bigint' }).notNull(),
    at: timestamp('at', { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [index('outside_calls_at').on(table.at)],
);

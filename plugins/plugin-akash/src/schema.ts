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

const akash = pgSchema('akash');

const exact = (name: string) =>
  bigint(name, { mode: 'bigint' })
    .notNull()
    .default(sql`0`);
const moment = (name: string) => timestamp(name, { withTimezone: true }).notNull().defaultNow();

/** What somebody had deployed; the id is that of its approval. */
export const deployments = akash.table(
  'deployments',
  {
    id: text('id').primaryKey(),
    state: text('state').notNull(),
    agent: text('agent').notNull(),
    requesterId: text('requester_id').notNull(),
    roomId: text('room_id').notNull(),
    plan: jsonb('plan').notNull(),
    maximumPico: exact('maximum_pico'),
    dseq: text('dseq'),
    placements: jsonb('placements').notNull().default([]),
    reservationId: text('reservation_id'),
    accountedPico: exact('accounted_pico'),
    feesUakt: exact('fees_uakt'),
    failure: text('failure'),
    createdAt: moment('created_at'),
    updatedAt: moment('updated_at'),
  },
  (table) => [index('deployments_state').on(table.state)],
);

/** Every number that a deployment was ever sent to the chain under, written before it was sent. */
export const numbers = akash.table(
  'numbers',
  {
    dseq: text('dseq').primaryKey(),
    deploymentId: text('deployment_id').notNull(),
    attempt: integer('attempt').notNull(),
    isOpen: boolean('is_open').notNull().default(true),
    providers: jsonb('providers').notNull().default([]),
    createdAt: moment('created_at'),
  },
  (table) => [index('numbers_deployment').on(table.deploymentId)],
);

/** Tasks whose end has been told to whoever asked for them. */
export const notices = akash.table('notices', {
  taskId: text('task_id').primaryKey(),
  toldAt: moment('told_at'),
});

export const schema = { deployments, numbers, notices };

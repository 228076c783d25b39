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

/** What somebody had deployed. */
export const deployments = akash.table(
  'deployments',
  {
    id: text('id').primaryKey(),
    state: text('state').notNull(),
    agent: text('agent').notNull(),
    partOf: text('part_of'),
    requesterId: text('requester_id').notNull(),
    roomId: text('room_id').notNull(),
    plan: jsonb('plan').notNull(),
    maximumPico: exact('maximum_pico'),
    dseq: text('dseq'),
    placements: jsonb('placements').notNull().default([]),
    reservationId: text('reservation_id'),
    accountedPico: exact('accounted_pico'),
    feesUakt: exact('fees_uakt'),
    feesPico: exact('fees_pico'),
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

/**
 * Every transaction for a deployment, written before it was sent: sent -> paid (a block has it) ->
 * entered (its fee is in the ledger), or sent -> lost (no block can take it any more).
 */
export const transactions = akash.table(
  'transactions',
  {
    hash: text('hash').primaryKey(),
    deploymentId: text('deployment_id').notNull(),
    state: text('state').notNull().default('sent'),
    feeUakt: exact('fee_uakt'),
    lastHeight: integer('last_height').notNull(),
    /** What the fee is entered under, and the rate: US dollars for an AKT, in 1e-6. */
    reservationId: text('reservation_id'),
    rateMicroUsd: bigint('rate_micro_usd', { mode: 'bigint' }),
    createdAt: moment('created_at'),
  },
  (table) => [index('transactions_deployment').on(table.deploymentId, table.state)],
);

/** Who does at this moment what only one may do. */
export const leases = akash.table('leases', {
  name: text('name').primaryKey(),
  holder: text('holder').notNull(),
  leasedUntil: timestamp('leased_until', { withTimezone: true }).notNull(),
});

/** What a look at the chain and the providers has brought up, for whom it is, and in which words. */
export const findings = akash.table(
  'findings',
  {
    id: text('id').primaryKey(),
    /** Who tells it. */
    agent: text('agent').notNull(),
    /** Empty when it is for whoever may know of all deployments. */
    requesterId: text('requester_id').notNull(),
    roomId: text('room_id').notNull(),
    words: text('words').notNull(),
    foundAt: moment('found_at'),
  },
  (table) => [index('findings_agent').on(table.agent)],
);

/** Tasks whose end, and findings that, somebody has been told. */
export const notices = akash.table('notices', {
  /** Of the task, or of the finding. */
  taskId: text('task_id').primaryKey(),
  toldAt: moment('told_at'),
});

export const schema = { deployments, numbers, transactions, leases, findings, notices };

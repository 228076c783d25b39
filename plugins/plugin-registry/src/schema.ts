import { sql } from 'drizzle-orm';
import {
  bigint,
  index,
  integer,
  jsonb,
  numeric,
  pgSchema,
  primaryKey,
  text,
  timestamp,
  unique,
} from 'drizzle-orm/pg-core';
import {
  executions,
  indexBlocks,
  indexedAgents,
  indexEvents,
  indexStates,
  measurements,
  ratings,
} from './index-schema.ts';

const registry = pgSchema('registry');

const moment = (name: string) => timestamp(name, { withTimezone: true }).notNull().defaultNow();
const chainId = () => bigint('chain_id', { mode: 'bigint' }).notNull();

/** Agents of this company that are, or are to be, in a registry. */
export const agents = registry.table(
  'agents',
  {
    chainId: chainId(),
    registry: text('registry').notNull(),
    did: text('did').notNull(),
    name: text('name').notNull(),
    agentId: text('agent_id'),
    owner: text('owner').notNull(),
    /** The last one given out. */
    sequence: integer('sequence').notNull().default(0),
    /** The publication that is under way. */
    holder: text('holder'),
    /** What stands on chain, confirmed. */
    published: jsonb('published'),
    updatedAt: moment('updated_at'),
  },
  (table) => [primaryKey({ columns: [table.chainId, table.registry, table.did] })],
);

/** What somebody had published of an agent; the id is that of its approval. */
export const publications = registry.table(
  'publications',
  {
    id: text('id').primaryKey(),
    chainId: chainId(),
    registry: text('registry').notNull(),
    did: text('did').notNull(),
    state: text('state').notNull(),
    plan: jsonb('plan').notNull(),
    requesterId: text('requester_id').notNull(),
    roomId: text('room_id').notNull(),
    published: jsonb('published'),
    failure: text('failure'),
    createdAt: moment('created_at'),
    updatedAt: moment('updated_at'),
  },
  (table) => [index('publications_state').on(table.state)],
);

/** Transactions, each signed and kept before anybody hears of it. */
export const transactions = registry.table(
  'transactions',
  {
    key: text('key').primaryKey(),
    chainId: chainId(),
    sender: text('sender').notNull(),
    /** Missing once the transaction was given up before a node took it. */
    nonce: integer('nonce'),
    state: text('state').notNull(),
    call: jsonb('call').notNull(),
    gasLimit: bigint('gas_limit', { mode: 'bigint' }).notNull(),
    /** Most that a unit of gas may come to cost. */
    ceilingWei: numeric('ceiling_wei').notNull(),
    /** What was signed for this nonce, newest last. */
    versions: jsonb('versions').notNull(),
    receipt: jsonb('receipt'),
    createdAt: moment('created_at'),
    updatedAt: moment('updated_at'),
  },
  (table) => [
    // One use of each nonce, whichever process takes it.
    unique('transactions_nonce').on(table.chainId, table.sender, table.nonce),
  ],
);

/** What gas has cost, or may cost, in a month, in wei. */
export const gasMonths = registry.table(
  'gas_months',
  {
    chainId: chainId(),
    month: text('month').notNull(),
    wei: numeric('wei').notNull(),
  },
  (table) => [primaryKey({ columns: [table.chainId, table.month] })],
);

/** The part of a transaction in that. */
export const gasCharges = registry.table('gas_charges', {
  key: text('key').primaryKey(),
  chainId: chainId(),
  month: text('month').notNull(),
  worstWei: numeric('worst_wei').notNull(),
  feeWei: numeric('fee_wei'),
  reservationId: text('reservation_id'),
});

/** The newest file that was verified of an agent, whoever owns it. */
export const verified = registry.table('verified', {
  globalId: text('global_id').primaryKey(),
  sequence: bigint('sequence', { mode: 'number' }),
  contentHash: text('content_hash').notNull(),
  owner: text('owner').notNull(),
  file: jsonb('file').notNull(),
  verifiedAt: moment('verified_at'),
});

/** The newest sign of life of an agent. */
export const heartbeats = registry.table('heartbeats', {
  globalId: text('global_id').primaryKey(),
  issuedAtMs: bigint('issued_at_ms', { mode: 'number' }).notNull(),
  record: jsonb('record').notNull(),
});

/** Tasks whose end has been told to whoever asked for them. */
export const notices = registry.table('notices', {
  taskId: text('task_id').primaryKey(),
  toldAt: timestamp('told_at', { withTimezone: true })
    .notNull()
    .default(sql`now()`),
});

export { executions, indexBlocks, indexedAgents, indexEvents, indexStates, measurements, ratings };

export const schema = {
  agents,
  publications,
  transactions,
  gasMonths,
  gasCharges,
  verified,
  heartbeats,
  notices,
  executions,
  indexBlocks,
  indexedAgents,
  indexEvents,
  indexStates,
  measurements,
  ratings,
};

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

const registry = pgSchema('registry');

const moment = (name: string) => timestamp(name, { withTimezone: true });
const block = (name: string) => bigint(name, { mode: 'number' }).notNull();

/** How far a registry has been read, and which process reads it. */
export const indexStates = registry.table('index_states', {
  registry: text('registry').primaryKey(),
  nextBlock: block('next_block'),
  holder: text('holder'),
  heldUntil: moment('held_until'),
  syncedAt: moment('synced_at'),
});

/** Hashes of blocks that were read up to: where they differ, the chain has another history now. */
export const indexBlocks = registry.table(
  'index_blocks',
  {
    /** `{registry}#{number}` */
    id: text('id').primaryKey(),
    registry: text('registry').notNull(),
    number: block('number'),
    hash: text('hash').notNull(),
  },
  (table) => [index('index_blocks_number').on(table.registry, table.number)],
);

/** What happened in the registries, each event as it stands on chain. */
export const indexEvents = registry.table(
  'index_events',
  {
    /** `{registry}#{block}#{log}` */
    id: text('id').primaryKey(),
    registry: text('registry').notNull(),
    agentId: text('agent_id').notNull(),
    blockNumber: block('block_number'),
    logIndex: integer('log_index').notNull(),
    event: jsonb('event').notNull(),
  },
  (table) => [
    index('index_events_agent').on(table.registry, table.agentId),
    index('index_events_block').on(table.registry, table.blockNumber),
  ],
);

/** What the events of each agent come to, and what its file says. */
export const indexedAgents = registry.table(
  'indexed_agents',
  {
    /** As files name agents: `eip155:{chainId}:{registry}/{agentId}`. */
    id: text('id').primaryKey(),
    registry: text('registry').notNull(),
    agentId: text('agent_id').notNull(),
    /** Goes up over all agents with each change. */
    revision: bigint('revision', { mode: 'number' }).notNull().default(0),
    /** Events have come or gone since `record` was made. */
    isStale: boolean('is_stale').notNull().default(true),
    blockNumber: bigint('block_number', { mode: 'number' }),
    /** Missing when the agent is not registered. */
    record: jsonb('record'),
    uri: text('uri'),
    /** Missing until a file was read and verified. */
    profile: jsonb('profile'),
    /** The URI that `profile` or `failure` is of. */
    readUri: text('read_uri'),
    failure: text('failure'),
    attempts: integer('attempts').notNull().default(0),
    /** When the file is to be read; missing when it is not. */
    dueAt: moment('due_at'),
  },
  (table) => [
    index('indexed_agents_revision').on(table.revision, table.id),
    index('indexed_agents_stale').on(table.registry, table.isStale),
    index('indexed_agents_due').on(table.registry, table.dueAt),
  ],
);

/** Calls of strangers' tools; the id is what the caller may repeat a call under. */
export const executions = registry.table(
  'executions',
  {
    id: text('id').primaryKey(),
    /** Of what was asked: another call under the same id is refused. */
    digest: text('digest').notNull(),
    agent: text('agent').notNull(),
    tool: text('tool').notNull(),
    platform: text('platform').notNull(),
    requesterId: text('requester_id').notNull(),
    state: text('state').notNull(),
    costPico: bigint('cost_pico', { mode: 'bigint' }).notNull(),
    latencyMs: integer('latency_ms'),
    receipt: jsonb('receipt'),
    output: text('output'),
    failure: text('failure'),
    /** Whether the failure is the other side's. */
    isTheirs: boolean('is_theirs').notNull().default(false),
    /** A process that holds it longer than this has died over it. */
    runsUntil: moment('runs_until').notNull(),
    startedAt: moment('started_at').notNull().defaultNow(),
    endedAt: moment('ended_at'),
  },
  (table) => [
    index('executions_started').on(table.startedAt),
    index('executions_agent').on(table.agent, table.startedAt),
  ],
);

/** How agents of this company have done their own tasks, as their company has measured it. */
export const measurements = registry.table(
  'measurements',
  {
    /** Of the task: measured again it is the same one. */
    id: text('id').primaryKey(),
    agent: text('agent').notNull(),
    latencyMs: integer('latency_ms').notNull(),
    costPico: bigint('cost_pico', { mode: 'bigint' }).notNull(),
    isSuccess: boolean('is_success').notNull(),
    at: moment('at').notNull(),
  },
  (table) => [index('measurements_at').on(table.at)],
);

/** What we think of agents that we have called, sent to the chain or not. */
export const ratings = registry.table(
  'ratings',
  {
    /** What was rated, in which respect: a repetition is the same rating. */
    id: text('id').primaryKey(),
    agent: text('agent').notNull(),
    executionId: text('execution_id'),
    category: text('category').notNull(),
    /** 0 to 100. */
    value: integer('value').notNull(),
    reason: text('reason').notNull(),
    /** JSON whose hash goes on chain. */
    evidence: text('evidence').notNull(),
    evidenceHash: text('evidence_hash').notNull(),
    /** PROPOSED, SENDING or SENT. */
    state: text('state').notNull(),
    transactionHash: text('transaction_hash'),
    createdAt: moment('created_at').notNull().defaultNow(),
    updatedAt: moment('updated_at').notNull().defaultNow(),
  },
  (table) => [index('ratings_agent').on(table.agent, table.createdAt)],
);

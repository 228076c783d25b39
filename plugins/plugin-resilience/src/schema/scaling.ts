import { bigint, boolean, index, integer, text, timestamp } from 'drizzle-orm/pg-core';
import { resilience } from './resilience.ts';

const moment = (name: string) => timestamp(name, { withTimezone: true }).notNull().defaultNow();

/** What the leader has decided about the instances of agents, and on what grounds. */
export const scalings = resilience.table(
  'scalings',
  {
    id: text('id').primaryKey(),
    agent: text('agent').notNull(),
    at: moment('at'),
    /** How many there were, how many there should be, and what the metrics asked for. */
    current: integer('current').notNull(),
    count: integer('count').notNull(),
    recommended: integer('recommended').notNull(),
    max: integer('max').notNull(),
    pricePico: bigint('price_pico', { mode: 'bigint' }).notNull(),
    /** JSON: each metric with its value and target, and what the tasks say. */
    metrics: text('metrics').notNull(),
    reason: text('reason').notNull(),
    /** Whether it was carried out; in a dry run nothing is. */
    isApplied: boolean('is_applied').notNull(),
    /** One that differs from the one before is kept; the others only show that somebody looked. */
    isKept: boolean('is_kept').notNull(),
  },
  (table) => [index('scalings_agent').on(table.agent, table.at)],
);

/** How many instances people want, whatever the metrics say. */
export const scalingOrders = resilience.table('scaling_orders', {
  agent: text('agent').primaryKey(),
  count: integer('count').notNull(),
  by: text('by').notNull(),
  at: moment('at'),
});

/** The replicas that are wanted or have yet to end, and the processes that they are. */
export const replicas = resilience.table('replicas', {
  /** `CMO Kai#2`. */
  claim: text('claim').primaryKey(),
  agent: text('agent').notNull(),
  index: integer('index').notNull(),
  /** False when it is to end; the row goes with the process. */
  isWanted: boolean('is_wanted').notNull(),
  /** The machine that it is started on. */
  machine: text('machine').notNull(),
  /** None before it was started. */
  pid: integer('pid'),
  /** When that process started, as its machine counts. */
  startedTicks: text('started_ticks'),
  /** How often in a row it ended by itself. */
  failures: integer('failures').notNull().default(0),
  /** When it may be started, or was. */
  startAt: moment('start_at'),
});

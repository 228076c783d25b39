import { integer, text, timestamp } from 'drizzle-orm/pg-core';
import { lifecycle } from './lifecycle.ts';

const moment = (name: string) => timestamp(name, { withTimezone: true }).notNull().defaultNow();

/** The processes that run agents on this database. */
export const nodes = lifecycle.table('nodes', {
  /** New with each start, and with each return after a pause that was too long. */
  id: text('id').primaryKey(),
  /** What it is: `front` or `worker`. */
  name: text('name').notNull(),
  host: text('host').notNull(),
  pid: integer('pid').notNull(),
  /** What is told to two processes with the same one stays on one machine. */
  machine: text('machine').notNull(),
  /** Who operates it, and where it is; null of a process that does not say so. */
  operator: text('operator'),
  region: text('region'),
  /** JSON: processor, memory and running tasks as of its last heartbeat. */
  usage: text('usage'),
  startedAt: moment('started_at'),
  heartbeatAt: moment('heartbeat_at'),
});

/** Which process works for which agent, or for which replica of one (`NAME#2`): one at most. */
export const presences = lifecycle.table('presences', {
  agent: text('agent').primaryKey(),
  /** Null when nobody works for it. */
  nodeId: text('node_id'),
  /** Goes up each time somebody takes the agent. */
  generation: integer('generation').notNull().default(1),
  /** starting, ready, draining; left, lost, or idle (a replica that was sent home) when nobody works for it. */
  state: text('state').notNull(),
  /** JSON: what the directory of other processes shows of it. */
  profile: text('profile'),
  /** That of its node; the lease of the one who holds it counts from here. */
  heartbeatAt: moment('heartbeat_at'),
});

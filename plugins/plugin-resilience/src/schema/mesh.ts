import { text, timestamp } from 'drizzle-orm/pg-core';
import { resilience } from './resilience.ts';

/** The key of this node, which says who it is: one row. It is as secret as the database. */
export const nodeKeys = resilience.table('node_keys', {
  id: text('id').primaryKey(),
  /** A libp2p private key in base64. */
  privateKey: text('private_key').notNull(),
  madeAt: timestamp('made_at', { withTimezone: true }).notNull().defaultNow(),
});

/** The other nodes of the organisation, as they were last heard. */
export const peers = resilience.table('peers', {
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  version: text('version').notNull(),
  /** JSON: multiaddrs. */
  addresses: text('addresses').notNull(),
  /** JSON: its agents. */
  agents: text('agents').notNull(),
  seenAt: timestamp('seen_at', { withTimezone: true }).notNull(),
  /** Until when it counts as reachable, for the processes of this node that are not in the mesh. */
  reachableUntil: timestamp('reachable_until', { withTimezone: true }).notNull(),
});

/** What the front desk of this node said last of who works for it: one row, for whichever process leads. */
export const staff = resilience.table('staff', {
  id: text('id').primaryKey(),
  /** JSON: agents as they are offered to other nodes. */
  agents: text('agents').notNull(),
  saidAt: timestamp('said_at', { withTimezone: true }).notNull(),
});

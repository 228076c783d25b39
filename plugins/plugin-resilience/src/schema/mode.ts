import { bigint, boolean, index, integer, text, timestamp } from 'drizzle-orm/pg-core';
import { resilience } from './resilience.ts';

const moment = (name: string) => timestamp(name, { withTimezone: true });

/** The mode of this node: one row. */
export const modes = resilience.table('modes', {
  name: text('name').primaryKey(),
  state: text('state').notNull(),
  since: moment('since').notNull().defaultNow(),
  cause: text('cause').notNull(),
  by: text('by').notNull(),
  /** How many times it has changed. */
  number: integer('number').notNull().default(0),
});

/** Each change of the mode. */
export const modeTransitions = resilience.table('mode_transitions', {
  number: integer('number').primaryKey(),
  from: text('from_state').notNull(),
  to: text('to_state').notNull(),
  cause: text('cause').notNull(),
  by: text('by').notNull(),
  /** The epoch of whoever led then; null when nobody did. */
  epoch: bigint('epoch', { mode: 'number' }),
  at: moment('at').notNull().defaultNow(),
});

/** Times without the internet. */
export const outages = resilience.table(
  'outages',
  {
    id: text('id').primaryKey(),
    cause: text('cause').notNull(),
    epoch: bigint('epoch', { mode: 'number' }).notNull(),
    beganAt: moment('began_at').notNull().defaultNow(),
    endedAt: moment('ended_at'),
  },
  (table) => [index('outages_began').on(table.beganAt)],
);

/** What was seen to come and go of what the company depends on; the newest of a name holds. */
export const dependencyChanges = resilience.table(
  'dependency_changes',
  {
    id: text('id').primaryKey(),
    name: text('name').notNull(),
    class: text('class').notNull(),
    supplier: text('supplier').notNull(),
    isOutside: boolean('is_outside').notNull(),
    /** `up`, `down`, or `gone` when it is depended on no more. */
    state: text('state').notNull(),
    /** What was wrong; empty when nothing is. */
    problem: text('problem').notNull(),
    epoch: bigint('epoch', { mode: 'number' }).notNull(),
    at: moment('at').notNull().defaultNow(),
  },
  (table) => [index('dependency_changes_name').on(table.name, table.at)],
);

import { bigint, index, text, timestamp, uniqueIndex } from 'drizzle-orm/pg-core';
import { coordination } from './coordination.ts';

const moment = (name: string) => timestamp(name, { withTimezone: true }).notNull().defaultNow();

/** A memory of its own for each organisation, agent and room; '' stands for none of these. */
export const spaces = coordination.table(
  'memory_spaces',
  {
    id: text('id').primaryKey(),
    organisation: text('organisation').notNull(),
    agent: text('agent').notNull(),
    room: text('room').notNull(),
    /** Grows with each write, which takes the row first: writes of one memory come one after another. */
    change: bigint('change', { mode: 'number' }).notNull(),
    changedAt: moment('changed_at'),
  },
  (table) => [uniqueIndex('memory_spaces_of').on(table.organisation, table.agent, table.room)],
);

export const entities = coordination.table(
  'memory_entities',
  {
    id: text('id').primaryKey(),
    space: text('space').notNull(),
    name: text('name').notNull(),
    type: text('type').notNull(),
    by: text('by').notNull(),
    at: moment('at'),
  },
  (table) => [uniqueIndex('memory_entities_name').on(table.space, table.name)],
);

/** What is said of entities. */
export const observations = coordination.table(
  'memory_observations',
  {
    id: text('id').primaryKey(),
    entity: text('entity').notNull(),
    content: text('content').notNull(),
    /** In which order they were said; the same for none of one entity. */
    position: bigint('position', { mode: 'number' }).notNull(),
    by: text('by').notNull(),
    at: moment('at'),
  },
  (table) => [index('memory_observations_entity').on(table.entity, table.position)],
);

export const relations = coordination.table(
  'memory_relations',
  {
    id: text('id').primaryKey(),
    space: text('space').notNull(),
    from: text('from_name').notNull(),
    to: text('to_name').notNull(),
    type: text('type').notNull(),
    by: text('by').notNull(),
    at: moment('at'),
  },
  (table) => [
    uniqueIndex('memory_relations_of').on(table.space, table.from, table.to, table.type),
    index('memory_relations_to').on(table.space, table.to),
  ],
);

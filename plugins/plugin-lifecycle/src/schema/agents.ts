import { boolean, index, integer, jsonb, text, timestamp } from 'drizzle-orm/pg-core';
import { lifecycle } from './lifecycle.ts';

const moment = (name: string) => timestamp(name, { withTimezone: true }).notNull().defaultNow();

/** Every agent that ever lived here, and where it is in its life. */
export const agents = lifecycle.table(
  'agents',
  {
    /** ElizaOS's id of it. */
    id: text('id').primaryKey(),
    name: text('name').notNull(),
    /** The name in small letters while it lives: nobody else may have it. */
    takenName: text('taken_name').unique(),
    role: text('role').notNull(),
    /** `created` here, or `launched` from a character file by its host. */
    origin: text('origin').notNull(),
    hosting: text('hosting').notNull(),
    state: text('state').notNull(),
    /** The fencing token: goes up with each start, and whoever holds another one may change nothing. */
    generation: integer('generation').notNull().default(0),
    /** How many transitions it has made. */
    transitions: integer('transitions').notNull().default(0),
    /** What it was created by; null for a launched one. */
    plan: jsonb('plan'),
    registration: jsonb('registration'),
    placement: jsonb('placement'),
    /** The process that runs it. */
    host: text('host'),
    requesterId: text('requester_id').notNull(),
    roomId: text('room_id').notNull(),
    /** What is being done, in words. */
    progress: text('progress').notNull().default(''),
    /** Whether one that is stopped starts again with its host, and keeps its name until then. */
    resumes: boolean('resumes').notNull().default(false),
    /** Why somebody wants it ended; null when nobody does. */
    retireWish: text('retire_wish'),
    /** The clean-up's notice, and when it was given. */
    notice: text('notice'),
    noticedAt: timestamp('noticed_at', { withTimezone: true }),
    createdAt: moment('created_at'),
    updatedAt: moment('updated_at'),
  },
  (table) => [index('agents_state').on(table.state)],
);

/** The places in which hosted agents work beside the one that they were made with, and that one once it was closed. */
export const hostedInstances = lifecycle.table('hosted_instances', {
  /** `<agent>#<index>` */
  id: text('id').primaryKey(),
  agentId: text('agent_id').notNull(),
  index: integer('index').notNull(),
  generation: integer('generation').notNull(),
  /** One more with each opening. */
  turn: integer('turn').notNull(),
  /** opening, ready, draining or closed */
  state: text('state').notNull(),
  deploymentId: text('deployment_id'),
  /** Until when one that drains may go on with what it works on. */
  drainUntil: moment('drain_until'),
  /** How often in a row it could not be opened, and why. */
  failures: integer('failures').notNull().default(0),
  failure: text('failure'),
  /** When it may be opened again. */
  notBefore: moment('not_before'),
});

/** At which instance of a hosted agent a task is worked on. */
export const hostedTasks = lifecycle.table(
  'hosted_tasks',
  {
    taskId: text('task_id').primaryKey(),
    agentId: text('agent_id').notNull(),
    index: integer('index').notNull(),
    deploymentId: text('deployment_id').notNull(),
    /** The fencing token: one more each time that it is given to another one. */
    turn: integer('turn').notNull().default(1),
    at: moment('at'),
  },
  (table) => [index('hosted_tasks_agent').on(table.agentId, table.index)],
);

/** How many instances each hosted agent may have, as somebody approved, and what was asked for last. */
export const hostedRanges = lifecycle.table('hosted_ranges', {
  agentId: text('agent_id').primaryKey(),
  /** JSON: the range plan that was approved; null before any was. */
  approved: text('approved'),
  /** Digest and approval of the plan that was asked for last. */
  askedDigest: text('asked_digest'),
  askedId: text('asked_id'),
});

/** Each transition of each agent, and its cause. */
export const transitions = lifecycle.table(
  'transitions',
  {
    /** `<agent>:<number>` */
    id: text('id').primaryKey(),
    agentId: text('agent_id').notNull(),
    /** 1 and up. */
    number: integer('number').notNull(),
    from: text('from_state').notNull(),
    to: text('to_state').notNull(),
    cause: text('cause').notNull(),
    generation: integer('generation').notNull(),
    at: moment('at'),
  },
  (table) => [index('transitions_agent').on(table.agentId, table.number)],
);

/** What ended agents knew, for whoever brings them back. */
export const snapshots = lifecycle.table(
  'snapshots',
  {
    id: text('id').primaryKey(),
    agentId: text('agent_id').notNull(),
    generation: integer('generation').notNull(),
    /** JSON. */
    content: text('content').notNull(),
    /** SHA-256 of the content, in hexadecimal digits. */
    digest: text('digest').notNull(),
    at: moment('at'),
  },
  (table) => [index('snapshots_agent').on(table.agentId, table.at)],
);

/** Tasks of which somebody has been told how they ended. */
export const notices = lifecycle.table('notices', {
  taskId: text('task_id').primaryKey(),
  at: moment('at'),
});

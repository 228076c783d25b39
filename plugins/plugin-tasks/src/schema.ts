import { sql } from 'drizzle-orm';
import { bigint, boolean, index, integer, pgSchema, text, timestamp } from 'drizzle-orm/pg-core';

const schema = pgSchema('tasks');

const moment = (name: string) => timestamp(name, { withTimezone: true }).notNull().defaultNow();

/** Every task, and what became of it. Text of confidential tasks stays in this database. */
export const tasks = schema.table(
  'tasks',
  {
    id: text('id').primaryKey(),
    agent: text('agent').notNull(),
    text: text('text').notNull(),
    state: text('state').notNull(),
    answer: text('answer').notNull().default(''),
    model: text('model').notNull().default('none'),
    costPico: bigint('cost_pico', { mode: 'bigint' })
      .notNull()
      .default(sql`0`),
    reason: text('reason').notNull(),
    waitingFor: text('waiting_for'),
    /** The fencing token: whoever holds another one may not change the task. */
    attempt: integer('attempt').notNull().default(0),
    failures: integer('failures').notNull().default(0),
    maxAttempts: integer('max_attempts').notNull(),
    timeoutMs: integer('timeout_ms').notNull(),
    leaseSeconds: integer('lease_seconds').notNull(),
    priority: integer('priority').notNull(),
    parentId: text('parent_id'),
    dependsOn: text('depends_on').array().notNull(),
    /** The job that may begin it; none while it waits for others. */
    jobId: text('job_id'),
    requesterId: text('requester_id').notNull(),
    requesterRole: text('requester_role').notNull(),
    roomId: text('room_id').notNull(),
    isConfidential: boolean('is_confidential').notNull(),
    idempotencyKey: text('idempotency_key').unique(),
    /** JSON. */
    data: text('data'),
    createdAt: moment('created_at'),
    updatedAt: moment('updated_at'),
  },
  (table) => [
    index('tasks_state').on(table.state, table.createdAt),
    index('tasks_parent').on(table.parentId),
    index('tasks_requester').on(table.requesterId, table.createdAt),
    index('tasks_waiting').on(table.waitingFor),
    index('tasks_agent').on(table.agent, table.createdAt),
  ],
);

/** Which task waits for which. A row is gone as soon as the waiting one is let go or has ended. */
export const waits = schema.table(
  'waits',
  {
    id: text('id').primaryKey(),
    taskId: text('task_id').notNull(),
    dependsOn: text('depends_on').notNull(),
  },
  (table) => [index('waits_task').on(table.taskId), index('waits_on').on(table.dependsOn)],
);

/** What the steps of a task or a saga brought. */
export const steps = schema.table(
  'steps',
  {
    id: text('id').primaryKey(),
    /** Id of the task, or `saga:` and the id of the saga. */
    owner: text('owner').notNull(),
    name: text('name').notNull(),
    /** begun -> done -> undone; the steps of a task are done at once. */
    state: text('state').notNull(),
    /** JSON. */
    result: text('result'),
    at: moment('at'),
  },
  (table) => [index('steps_owner').on(table.owner)],
);

/** RUNNING -> DONE, or RUNNING -> UNDOING -> UNDONE. */
export const sagas = schema.table(
  'sagas',
  {
    id: text('id').primaryKey(),
    state: text('state').notNull(),
    attempt: integer('attempt').notNull(),
    leasedUntil: timestamp('leased_until', { withTimezone: true }).notNull(),
    /** Why it is undone, as a sentence. */
    failure: text('failure'),
    updatedAt: moment('updated_at'),
  },
  (table) => [index('sagas_state').on(table.state, table.leasedUntil)],
);

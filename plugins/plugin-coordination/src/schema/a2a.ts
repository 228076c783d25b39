import { boolean, index, text, timestamp } from 'drizzle-orm/pg-core';
import { coordination } from './coordination.ts';

const moment = (name: string) => timestamp(name, { withTimezone: true }).notNull().defaultNow();

/** Webhooks that are told what becomes of a task. */
export const webhooks = coordination.table(
  'a2a_webhooks',
  {
    /** Of the task and the client's own id, as a hash: clients choose the latter. */
    key: text('key').primaryKey(),
    id: text('id').notNull(),
    taskId: text('task_id').notNull(),
    /** Address, token and credentials: JSON, encrypted. */
    sealed: text('sealed').notNull(),
    /** The state of the task that it was told last; '' before the first. */
    told: text('told').notNull().default(''),
    at: moment('at'),
  },
  (table) => [index('a2a_webhooks_task').on(table.taskId)],
);

/** Tasks of ours that agents of other organisations do. */
export const remoteTasks = coordination.table(
  'a2a_remote_tasks',
  {
    /** Our task. */
    taskId: text('task_id').primaryKey(),
    /** The agent's name here. */
    agent: text('agent').notNull(),
    /** The address of its card. */
    url: text('url').notNull(),
    /** Its id of the task; none before it has answered. */
    remoteId: text('remote_id'),
    reservationId: text('reservation_id').notNull(),
    /** What was agreed, in pico-USD. */
    pricePico: text('price_pico').notNull(),
    /** Whether nothing more is to be done about it. */
    hasEnded: boolean('has_ended').notNull().default(false),
    at: moment('at'),
  },
  (table) => [index('a2a_remote_tasks_open').on(table.hasEnded)],
);

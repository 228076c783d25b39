import { index, text, timestamp } from 'drizzle-orm/pg-core';
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

import { integerSetting } from '@371os/kernel';
import { z } from 'zod';

/** Settings of the tasks; all of them can be set for each agent. */
export const tasksSettings = z.object({
  /** How many tasks an agent works on at once in this process. */
  TASKS_CONCURRENCY: integerSetting(1, 100).default(4),
  /** How long a worker that gives no sign of life keeps its task, in seconds. */
  TASKS_LEASE_SECONDS: integerSetting(10, 3_600).default(10),
  /** How long one attempt may take, in milliseconds. */
  TASKS_TIMEOUT_MS: integerSetting(100, 82_800_000).default(300_000),
  /** How often a task is tried before it has failed for good. */
  TASKS_MAX_ATTEMPTS: integerSetting(1, 20).default(3),
  /** How long tasks that have ended are kept, in days. */
  TASKS_KEEP_DAYS: integerSetting(1, 36_500).default(90),
});

export type TasksSettings = Readonly<z.output<typeof tasksSettings>>;

import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Database } from './database.ts';

const row = z.object({ task_id: z.string() });

/** Writes down that whoever asked for a task has been told how it ended. */
export async function noteTold(database: Database, taskId: string): Promise<void> {
  await database.query(
    sql`INSERT INTO registry.notices (task_id) VALUES (${taskId})
      ON CONFLICT (task_id) DO NOTHING RETURNING task_id`,
    row,
  );
}

/** Whether somebody has been told of a task. */
export async function isTold(database: Database, taskId: string): Promise<boolean> {
  const told = await database.query(
    sql`SELECT task_id FROM registry.notices WHERE task_id = ${taskId}`,
    row,
  );
  return told.length > 0;
}

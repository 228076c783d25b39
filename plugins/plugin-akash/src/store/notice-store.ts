import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Database } from './database.ts';

const row = z.object({ task_id: z.string() }).transform(({ task_id: id }) => id);

/**
 * Writes down that somebody has been told how a task ended, or of a finding; false when that had been
 * written down before.
 */
export async function noteTold(database: Database, taskId: string): Promise<boolean> {
  const noted = await database.query(
    sql`INSERT INTO akash.notices (task_id) VALUES (${taskId})
      ON CONFLICT (task_id) DO NOTHING RETURNING task_id`,
    row,
  );
  return noted.length === 1;
}

/** Whether somebody has been told of a task or a finding. */
export async function isTold(database: Database, taskId: string): Promise<boolean> {
  const told = await database.query(
    sql`SELECT task_id FROM akash.notices WHERE task_id = ${taskId}`,
    row,
  );
  return told.length > 0;
}

import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Database } from './database.ts';

const row = z.object({ task_id: z.string() });

/** Whether somebody has been told how a task ended. */
export async function isTold(database: Database, taskId: string): Promise<boolean> {
  const told = await database.query(
    sql`SELECT task_id FROM lifecycle.notices WHERE task_id = ${taskId}`,
    row,
  );
  return told.length > 0;
}

export async function noteTold(database: Database, taskId: string): Promise<void> {
  await database.query(
    sql`INSERT INTO lifecycle.notices (task_id) VALUES (${taskId}) ON CONFLICT DO NOTHING`,
    row,
  );
}

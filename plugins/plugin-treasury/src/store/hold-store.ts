import { sql } from 'drizzle-orm';
import type { Database } from './database.ts';
import { nothing } from './rows.ts';

/** Refuses a task further reservations until its user writes again. */
export async function holdTask(
  database: Database,
  hold: { task: string; user: string; reason: string },
): Promise<void> {
  await database.query(
    sql`INSERT INTO treasury.holds (task, user_id, reason, held_at)
        VALUES (${hold.task}, ${hold.user}, ${hold.reason}, ${database.clock()})
        ON CONFLICT (task) DO NOTHING`,
    nothing,
  );
}

/** Lets the held tasks of a user go on. */
export async function liftHolds(database: Database, user: string): Promise<void> {
  await database.query(sql`DELETE FROM treasury.holds WHERE user_id = ${user}`, nothing);
}

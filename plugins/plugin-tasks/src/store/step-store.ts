import { sql, type SQL } from 'drizzle-orm';
import { z } from 'zod';
import type { Json } from '../domain/task.ts';
import type { Database } from './database.ts';
import { json } from './rows.ts';
import type { Held } from './task-store.ts';

/** begun -> done -> undone. */
export type StepState = 'begun' | 'done' | 'undone';

/** A step as it is kept. */
export interface KeptStep {
  readonly name: string;
  readonly state: StepState;
  readonly result?: Json | undefined;
}

const stepRow = z.object({
  name: z.string(),
  state: z.enum(['begun', 'done', 'undone']),
  result: json,
});
const nameRow = z.object({ name: z.string() });

/** The steps of a task or a saga, in the order in which they were begun. */
export async function readSteps(database: Database, owner: string): Promise<KeptStep[]> {
  return database.query(
    sql`SELECT name, state, result FROM tasks.steps WHERE owner = ${owner} ORDER BY at, id`,
    stepRow,
  );
}

/** Keeps the step of a task; false when the attempt does not hold the task any more. */
export async function keepTaskStep(
  database: Database,
  held: Held,
  step: { name: string; result: string | undefined },
): Promise<boolean> {
  const holder = sql`SELECT FROM tasks.tasks
    WHERE id = ${held.id} AND attempt = ${held.attempt}::integer AND state = 'WORKING' FOR SHARE`;
  return keepStep(database, held.id, { ...step, state: 'done' }, holder);
}

/** Keeps the step of a saga; false when somebody else carries the saga out now. */
export async function keepSagaStep(
  database: Database,
  held: Held,
  step: { name: string; state: StepState; result?: string | undefined },
): Promise<boolean> {
  const holder = sql`SELECT FROM tasks.sagas
    WHERE id = ${held.id} AND attempt = ${held.attempt}::integer FOR SHARE`;
  return keepStep(database, sagaOwner(held.id), step, holder);
}

export function sagaOwner(id: string): string {
  return `saga:${id}`;
}

// The holder's row is locked, so that nobody takes over between the look and the write.
async function keepStep(
  database: Database,
  owner: string,
  step: { name: string; state: StepState; result?: string | undefined },
  holder: SQL,
): Promise<boolean> {
  const { name, state, result } = step;
  const rows = await database.query(
    sql`WITH holder AS MATERIALIZED (${holder})
      INSERT INTO tasks.steps AS kept (id, owner, name, state, result, at)
      SELECT ${`${owner} ${name}`}, ${owner}, ${name}, ${state}, ${result ?? null}, clock_timestamp()
      FROM holder
      ON CONFLICT (id) DO UPDATE
        SET state = excluded.state, result = coalesce(excluded.result, kept.result)
      RETURNING name`,
    nameRow,
  );
  return rows.length === 1;
}

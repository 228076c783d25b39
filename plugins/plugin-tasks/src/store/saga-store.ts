import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Database } from './database.ts';
import type { Held } from './task-store.ts';

export type SagaState = 'RUNNING' | 'UNDOING' | 'DONE' | 'UNDONE';

/** A saga as it is kept. */
export interface KeptSaga extends Held {
  readonly state: SagaState;
  readonly failure?: string | undefined;
}

const sagaRow = z.object({
  id: z.string(),
  attempt: z.number(),
  state: z.enum(['RUNNING', 'UNDOING', 'DONE', 'UNDONE']),
  failure: z
    .string()
    .nullable()
    .transform((text) => text ?? undefined),
});
const idRow = z.object({ id: z.string() });

const leased = (leaseSeconds: number) =>
  sql`now() + ${leaseSeconds}::integer * interval '1 second'`;

/**
 * Takes a saga, whether it is new or its holder has given no sign of life for a lease; undefined
 * when it has a holder, or has ended.
 */
export async function takeSaga(
  database: Database,
  id: string,
  leaseSeconds: number,
): Promise<KeptSaga | undefined> {
  const [saga] = await database.query(
    sql`INSERT INTO tasks.sagas AS saga (id, state, attempt, leased_until)
      VALUES (${id}, 'RUNNING', 1, ${leased(leaseSeconds)})
      ON CONFLICT (id) DO UPDATE SET attempt = saga.attempt + 1,
        leased_until = ${leased(leaseSeconds)}, updated_at = now()
      WHERE saga.leased_until <= now() AND saga.state IN ('RUNNING', 'UNDOING')
      RETURNING id, attempt, state, failure`,
    sagaRow,
  );
  return saga;
}

export async function readSaga(database: Database, id: string): Promise<KeptSaga | undefined> {
  const [saga] = await database.query(
    sql`SELECT id, attempt, state, failure FROM tasks.sagas WHERE id = ${id}`,
    sagaRow,
  );
  return saga;
}

/** Keeps a saga for another lease; false when somebody else has it. */
export async function renewSaga(
  database: Database,
  held: Held,
  leaseSeconds: number,
): Promise<boolean> {
  const rows = await database.query(
    sql`UPDATE tasks.sagas SET leased_until = ${leased(leaseSeconds)}
      WHERE id = ${held.id} AND attempt = ${held.attempt}::integer RETURNING id`,
    idRow,
  );
  return rows.length === 1;
}

/** Keeps how far a saga has come; false when somebody else has it. */
export async function moveSaga(
  database: Database,
  held: Held,
  to: { state: SagaState; failure?: string | undefined },
): Promise<boolean> {
  const rows = await database.query(
    sql`UPDATE tasks.sagas SET state = ${to.state},
        failure = coalesce(${to.failure ?? null}, failure), updated_at = now()
      WHERE id = ${held.id} AND attempt = ${held.attempt}::integer RETURNING id`,
    idRow,
  );
  return rows.length === 1;
}

/** Lets whoever comes next take the saga at once. */
export async function leaveSaga(database: Database, held: Held): Promise<void> {
  await database.query(
    sql`UPDATE tasks.sagas SET leased_until = now()
      WHERE id = ${held.id} AND attempt = ${held.attempt}::integer RETURNING id`,
    idRow,
  );
}

/** Sagas that have begun, have not ended, and have no holder; oldest first. */
export async function listAbandonedSagas(database: Database, prefix: string): Promise<string[]> {
  const rows = await database.query(
    sql`SELECT id FROM tasks.sagas
      WHERE state IN ('RUNNING', 'UNDOING') AND leased_until <= now() AND starts_with(id, ${prefix})
      ORDER BY updated_at`,
    idRow,
  );
  return rows.map(({ id }) => id);
}

/** Ends the leases of all sagas: whoever held them is gone. */
export async function endSagaLeases(database: Database): Promise<void> {
  await database.query(
    sql`UPDATE tasks.sagas SET leased_until = now()
      WHERE state IN ('RUNNING', 'UNDOING') AND leased_until > now() RETURNING id`,
    idRow,
  );
}

import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { ReservationRequest } from '../domain/spending.ts';
import type { Standing } from '../domain/standing.ts';
import { windowsOf } from './cap-store.ts';
import type { Database } from './database.ts';
import { reserveFunction } from './reserve-function.ts';
import { milliseconds, nothing, standingRow } from './rows.ts';

export type ReserveVerdict =
  | {
      readonly kind: 'granted';
      readonly expiresAtMs: number;
      /** How the caps that apply stood before. */
      readonly standings: readonly Standing[];
    }
  /** Balances of this window have not been made yet. */
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'held'; readonly reason: string }
  | {
      readonly kind: 'exceeded';
      readonly standings: readonly Standing[];
      readonly isAnyDue: boolean;
    };

const standings = z
  .array(standingRow)
  .nullable()
  .transform((rows) => rows ?? []);

const verdictRow = z.object({
  verdict: z.discriminatedUnion('kind', [
    z
      .object({ kind: z.literal('granted'), expires_at: milliseconds, standings })
      .transform(({ expires_at, ...verdict }) => ({ ...verdict, expiresAtMs: expires_at })),
    z.object({ kind: z.literal('incomplete') }),
    z.object({ kind: z.literal('held'), reason: z.string() }),
    z
      .object({ kind: z.literal('exceeded'), is_any_due: z.boolean(), standings })
      .transform(({ is_any_due, ...verdict }) => ({ ...verdict, isAnyDue: is_any_due })),
  ]),
});

/** Reserves an amount in every window of every scope, or in none: one statement. */
export async function insertReservation(
  database: Database,
  id: string,
  request: ReservationRequest & { ttlMs: number },
): Promise<ReserveVerdict> {
  const { category, amountPico, scopes, ttlMs, chargeOnExpiry = false } = request;
  const [row] = await database.query(
    sql`SELECT ${reserveFunction}(${database.clock()}, ${id}, ${category}, ${amountPico.toString()}::bigint,
      ${scopes.agent ?? null}, ${scopes.user ?? null}, ${scopes.task ?? null},
      ${ttlMs}::integer, ${chargeOnExpiry}::boolean) AS verdict`,
    verdictRow,
  );
  return row?.verdict ?? { kind: 'incomplete' };
}

/**
 * Makes the balances of the current windows that are not there yet. Money that the ledger shows
 * for a window without a balance means that the balance was lost: it is not made again, since
 * that would read as nothing spent.
 */
export async function makeBalances(
  database: Database,
  { category, scopes }: ReservationRequest,
): Promise<void> {
  await database.query(
    sql`WITH wanted AS (${windowsOf(database, category, scopes)})
      INSERT INTO treasury.balances
        (id, category, scope, scope_id, period, window_start, spent_pico, reserved_pico)
      SELECT id, ${category}::text, scope, scope_id, period, window_start, 0, 0 FROM wanted
      WHERE NOT EXISTS (
        SELECT FROM treasury.ledger
        WHERE ledger.category = ${category} AND ledger.cost_pico > 0
          AND ledger.ts >= wanted.window_start::timestamp AT TIME ZONE 'UTC'
          AND ledger.ts < (wanted.window_start::timestamp + ('1 ' || wanted.period)::interval) AT TIME ZONE 'UTC'
          AND CASE wanted.scope WHEN 'agent' THEN ledger.agent = wanted.scope_id
            WHEN 'user' THEN ledger.user_id = wanted.scope_id
            WHEN 'task' THEN ledger.task = wanted.scope_id ELSE true END)
      ORDER BY id ON CONFLICT (id) DO NOTHING`,
    nothing,
  );
}

/** Gives the money of an open reservation back; nothing happens to a closed one. */
export async function releaseReservation(database: Database, id: string): Promise<void> {
  await database.query(
    sql`WITH taken AS (
        UPDATE treasury.reservations SET state = 'released'
        WHERE id = ${id} AND state = 'open' RETURNING balance_ids, amount_pico),
      locked AS MATERIALIZED (
        SELECT id FROM treasury.balances
        WHERE id = ANY (ARRAY(SELECT unnest(balance_ids) FROM taken)) ORDER BY id FOR UPDATE)
      UPDATE treasury.balances balance SET reserved_pico = balance.reserved_pico - taken.amount_pico
      FROM locked, taken WHERE balance.id = locked.id`,
    nothing,
  );
}

/** Starts the lease of an open reservation anew; false when it is closed or unknown. */
export async function renewReservation(database: Database, id: string): Promise<boolean> {
  const rows = await database.query(
    sql`UPDATE treasury.reservations
        SET expires_at = ${database.clock()} + ttl_ms * interval '1 millisecond'
        WHERE id = ${id} AND state = 'open' RETURNING id`,
    nothing,
  );
  return rows.length === 1;
}

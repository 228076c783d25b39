import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { PicoUsd } from '@371os/kernel';
import type { ReservationRequest } from '../domain/spending.ts';
import type { Standing } from '../domain/standing.ts';
import { windowsOf } from './cap-store.ts';
import type { Database } from './database.ts';
import { reserveFunction } from './reserve-function.ts';
import { milliseconds, nothing, standingRow } from './rows.ts';

export type ReserveVerdict =
  | {
      readonly kind: 'granted';
      /** The ids of those that there is room for, at least one. */
      readonly granted: readonly string[];
      /** How many were made ahead. */
      readonly ahead: number;
      readonly expiresAtMs: number;
      /** How the caps that apply stood before. */
      readonly standings: readonly Standing[];
    }
  /** Balances of this window have not been made yet. */
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'held'; readonly reason: string }
  /** There is room for none of them. */
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
      .object({
        kind: z.literal('granted'),
        granted: z.array(z.string()),
        ahead: z.int(),
        expires_at: milliseconds,
        standings,
      })
      .transform(({ expires_at, ...verdict }) => ({ ...verdict, expiresAtMs: expires_at })),
    z.object({ kind: z.literal('incomplete') }),
    z.object({ kind: z.literal('held'), reason: z.string() }),
    z
      .object({ kind: z.literal('exceeded'), is_any_due: z.boolean(), standings })
      .transform(({ is_any_due, ...verdict }) => ({ ...verdict, isAnyDue: is_any_due })),
  ]),
});

/** Reservations of the same scopes that are asked for together. */
export interface Batch extends Omit<ReservationRequest, 'amountPico'> {
  readonly ttlMs: number;
  /** In the order in which they are judged. No id may be there twice. */
  readonly wanted: readonly { readonly id: string; readonly amountPico: PicoUsd }[];
  /** To be made ahead, of an amount above zero; fewer, or none, where little is left. */
  readonly ahead?: { readonly ids: readonly string[]; readonly amountPico: PicoUsd } | undefined;
}

/** Reserves each amount in every window of every scope, or in none: one statement for all. */
export async function insertReservations(
  database: Database,
  { category, scopes, ttlMs, chargeOnExpiry = false, wanted, ahead }: Batch,
): Promise<ReserveVerdict> {
  const [row] = await database.query(
    sql`SELECT ${reserveFunction}(${database.clock()}, ${arrayOf(wanted.map(({ id }) => id))}::text[],
      ${arrayOf(wanted.map(({ amountPico }) => amountPico.toString()))}::bigint[],
      ${arrayOf(ahead?.ids ?? [])}::text[], ${(ahead?.amountPico ?? 0n).toString()}::bigint,
      ${category}, ${scopes.agent ?? null}, ${scopes.user ?? null}, ${scopes.task ?? null},
      ${ttlMs}::integer, ${chargeOnExpiry}::boolean) AS verdict`,
    verdictRow,
  );
  return row?.verdict ?? { kind: 'incomplete' };
}

// An array as PostgreSQL reads it; drizzle would make a list of parameters of it.
function arrayOf(texts: readonly string[]): string {
  return `{${texts.map((text) => JSON.stringify(text)).join(',')}}`;
}

/**
 * Makes the balances of the current windows that are not there yet. Money that the ledger shows
 * for a window without a balance means that the balance was lost: it is not made again, since
 * that would read as nothing spent.
 */
export async function makeBalances(
  database: Database,
  { category, scopes }: Pick<ReservationRequest, 'category' | 'scopes'>,
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

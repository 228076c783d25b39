import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { PicoUsd } from '@371os/kernel';
import type { Cap } from '../domain/caps.ts';
import type { ReservationRequest, Usage } from '../domain/spending.ts';
import { capApplyingTo, windowsOf } from './cap-store.ts';
import type { Database } from './database.ts';
import { milliseconds, nothing, pico, scope, window } from './rows.ts';

/** A cap that an amount does not fit into. */
export interface ExceededCap {
  readonly cap: Cap;
  readonly scopeId: string;
  readonly spentPico: PicoUsd;
  readonly reservedPico: PicoUsd;
}

export type ReserveVerdict =
  | { readonly kind: 'granted'; readonly expiresAtMs: number }
  /** Balances of this window have not been made yet. */
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'held'; readonly reason: string }
  | { readonly kind: 'exceeded'; readonly by: ExceededCap; readonly isAnyDue: boolean };

const exceededRow = z.object({
  scope,
  scope_id: z.string(),
  cap_scope_id: z.string(),
  period: window,
  limit_pico: pico,
  spent_pico: pico,
  reserved_pico: pico,
});
const verdictRow = z.object({
  complete: z.boolean(),
  held: z.string().nullable(),
  any_due: z.boolean(),
  expires_at: milliseconds.nullable(),
  exceeded: exceededRow.nullable(),
});

/**
 * Reserves an amount in every window of every scope, or in none: one statement. It locks the
 * balances in the order of their ids, as all statements here do, then judges them by the caps that
 * apply. Under READ COMMITTED a lock that was waited for brings the row as it is now, so the
 * verdict is exact whoever else reserves, in this process or another.
 */
export async function insertReservation(
  database: Database,
  id: string,
  request: ReservationRequest & { ttlMs: number },
): Promise<ReserveVerdict> {
  const { category, scopes } = request;
  const amount = sql`${request.amountPico.toString()}::bigint`;
  const now = database.clock();
  const [row] = await database.query(
    sql`WITH wanted AS MATERIALIZED (
        SELECT array_agg(id ORDER BY id) AS ids FROM (${windowsOf(database, category, scopes)}) AS windows),
      locked AS MATERIALIZED (
        SELECT id, scope, scope_id, period, spent_pico, reserved_pico FROM treasury.balances
        WHERE id = ANY ((SELECT ids FROM wanted)::text[]) ORDER BY id FOR UPDATE),
      exceeded AS MATERIALIZED (
        SELECT locked.*, cap.scope_id AS cap_scope_id, cap.limit_pico
        FROM locked CROSS JOIN LATERAL (${capApplyingTo(sql`locked`, category)}) AS cap
        WHERE ${amount} > 0 AND spent_pico + reserved_pico + ${amount} > limit_pico),
      verdict AS MATERIALIZED (
        SELECT (SELECT count(*) FROM locked) = cardinality(ids)
            -- A ledger that is gone must stop the spending, so it is looked at.
            AND (EXISTS (SELECT FROM treasury.ledger) OR true) AS complete,
          (SELECT reason FROM treasury.holds WHERE task = ${scopes.task ?? null}::text) AS held,
          EXISTS (SELECT FROM exceeded) AS is_exceeded, ids
        FROM wanted),
      granted AS MATERIALIZED (
        SELECT ids FROM verdict WHERE complete AND held IS NULL AND NOT is_exceeded),
      changed AS (
        UPDATE treasury.balances balance SET reserved_pico = balance.reserved_pico + ${amount}
        FROM locked, granted WHERE balance.id = locked.id),
      inserted AS (
        INSERT INTO treasury.reservations
          (id, category, amount_pico, agent, user_id, task, balance_ids, state, ttl_ms, created_at, expires_at)
        SELECT ${id}::text, ${category}::text, ${amount}, ${scopes.agent ?? null}::text,
          ${scopes.user ?? null}::text, ${scopes.task ?? null}::text, ids, 'open',
          ${request.ttlMs}::integer, ${now}, ${now} + ${request.ttlMs}::integer * interval '1 millisecond'
        FROM granted RETURNING expires_at)
      SELECT complete, held,
        (SELECT (extract(epoch FROM expires_at) * 1000)::bigint::text FROM inserted) AS expires_at,
        is_exceeded AND EXISTS (
          SELECT FROM treasury.reservations WHERE state = 'open' AND expires_at <= ${now}) AS any_due,
        (SELECT json_build_object('scope', scope, 'scope_id', scope_id, 'cap_scope_id', cap_scope_id,
            'period', period, 'limit_pico', limit_pico::text, 'spent_pico', spent_pico::text,
            'reserved_pico', reserved_pico::text)
          FROM exceeded ORDER BY array_position(ARRAY['task', 'user', 'agent', 'organisation'], scope),
            limit_pico - spent_pico - reserved_pico LIMIT 1) AS exceeded
      FROM verdict`,
    verdictRow,
  );
  return verdictOf(request, row);
}

function verdictOf(
  { category }: ReservationRequest,
  row: z.output<typeof verdictRow> | undefined,
): ReserveVerdict {
  if (row?.expires_at != null) return { kind: 'granted', expiresAtMs: row.expires_at };
  if (row?.held != null) return { kind: 'held', reason: row.held };
  if (!row?.exceeded || !row.complete) return { kind: 'incomplete' };
  const { exceeded } = row;
  const cap: Cap = {
    category,
    scope: exceeded.scope,
    scopeId: exceeded.cap_scope_id,
    window: exceeded.period,
    limitPico: exceeded.limit_pico,
  };
  const { scope_id: scopeId, spent_pico: spentPico, reserved_pico: reservedPico } = exceeded;
  return { kind: 'exceeded', isAnyDue: row.any_due, by: { cap, scopeId, spentPico, reservedPico } };
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
          AND CASE wanted.scope WHEN 'agent' THEN ledger.agent = wanted.scope_id
            WHEN 'user' THEN ledger.user_id = wanted.scope_id
            WHEN 'task' THEN ledger.task = wanted.scope_id ELSE true END)
      ORDER BY id ON CONFLICT (id) DO NOTHING`,
    nothing,
  );
}

const settledRow = z.object({ was_settled: z.boolean(), cost_pico: pico });

/**
 * Closes a reservation with its real cost, once: state, balances and ledger in one statement. One
 * whose lease ran out is still charged, since spent is spent.
 * @returns undefined when there is no such reservation
 */
export async function settleReservation(
  database: Database,
  init: { id: string; ledgerId: string; usage: Usage },
): Promise<{ wasSettled: boolean; costPico: PicoUsd } | undefined> {
  const { usage } = init;
  const cost = sql`${usage.costPico.toString()}::bigint`;
  const [row] = await database.query(
    sql`WITH before AS MATERIALIZED (
        SELECT id, state, cost_pico FROM treasury.reservations WHERE id = ${init.id} FOR UPDATE),
      taken AS (
        UPDATE treasury.reservations reservation SET state = 'settled', cost_pico = ${cost}
        FROM before WHERE reservation.id = before.id AND before.state IN ('open', 'expired')
        RETURNING reservation.*, CASE before.state WHEN 'open' THEN reservation.amount_pico ELSE 0 END AS held_pico),
      locked AS MATERIALIZED (
        SELECT id FROM treasury.balances
        WHERE id = ANY (ARRAY(SELECT unnest(balance_ids) FROM taken)) ORDER BY id FOR UPDATE),
      changed AS (
        UPDATE treasury.balances balance
        SET spent_pico = balance.spent_pico + ${cost}, reserved_pico = balance.reserved_pico - taken.held_pico
        FROM locked, taken WHERE balance.id = locked.id),
      recorded AS (
        INSERT INTO treasury.ledger (id, ts, recorded_at, category, provider, model, tokens_in,
          tokens_out, cost_pico, task, agent, user_id, status, price_id, call_id, reservation_id)
        SELECT ${init.ledgerId}::text, created_at, ${database.clock()}, category, ${usage.provider}::text,
          ${usage.model}::text, ${usage.tokensIn}::integer, ${usage.tokensOut}::integer, ${cost}, task, agent,
          user_id, ${usage.status}::text, ${usage.priceId ?? null}::text, ${usage.callId ?? null}::text, id
        FROM taken)
      SELECT EXISTS (SELECT FROM taken) AS was_settled,
        CASE WHEN EXISTS (SELECT FROM taken) THEN ${cost} ELSE COALESCE(cost_pico, 0) END::text AS cost_pico
      FROM before`,
    settledRow,
  );
  return row && { wasSettled: row.was_settled, costPico: row.cost_pico };
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

const SWEEP_AT_ONCE = 500;

/**
 * Frees the money of reservations whose lease ran out, and records each in the ledger as an error
 * without a cost. Returns how many there were.
 */
export async function expireReservations(database: Database): Promise<number> {
  const now = database.clock();
  const rows = await database.query(
    sql`WITH due AS MATERIALIZED (
        SELECT id FROM treasury.reservations WHERE state = 'open' AND expires_at <= ${now}
        ORDER BY id LIMIT ${SWEEP_AT_ONCE}::integer FOR UPDATE SKIP LOCKED),
      expired AS (
        UPDATE treasury.reservations reservation SET state = 'expired'
        FROM due WHERE reservation.id = due.id RETURNING reservation.*),
      freed AS MATERIALIZED (
        SELECT balance_id AS id, sum(amount_pico)::bigint AS amount_pico
        FROM expired CROSS JOIN unnest(balance_ids) AS balance_id GROUP BY balance_id),
      locked AS MATERIALIZED (
        SELECT id FROM treasury.balances
        WHERE id = ANY (ARRAY(SELECT id FROM freed)) ORDER BY id FOR UPDATE),
      changed AS (
        UPDATE treasury.balances balance SET reserved_pico = balance.reserved_pico - freed.amount_pico
        FROM locked JOIN freed USING (id) WHERE balance.id = locked.id),
      recorded AS (
        INSERT INTO treasury.ledger (id, ts, recorded_at, category, provider, model, tokens_in,
          tokens_out, cost_pico, task, agent, user_id, status, reservation_id)
        SELECT 'expired:' || id, created_at, ${now}, category, 'unknown', 'unknown', 0, 0, 0,
          task, agent, user_id, 'error', id
        FROM expired)
      SELECT id FROM expired`,
    nothing,
  );
  return rows.length;
}

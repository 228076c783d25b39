import { sql } from 'drizzle-orm';
import { CHANGE_BALANCES } from './change-balances.ts';
import type { Database } from './database.ts';
import { nothing } from './rows.ts';

const AT_ONCE = 500;

/**
 * Ends reservations whose lease ran out. The money of one that asked for it is counted as spent,
 * since nobody can say that it was not; of others it is free again. Each leaves a row in the ledger
 * with the status `error`. Returns how many there were.
 */
export async function expireReservations(database: Database): Promise<number> {
  const now = database.clock();
  const rows = await database.query(
    sql`WITH due AS MATERIALIZED (
        SELECT id FROM treasury.reservations WHERE state = 'open' AND expires_at <= ${now}
        ORDER BY id LIMIT ${AT_ONCE}::integer FOR UPDATE SKIP LOCKED),
      expired AS (
        UPDATE treasury.reservations reservation SET state = 'expired',
          cost_pico = CASE WHEN charge_on_expiry THEN amount_pico ELSE 0 END
        FROM due WHERE reservation.id = due.id RETURNING reservation.*),
      changes AS MATERIALIZED (
        SELECT balance_id AS id, sum(amount_pico)::bigint AS held_pico, sum(cost_pico)::bigint AS spent_pico
        FROM expired CROSS JOIN unnest(balance_ids) AS balance_id GROUP BY balance_id),
      ${CHANGE_BALANCES},
      recorded AS (
        INSERT INTO treasury.ledger (id, ts, recorded_at, category, provider, model, tokens_in,
          tokens_out, cost_pico, task, agent, user_id, status, reservation_id)
        SELECT id, created_at, ${now}, category, 'unknown', 'unknown', 0, 0, cost_pico,
          task, agent, user_id, 'error', id
        FROM expired)
      SELECT id FROM expired`,
    nothing,
  );
  return rows.length;
}

const LONGEST_WINDOW_DAYS = 31;
const PRUNE_AT_ONCE = 5_000;

/**
 * Deletes what no cap asks for any more: reservations that ended, and balances of windows that
 * closed, `keepDays` ago; at most 5,000 of each. The ledger stays whole.
 */
export async function pruneEnded(database: Database, keepDays: number): Promise<void> {
  const ended = sql`(${database.clock()} - ${keepDays}::integer * interval '1 day')`;
  const begun = sql`to_char((${ended} - ${LONGEST_WINDOW_DAYS}::integer * interval '1 day')
    AT TIME ZONE 'UTC', 'YYYY-MM-DD')`;
  await database.query(
    sql`WITH reservations AS (
        DELETE FROM treasury.reservations WHERE id IN (
          SELECT id FROM treasury.reservations
          WHERE state IN ('settled', 'released', 'expired') AND expires_at < ${ended}
          LIMIT ${PRUNE_AT_ONCE}::integer FOR UPDATE SKIP LOCKED))
      DELETE FROM treasury.balances WHERE id IN (
        SELECT id FROM treasury.balances
        WHERE period IN ('day', 'week', 'month') AND window_start < ${begun}
        LIMIT ${PRUNE_AT_ONCE}::integer FOR UPDATE SKIP LOCKED)`,
    nothing,
  );
}

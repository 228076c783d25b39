import { createHash } from 'node:crypto';
import { sql } from 'drizzle-orm';
import type { Database } from './database.ts';
import { nothing } from './rows.ts';

/**
 * Reserves an amount in every window of every scope, or in none. It locks the balances in the order
 * of their ids, as all statements on them do, then judges them by the caps that apply. Under READ
 * COMMITTED each query of a function sees what was committed before it, so behind the locks the
 * verdict is exact whoever else reserves, in this process or another.
 *
 * It is a function so that each session plans its queries once: planned anew at each call, the same
 * queries take three times as long. It returns JSON with the amounts as text.
 */
const BODY = `(moment timestamptz, reservation_id text, of_category text, amount bigint, for_agent text,
  for_user text, for_task text, lease_ms integer, charge_on_expiry boolean)
RETURNS json LANGUAGE plpgsql AS $reserve$
DECLARE
  ids text[] := '{}';
  kind text;
  prefix text;
  locked integer;
  hold text;
  standings json;
  is_exceeded boolean;
BEGIN
  FOREACH kind IN ARRAY ARRAY['day', 'week', 'month'] LOOP
    prefix := concat_ws('/', of_category, kind,
      to_char(date_trunc(kind, moment AT TIME ZONE 'UTC'), 'YYYY-MM-DD'), '');
    ids := ids || array_remove(ARRAY[prefix || 'organisation/organisation', prefix || 'agent/' || for_agent,
      prefix || 'user/' || for_user, prefix || 'task/' || for_task], NULL);
  END LOOP;

  PERFORM FROM treasury.balances WHERE id = ANY (ids) ORDER BY id FOR UPDATE;
  GET DIAGNOSTICS locked = ROW_COUNT;
  IF locked < cardinality(ids) THEN
    RETURN json_build_object('kind', 'incomplete');
  END IF;

  -- A ledger that is gone must stop the spending, so it is looked at.
  PERFORM FROM treasury.ledger LIMIT 1;
  SELECT reason INTO hold FROM treasury.holds WHERE task = for_task;
  IF hold IS NOT NULL THEN
    RETURN json_build_object('kind', 'held', 'reason', hold);
  END IF;

  SELECT json_agg(standing), bool_or(standing.exceeds) INTO standings, is_exceeded FROM (
    SELECT DISTINCT ON (balance.id) balance.category, balance.scope, balance.scope_id, balance.period,
      cap.scope_id AS cap_scope_id, cap.limit_pico::text, balance.spent_pico::text,
      balance.reserved_pico::text,
      amount > 0 AND amount > cap.limit_pico - balance.spent_pico - balance.reserved_pico AS exceeds
    FROM treasury.balances balance JOIN treasury.caps cap
      ON cap.category = of_category AND cap.scope = balance.scope AND cap.period = balance.period
      AND (cap.scope_id = balance.scope_id OR (right(cap.scope_id, 1) = '*'
        AND starts_with(balance.scope_id, left(cap.scope_id, length(cap.scope_id) - 1))))
    WHERE balance.id = ANY (ids)
    ORDER BY balance.id, cap.scope_id = balance.scope_id DESC, length(cap.scope_id) DESC) AS standing;
  IF is_exceeded THEN
    RETURN json_build_object('kind', 'exceeded', 'standings', standings, 'is_any_due', EXISTS (
      SELECT FROM treasury.reservations WHERE state = 'open' AND expires_at <= moment));
  END IF;

  UPDATE treasury.balances SET reserved_pico = reserved_pico + amount WHERE id = ANY (ids);
  INSERT INTO treasury.reservations (id, category, amount_pico, agent, user_id, task, balance_ids,
    state, ttl_ms, charge_on_expiry, created_at, expires_at)
  VALUES (reservation_id, of_category, amount, for_agent, for_user, for_task, ids,
    'open', lease_ms, charge_on_expiry, moment, moment + lease_ms * interval '1 millisecond');
  RETURN json_build_object('kind', 'granted', 'standings', standings, 'expires_at',
    (extract(epoch FROM moment + lease_ms * interval '1 millisecond') * 1000)::bigint::text);
END $reserve$`;

// Programs of different versions may share a database: each calls the function that it knows.
const NAME = `treasury.reserve_${createHash('sha256').update(BODY).digest('hex').slice(0, 12)}`;

/** The name of the function, as SQL. */
export const reserveFunction = sql.raw(NAME);

/** Makes the function where it is not there yet; many processes may do so at once. */
export async function installReserveFunction(database: Database): Promise<void> {
  await database.query(
    sql.raw(`DO $install$ BEGIN
      PERFORM pg_advisory_xact_lock(hashtext('371os.treasury'));
      IF to_regproc('${NAME}') IS NULL THEN CREATE FUNCTION ${NAME} ${BODY}; END IF;
    END $install$`),
    nothing,
  );
}

import { createHash } from 'node:crypto';
import { sql } from 'drizzle-orm';
import type { Database } from './database.ts';
import { nothing } from './rows.ts';

/**
 * Reserves amounts in every window of all scopes, one after the other, each wholly or not at all: what
 * one takes, those after it find gone. It locks the balances in the order of their ids, as all
 * statements on them do, then judges by the caps that apply. Under READ COMMITTED each query of a
 * function sees what was committed before it, so behind the locks the verdict is exact whoever else
 * reserves, in this process or another.
 *
 * Where all is granted it makes reservations ahead, too: as many of `ahead_ids` as a 64th of what is
 * then left has room for.
 *
 * It is a function so that each session plans its queries once: planned anew at each call, the same
 * queries take three times as long. It returns JSON with the amounts as text.
 */
const BODY = `(moment timestamptz, wanted_ids text[], amounts bigint[], ahead_ids text[], ahead_amount bigint,
  of_category text, for_agent text, for_user text, for_task text, lease_ms integer, charge_on_expiry boolean)
RETURNS json LANGUAGE plpgsql AS $reserve$
DECLARE
  ids text[] := '{}';
  kind text;
  prefix text;
  locked integer;
  hold text;
  standings json;
  left_pico bigint; -- null: no cap applies
  total bigint := 0;
  granted_ids text[] := '{}';
  granted_amounts bigint[] := '{}';
  ahead integer := 0;
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

  SELECT json_agg(standing), min(standing.left_of_cap) INTO standings, left_pico FROM (
    SELECT DISTINCT ON (balance.id) balance.category, balance.scope, balance.scope_id, balance.period,
      cap.scope_id AS cap_scope_id, cap.limit_pico::text, balance.spent_pico::text,
      balance.reserved_pico::text, cap.limit_pico - balance.spent_pico - balance.reserved_pico AS left_of_cap
    FROM treasury.balances balance JOIN treasury.caps cap
      ON cap.category = of_category AND cap.scope = balance.scope AND cap.period = balance.period
      AND (cap.scope_id = balance.scope_id OR (right(cap.scope_id, 1) = '*'
        AND starts_with(balance.scope_id, left(cap.scope_id, length(cap.scope_id) - 1))))
    WHERE balance.id = ANY (ids)
    ORDER BY balance.id, cap.scope_id = balance.scope_id DESC, length(cap.scope_id) DESC) AS standing;

  FOR place IN 1 .. cardinality(amounts) LOOP
    IF amounts[place] = 0 OR left_pico IS NULL OR amounts[place] <= left_pico - total THEN
      granted_ids := granted_ids || wanted_ids[place];
      granted_amounts := granted_amounts || amounts[place];
      total := total + amounts[place];
    END IF;
  END LOOP;
  IF cardinality(granted_ids) = 0 THEN
    RETURN json_build_object('kind', 'exceeded', 'standings', standings, 'is_any_due', EXISTS (
      SELECT FROM treasury.reservations WHERE state = 'open' AND expires_at <= moment));
  END IF;
  IF cardinality(granted_ids) = cardinality(wanted_ids) AND cardinality(ahead_ids) > 0 THEN
    ahead := GREATEST(0, LEAST(cardinality(ahead_ids), (left_pico - total) / 64 / ahead_amount));
  END IF;

  UPDATE treasury.balances SET reserved_pico = reserved_pico + total + ahead * ahead_amount
  WHERE id = ANY (ids);
  INSERT INTO treasury.reservations (id, category, amount_pico, agent, user_id, task, balance_ids,
    state, ttl_ms, charge_on_expiry, created_at, expires_at)
  SELECT id, of_category, amount, for_agent, for_user, for_task, ids,
    'open', lease_ms, charge_on_expiry, moment, moment + lease_ms * interval '1 millisecond'
  FROM unnest(granted_ids || ahead_ids[1:ahead],
    granted_amounts || array_fill(ahead_amount, ARRAY[ahead])) AS reservation (id, amount);
  RETURN json_build_object('kind', 'granted', 'standings', standings, 'granted', granted_ids,
    'ahead', ahead, 'expires_at',
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

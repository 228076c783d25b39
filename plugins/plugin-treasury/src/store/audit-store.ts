import { type SQL, sql } from 'drizzle-orm';
import { z } from 'zod';
import { formatUsd } from '@371os/kernel';
import type { Database } from './database.ts';
import { nothing, pico } from './rows.ts';

/**
 * The balances of the current windows that are not what the ledger and the open reservations add
 * up to, as the body of a CTE. One statement sees one moment, so work in progress is no mismatch.
 */
function mismatches(database: Database): SQL {
  return sql`
    WITH windows AS MATERIALIZED (
      SELECT period, to_char(begins, 'YYYY-MM-DD') AS window_start, begins AT TIME ZONE 'UTC' AS begins,
        (begins + ('1 ' || period)::interval) AT TIME ZONE 'UTC' AS ends
      FROM (VALUES ('day'), ('week'), ('month')) AS periods (period)
      CROSS JOIN LATERAL (SELECT date_trunc(period, ${database.clock()} AT TIME ZONE 'UTC') AS begins) AS start),
    daily AS (
      SELECT category, agent, user_id, task, date_trunc('day', ts AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' AS day,
        sum(cost_pico) AS cost_pico
      FROM treasury.ledger
      WHERE ts >= (SELECT min(begins) FROM windows) AND cost_pico <> 0 GROUP BY 1, 2, 3, 4, 5),
    spent AS (
      SELECT concat_ws('/', category, period, window_start, scope, scope_id) AS id,
        sum(cost_pico)::bigint AS pico
      FROM daily JOIN windows ON day >= begins AND day < ends
      CROSS JOIN LATERAL (VALUES ('organisation', 'organisation'), ('agent', agent),
        ('user', user_id), ('task', task)) AS scopes (scope, scope_id)
      WHERE scope_id IS NOT NULL GROUP BY 1),
    reserved AS (
      SELECT balance_id AS id, sum(amount_pico)::bigint AS pico
      FROM treasury.reservations CROSS JOIN unnest(balance_ids) AS balance_id
      JOIN windows ON split_part(balance_id, '/', 2) = period AND split_part(balance_id, '/', 3) = window_start
      WHERE state = 'open' GROUP BY 1),
    present AS (
      SELECT id, spent_pico, reserved_pico FROM treasury.balances JOIN windows USING (period, window_start))
    SELECT id, COALESCE(spent.pico, 0) AS ledger_pico, COALESCE(present.spent_pico, 0) AS spent_pico,
      COALESCE(reserved.pico, 0) AS open_pico, COALESCE(present.reserved_pico, 0) AS reserved_pico
    FROM spent FULL JOIN reserved USING (id) FULL JOIN present USING (id)
    WHERE COALESCE(spent.pico, 0) <> COALESCE(present.spent_pico, 0)
      OR COALESCE(reserved.pico, 0) <> COALESCE(present.reserved_pico, 0)`;
}

const mismatchRow = z.object({
  id: z.string(),
  ledger_pico: pico,
  spent_pico: pico,
  open_pico: pico,
  reserved_pico: pico,
});

/** What does not add up, in words; empty when all does. */
export async function findMismatches(database: Database): Promise<string[]> {
  const rows = await database.query(
    sql`SELECT id, ledger_pico::text, spent_pico::text, open_pico::text, reserved_pico::text
        FROM (${mismatches(database)}) AS mismatch ORDER BY id LIMIT 20`,
    mismatchRow,
  );
  return rows.map((row) =>
    row.ledger_pico === row.spent_pico
      ? `${row.id} has $${formatUsd(row.reserved_pico)} reserved, its open reservations are $${formatUsd(row.open_pico)}`
      : `${row.id} has $${formatUsd(row.spent_pico)} spent, its ledger rows add up to $${formatUsd(row.ledger_pico)}`,
  );
}

/** Makes the balances what the ledger and the open reservations say. */
export async function rebuildBalances(database: Database): Promise<void> {
  await database.query(
    sql`INSERT INTO treasury.balances
        (id, category, period, window_start, scope, scope_id, spent_pico, reserved_pico)
      SELECT id, split_part(id, '/', 1), split_part(id, '/', 2), split_part(id, '/', 3),
        split_part(id, '/', 4), regexp_replace(id, '^([^/]*/){4}', ''), ledger_pico, open_pico
      FROM (${mismatches(database)}) AS mismatch ORDER BY id
      ON CONFLICT (id) DO UPDATE
        SET spent_pico = EXCLUDED.spent_pico, reserved_pico = EXCLUDED.reserved_pico`,
    nothing,
  );
}

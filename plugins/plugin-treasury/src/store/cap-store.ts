import { type SQL, sql } from 'drizzle-orm';
import { z } from 'zod';
import { capId, type Cap, type Category, type Scopes } from '../domain/caps.ts';
import type { SettingCap } from '../settings.ts';
import type { Database } from './database.ts';
import { category, nothing, pico, scope, window } from './rows.ts';

const capRow = z
  .object({ category, scope, scope_id: z.string(), period: window, limit_pico: pico })
  .transform((row): Cap => ({
    category: row.category,
    scope: row.scope,
    scopeId: row.scope_id,
    window: row.period,
    limitPico: row.limit_pico,
  }));

/** Every cap there is. */
export async function readCaps(database: Database): Promise<Cap[]> {
  return database.query(
    sql`SELECT category, scope, scope_id, period, limit_pico::text AS limit_pico
        FROM treasury.caps ORDER BY category, scope, period, scope_id`,
    capRow,
  );
}

/**
 * Makes the caps that the settings stand for. One that is there keeps its limit, which an owner
 * may have changed, until its setting says something else than it did last time.
 */
export async function applySettingCaps(
  database: Database,
  wishes: readonly SettingCap[],
): Promise<void> {
  // In a fixed order, since several agents start at once.
  const rows = [...wishes]
    .sort((left, right) => (capId(left.cap) < capId(right.cap) ? -1 : 1))
    .map(
      ({ setting, cap, isExplicit }) =>
        sql`(${capId(cap)}, ${cap.category}, ${cap.scope}, ${cap.scopeId}, ${cap.window}, ${cap.limitPico.toString()}::bigint, ${setting}, ${isExplicit ? cap.limitPico.toString() : null}::text, 'settings', ${database.clock()})`,
    );
  await database.query(
    sql`INSERT INTO treasury.caps AS cap
          (id, category, scope, scope_id, period, limit_pico, setting, setting_value, changed_by, changed_at)
        VALUES ${sql.join(rows, sql`, `)}
        ON CONFLICT (id) DO UPDATE SET
          limit_pico = EXCLUDED.limit_pico, setting = EXCLUDED.setting,
          setting_value = EXCLUDED.setting_value,
          changed_by = EXCLUDED.changed_by, changed_at = EXCLUDED.changed_at
        WHERE EXCLUDED.setting_value IS NOT NULL
          AND cap.setting_value IS DISTINCT FROM EXCLUDED.setting_value`,
    nothing,
  );
}

/**
 * The scopes and current windows that spending falls into, as the body of a CTE with the columns
 * id, scope, scope_id, period and window_start.
 */
export function windowsOf(database: Database, of: Category, scopes: Scopes): SQL {
  const named = [
    sql`('organisation', 'organisation')`,
    ...(['agent', 'user', 'task'] as const).flatMap((name) =>
      scopes[name] === undefined ? [] : [sql`(${name}::text, ${scopes[name]}::text)`],
    ),
  ];
  return sql`
    SELECT concat_ws('/', ${of}::text, period, window_start, scope, scope_id) AS id,
      scope, scope_id, period, window_start
    FROM (VALUES ${sql.join(named, sql`, `)}) AS scopes (scope, scope_id)
    CROSS JOIN (
      SELECT period, to_char(date_trunc(period, ${database.clock()} AT TIME ZONE 'UTC'), 'YYYY-MM-DD') AS window_start
      FROM (VALUES ('day'), ('week'), ('month')) AS periods (period)
    ) AS windows`;
}

/**
 * The cap that applies to a row with scope, scope_id and period, the most specific one, as the body
 * of a lateral join with the columns scope_id and limit_pico.
 */
export function capApplyingTo(row: SQL, of: Category | SQL): SQL {
  return sql`
    SELECT cap.scope_id, cap.limit_pico FROM treasury.caps cap
    WHERE cap.category = ${of} AND cap.scope = ${row}.scope AND cap.period = ${row}.period
      AND (cap.scope_id = ${row}.scope_id
        OR (right(cap.scope_id, 1) = '*'
          AND starts_with(${row}.scope_id, left(cap.scope_id, length(cap.scope_id) - 1))))
    ORDER BY cap.scope_id = ${row}.scope_id DESC, length(cap.scope_id) DESC LIMIT 1`;
}

import { type SQL, sql } from 'drizzle-orm';
import { z } from 'zod';
import { WINDOWS, type Category, type Scopes, type Window } from '../domain/caps.ts';
import type { CallShare, CapStatus, DaySpending, SpendingShare } from '../domain/spending.ts';
import type { PicoUsd } from '@371os/kernel';
import type { Standing } from '../domain/standing.ts';
import { capApplyingTo, windowsOf } from './cap-store.ts';
import type { Database } from './database.ts';
import { windowBegin } from './ledger-store.ts';
import { category, pico, scope, standingRow, window } from './rows.ts';

/** How every llm cap that applies to some scopes stands now. */
export async function readStandings(database: Database, scopes: Scopes): Promise<Standing[]> {
  return database.query(
    sql`SELECT 'llm' AS category, scope, wanted.scope_id, period, cap.scope_id AS cap_scope_id, cap.limit_pico::text,
          COALESCE(balance.spent_pico, 0)::text AS spent_pico,
          COALESCE(balance.reserved_pico, 0)::text AS reserved_pico
        FROM (${windowsOf(database, 'llm', scopes)}) AS wanted
        CROSS JOIN LATERAL (${capApplyingTo(sql`wanted`, 'llm')}) AS cap
        LEFT JOIN (SELECT id, spent_pico, reserved_pico FROM treasury.balances) AS balance USING (id)`,
    standingRow,
  );
}

const statusRow = z
  .object({
    category,
    scope,
    scope_id: z.string(),
    period: window,
    window_start: z.string(),
    limit_pico: pico,
    spent_pico: pico,
    reserved_pico: pico,
  })
  .transform((row): CapStatus => {
    const left = row.limit_pico - row.spent_pico - row.reserved_pico;
    return {
      category: row.category,
      scope: row.scope,
      scopeId: row.scope_id,
      window: row.period,
      windowStart: row.window_start,
      limitPico: row.limit_pico,
      spentPico: row.spent_pico,
      reservedPico: row.reserved_pico,
      remainingPico: left > 0n ? left : 0n,
    };
  });

const MOST_STATUSES = 100;

/** How each cap stands for whoever it limits and has spent in its current window. */
export async function readStatuses(database: Database): Promise<CapStatus[]> {
  return database.query(
    sql`WITH windows AS (
        SELECT period, to_char(date_trunc(period, ${database.clock()} AT TIME ZONE 'UTC'), 'YYYY-MM-DD') AS window_start
        FROM (VALUES ('day'), ('week'), ('month')) AS periods (period)),
      present AS (SELECT * FROM treasury.balances JOIN windows USING (period, window_start)),
      subjects AS (
        SELECT category, scope, scope_id, period FROM present
        UNION SELECT category, scope, scope_id, period FROM treasury.caps WHERE right(scope_id, 1) <> '*'),
      applying AS (
        SELECT subjects.*, cap.limit_pico FROM subjects
        CROSS JOIN LATERAL (${capApplyingTo(sql`subjects`, sql`subjects.category`)}) AS cap)
      SELECT category, scope, scope_id, period, window_start, limit_pico::text,
        COALESCE(spent_pico, 0)::text AS spent_pico, COALESCE(reserved_pico, 0)::text AS reserved_pico
      FROM applying JOIN windows USING (period)
      LEFT JOIN present USING (category, scope, scope_id, period, window_start)
      ORDER BY array_position(ARRAY['organisation', 'agent', 'user', 'task'], scope),
        array_position(ARRAY['llm', 'akash', 'gas', 'tools'], category), COALESCE(spent_pico, 0) DESC, scope_id
      LIMIT ${MOST_STATUSES}::integer`,
    statusRow,
  );
}

const spentRow = z.object({ period: window, spent_pico: pico });

/** What the organisation has spent in each current window, all categories together. */
export async function readSpent(database: Database): Promise<Record<Window, PicoUsd>> {
  const rows = await database.query(
    sql`SELECT period, COALESCE(sum(spent_pico), 0)::bigint::text AS spent_pico
        FROM treasury.balances
        WHERE scope = 'organisation'
          AND window_start = to_char(date_trunc(period, ${database.clock()} AT TIME ZONE 'UTC'), 'YYYY-MM-DD')
        GROUP BY period`,
    spentRow,
  );
  const spent = new Map(rows.map((row) => [row.period, row.spent_pico]));
  return Object.fromEntries(WINDOWS.map((name) => [name, spent.get(name) ?? 0n])) as Record<
    Window,
    PicoUsd
  >;
}

const shareRow = z
  .object({ name: z.string(), cost_pico: pico, calls: z.number(), tokens: z.string() })
  .transform((row): SpendingShare => ({
    name: row.name,
    costPico: row.cost_pico,
    calls: row.calls,
    tokens: Number(row.tokens),
  }));

const SHARE_NAMES = {
  category: sql`category`,
  agent: sql`COALESCE(agent, 'nobody')`,
  model: sql`CASE provider WHEN 'unknown' THEN 'calls of unknown outcome' ELSE provider || ':' || model END`,
} satisfies Record<string, SQL>;

/** What was spent this month under each name, dearest first, at most 20. */
export async function readShares(
  database: Database,
  by: keyof typeof SHARE_NAMES,
): Promise<SpendingShare[]> {
  return database.query(
    sql`SELECT ${SHARE_NAMES[by]} AS name, sum(cost_pico)::bigint::text AS cost_pico,
          count(*)::integer AS calls, sum(tokens_in::bigint + tokens_out)::bigint::text AS tokens
        FROM treasury.ledger
        WHERE ts >= ${windowBegin(database, 'month')}
          -- A reservation that ran out and cost nothing was no call.
          AND NOT (status = 'error' AND provider = 'unknown' AND cost_pico = 0)
        GROUP BY 1 ORDER BY sum(cost_pico) DESC, count(*) DESC, 1 LIMIT 20`,
    shareRow,
  );
}

const dayRow = z
  .object({ day: z.string(), category, cost_pico: pico })
  .transform((row): DaySpending => ({
    day: row.day,
    category: row.category,
    costPico: row.cost_pico,
  }));

/** What was spent this month by day and category, oldest first; days without spending are left out. */
export async function readDays(database: Database): Promise<DaySpending[]> {
  return database.query(
    sql`SELECT to_char(ts AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS day, category,
          sum(cost_pico)::bigint::text AS cost_pico
        FROM treasury.ledger WHERE ts >= ${windowBegin(database, 'month')} AND cost_pico > 0
        GROUP BY 1, 2 ORDER BY 1, 2`,
    dayRow,
  );
}

const callShareRow = z.object({
  provider: z.string(),
  model: z.string(),
  answered: z.number(),
  failed: z.number(),
});

/** The calls of the last so many milliseconds by model. What ran out without a word was no call. */
export async function readCallShares(
  database: Database,
  { category, withinMs }: { readonly category: Category; readonly withinMs: number },
): Promise<CallShare[]> {
  return database.query(
    sql`SELECT provider, model,
          count(*) FILTER (WHERE status <> 'error')::integer AS answered,
          count(*) FILTER (WHERE status = 'error')::integer AS failed
        FROM treasury.ledger
        WHERE category = ${category} AND provider <> 'unknown'
          AND ts >= ${database.clock()} - ${withinMs / 1_000}::double precision * interval '1 second'
        GROUP BY provider, model ORDER BY count(*) DESC, provider, model`,
    callShareRow,
  );
}

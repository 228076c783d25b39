import { type SQL, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { PicoUsd } from '@371os/kernel';
import type { LedgerFilter, LedgerRow } from '../domain/spending.ts';
import type { Window } from '../domain/caps.ts';
import type { Database } from './database.ts';
import { absent, category, milliseconds, pico } from './rows.ts';

const ledgerRow = z
  .object({
    id: z.string(),
    ts: milliseconds,
    category,
    provider: z.string(),
    model: z.string(),
    tokens_in: z.number(),
    tokens_out: z.number(),
    cost_pico: pico,
    task: absent,
    agent: absent,
    user_id: absent,
    status: z.enum(['ok', 'fallback', 'error']),
    price_id: absent,
    call_id: absent,
    reservation_id: absent,
  })
  .transform((row): LedgerRow => ({
    id: row.id,
    tsMs: row.ts,
    category: row.category,
    provider: row.provider,
    model: row.model,
    tokensIn: row.tokens_in,
    tokensOut: row.tokens_out,
    costPico: row.cost_pico,
    task: row.task,
    agent: row.agent,
    user: row.user_id,
    status: row.status,
    priceId: row.price_id,
    callId: row.call_id,
    reservationId: row.reservation_id,
  }));

/** The rows that a filter lets through, newest first. */
export async function readLedger(database: Database, filter: LedgerFilter): Promise<LedgerRow[]> {
  return database.query(
    sql`SELECT id, (extract(epoch FROM ts) * 1000)::bigint::text AS ts, category, provider, model,
          tokens_in, tokens_out, cost_pico::text, task, agent, user_id, status, price_id, call_id, reservation_id
        FROM treasury.ledger WHERE ${conditionOf(database, filter)}
        ORDER BY ledger.ts DESC, recorded_at DESC, id LIMIT ${filter.limit ?? 1_000}::integer`,
    ledgerRow,
  );
}

function conditionOf(database: Database, filter: LedgerFilter): SQL {
  const conditions = [sql`true`];
  if (filter.category !== undefined) conditions.push(sql`category = ${filter.category}`);
  if (filter.agent !== undefined) conditions.push(sql`agent = ${filter.agent}`);
  if (filter.user !== undefined) conditions.push(sql`user_id = ${filter.user}`);
  if (filter.task !== undefined) conditions.push(sql`task = ${filter.task}`);
  if (filter.window !== undefined)
    conditions.push(sql`ledger.ts >= ${windowBegin(database, filter.window)}`);
  return sql.join(conditions, sql` AND `);
}

/** The first moment of the current window. */
export function windowBegin(database: Database, window: Window): SQL {
  return sql`date_trunc(${window}::text, ${database.clock()} AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'`;
}

const taskRow = z.object({ cost_pico: pico });

/** What an agent has cost since then, in milliseconds since 1970. */
export async function costOfAgent(
  database: Database,
  agent: string,
  sinceMs: number,
): Promise<PicoUsd> {
  const [row] = await database.query(
    sql`SELECT COALESCE(sum(cost_pico), 0)::bigint::text AS cost_pico
        FROM treasury.ledger WHERE agent = ${agent} AND ts >= to_timestamp(${sinceMs}::bigint / 1000.0)`,
    taskRow,
  );
  return row?.cost_pico ?? 0n;
}

/** What a task has cost so far. */
export async function costOfTask(database: Database, task: string): Promise<PicoUsd> {
  const [row] = await database.query(
    sql`SELECT COALESCE(sum(cost_pico), 0)::bigint::text AS cost_pico
        FROM treasury.ledger WHERE task = ${task}`,
    taskRow,
  );
  return row?.cost_pico ?? 0n;
}

import { type SQL, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { FreeUsage, Settlement, Usage } from '../domain/spending.ts';
import { CHANGE_BALANCES } from './change-balances.ts';
import type { Database } from './database.ts';
import { pico } from './rows.ts';

/**
 * What is to be written: what a reservation was used for, that it was not, or, under an id of its own,
 * a call that was free.
 */
export type Entry =
  | { readonly kind: 'paid'; readonly id: string; readonly usage: Usage }
  | { readonly kind: 'unused'; readonly id: string }
  | { readonly kind: 'free'; readonly id: string; readonly usage: FreeUsage };

const settledRow = z
  .object({ id: z.string(), was_settled: z.boolean(), cost_pico: pico })
  .transform((row): Settlement & { id: string } => ({
    id: row.id,
    wasSettled: row.was_settled,
    costPico: row.cost_pico,
  }));

/**
 * Closes reservations, each once, with their real costs or unused, and records what was free: states,
 * balances and ledger in one statement. One whose lease ran out is still charged, since spent is spent:
 * what its expiry has charged is put right, in the ledger, too. That it was not used comes too late
 * then. No id may be there twice.
 * @returns what became of each reservation that there is, by its id
 */
export async function settleReservations(
  database: Database,
  entries: readonly Entry[],
): Promise<Map<string, Settlement>> {
  const rows = await database.query(
    sql`WITH entries AS MATERIALIZED (${entriesOf(entries)}),
      before AS MATERIALIZED (
        SELECT id, state, cost_pico FROM treasury.reservations
        WHERE id = ANY (ARRAY(SELECT id FROM entries WHERE kind <> 'free')) ORDER BY id FOR UPDATE),
      taken AS (
        UPDATE treasury.reservations reservation SET cost_pico = entries.cost_pico,
          state = CASE kind WHEN 'unused' THEN 'released' ELSE 'settled' END
        FROM before JOIN entries USING (id)
        WHERE reservation.id = before.id
          AND (before.state = 'open' OR (before.state = 'expired' AND kind = 'paid'))
        RETURNING reservation.*, COALESCE(before.cost_pico, 0) AS charged_pico,
          CASE before.state WHEN 'open' THEN reservation.amount_pico ELSE 0 END AS held_pico),
      changes AS MATERIALIZED (
        SELECT balance_id AS id, sum(cost_pico - charged_pico)::bigint AS spent_pico,
          sum(held_pico)::bigint AS held_pico
        FROM taken CROSS JOIN unnest(balance_ids) AS balance_id GROUP BY balance_id),
      ${CHANGE_BALANCES},
      recorded AS (
        INSERT INTO treasury.ledger AS row (id, ts, recorded_at, category, provider, model, tokens_in,
          tokens_out, cost_pico, task, agent, user_id, status, price_id, call_id, reservation_id)
        SELECT id, COALESCE(taken.created_at, ${database.clock()}), ${database.clock()},
          COALESCE(taken.category, entries.category), provider, model, tokens_in, tokens_out,
          entries.cost_pico, COALESCE(taken.task, entries.task), COALESCE(taken.agent, entries.agent),
          COALESCE(taken.user_id, entries.user_id), status, price_id, call_id, taken.id
        FROM entries LEFT JOIN taken USING (id)
        WHERE kind = 'free' OR (kind = 'paid' AND taken.id IS NOT NULL)
        ON CONFLICT (id) DO UPDATE SET recorded_at = EXCLUDED.recorded_at,
          provider = EXCLUDED.provider, model = EXCLUDED.model, tokens_in = EXCLUDED.tokens_in,
          tokens_out = EXCLUDED.tokens_out, cost_pico = EXCLUDED.cost_pico, status = EXCLUDED.status,
          price_id = EXCLUDED.price_id, call_id = EXCLUDED.call_id
        WHERE row.reservation_id IS NOT NULL)
      SELECT before.id, taken.id IS NOT NULL AS was_settled,
        COALESCE(taken.cost_pico, before.cost_pico, 0)::text AS cost_pico
      FROM before LEFT JOIN taken USING (id)`,
    settledRow,
  );
  return new Map(rows.map(({ id, ...settlement }) => [id, settlement]));
}

function entriesOf(entries: readonly Entry[]): SQL {
  return sql`SELECT * FROM jsonb_to_recordset(${JSON.stringify(entries.map(columnsOf))}::text::jsonb)
    AS entry (id text, kind text, category text, provider text, model text, tokens_in integer,
      tokens_out integer, cost_pico bigint, task text, agent text, user_id text, status text,
      price_id text, call_id text)`;
}

function columnsOf(entry: Entry): Record<string, unknown> {
  const { id, kind } = entry;
  if (kind === 'unused') return { id, kind, cost_pico: '0' };
  const { usage } = entry;
  return {
    id,
    kind,
    provider: usage.provider,
    model: usage.model,
    tokens_in: usage.tokensIn,
    tokens_out: usage.tokensOut,
    status: usage.status,
    price_id: usage.priceId,
    call_id: usage.callId,
    ...(entry.kind === 'free' ? freeColumns(entry.usage) : paidColumns(entry.usage)),
  };
}

function paidColumns({ costPico }: Usage): Record<string, unknown> {
  return { cost_pico: costPico.toString() };
}

function freeColumns({ category = 'llm', scopes }: FreeUsage): Record<string, unknown> {
  const { task, agent, user } = scopes;
  return { category, cost_pico: '0', task, agent, user_id: user };
}

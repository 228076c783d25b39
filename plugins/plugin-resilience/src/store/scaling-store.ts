import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { IdSource } from '@371os/kernel';
import type { CountStep } from '../domain/fleet-cost.ts';
import type { ScalePast } from '../domain/hpa.ts';
import type { ScalingDecision, ScalingOrder } from '../domain/scaling-decision.ts';
import { reasonOf } from '../domain/scaling-words.ts';
import type { Database } from './database.ts';

/** A decision as it stands in the journal. Moments are milliseconds since 1970. */
export interface ScalingEntry {
  readonly atMs: number;
  readonly current: number;
  readonly count: number;
  readonly recommended: number;
  readonly reason: string;
  readonly isApplied: boolean;
}

const milliseconds = z.string().transform(Number);
const recommendationRow = z.object({ at_ms: milliseconds, count: z.number() });
const pastRow = z
  .object({
    recommendations: z.array(z.object({ at_ms: z.number(), count: z.number() })),
    changes: z.array(z.object({ at_ms: z.number(), by: z.number() })),
    first_at_ms: milliseconds.nullable(),
    now_ms: milliseconds,
  })
  .transform((row): ScalePast & { readonly nowMs: number } => ({
    nowMs: row.now_ms,
    recommendations: row.recommendations.map(({ at_ms, count }) => ({ atMs: at_ms, count })),
    changes: row.changes.map(({ at_ms, by }) => ({ atMs: at_ms, by })),
    activeAtMs: row.first_at_ms ?? undefined,
  }));
const orderRow = z.object({ agent: z.string(), count: z.number(), by: z.string() });
const entryRow = z
  .object({
    at_ms: milliseconds,
    current: z.number(),
    count: z.number(),
    recommended: z.number(),
    reason: z.string(),
    is_applied: z.boolean(),
  })
  .transform((row): ScalingEntry => ({
    ...{ atMs: row.at_ms, current: row.current, count: row.count },
    ...{ recommended: row.recommended, reason: row.reason, isApplied: row.is_applied },
  }));
const nothing = z.unknown();

const KEPT_DAYS = 90;
const LOOKS_KEPT_HOURS = 1;
const AT_MS = sql.raw(`(extract(epoch FROM at) * 1000)::bigint`);

/** The journal of scaling and what people ordered. Every time is the database's. */
export class ScalingStore {
  readonly #database: Database;
  readonly #newId: IdSource;

  constructor(database: Database, newId: IdSource) {
    this.#database = database;
    this.#newId = newId;
  }

  /** What was recommended and done in the last so many milliseconds, since when somebody looks, and now. */
  async past(agent: string, windowMs: number): Promise<ScalePast & { readonly nowMs: number }> {
    const [past] = await this.#database.query(
      sql`WITH recent AS (
          SELECT ${AT_MS} AS at_ms, current, count, recommended, is_applied FROM resilience.scalings
          WHERE agent = ${agent}
            AND at > clock_timestamp() - ${windowMs}::bigint * interval '1 millisecond')
        SELECT coalesce((SELECT json_agg(json_build_object('at_ms', at_ms, 'count', recommended))
            FROM recent), '[]'::json) AS recommendations,
          coalesce((SELECT json_agg(json_build_object('at_ms', at_ms, 'by', count - current))
            FROM recent WHERE is_applied AND count <> current), '[]'::json) AS changes,
          (SELECT min(${AT_MS})::text FROM resilience.scalings WHERE agent = ${agent}) AS first_at_ms,
          (extract(epoch FROM clock_timestamp()) * 1000)::bigint::text AS now_ms`,
      pastRow,
    );
    return past as NonNullable<typeof past>;
  }

  /** Writes a decision down; one like the one before is forgotten after an hour. */
  async note(decision: ScalingDecision, isApplied: boolean): Promise<void> {
    const { agent, current, count, recommended, max, proposals, load, pricePicoPerHour } = decision;
    const metrics = JSON.stringify({ proposals, load });
    await this.#database.query(
      sql`INSERT INTO resilience.scalings (id, agent, at, current, count, recommended, max, price_pico,
          metrics, reason, is_applied, is_kept)
        SELECT ${this.#newId()}, ${agent}, clock_timestamp(), ${current}::integer, ${count}::integer,
          ${recommended}::integer, ${max}::integer, ${pricePicoPerHour.toString()}::bigint, ${metrics},
          ${reasonOf(decision)}, ${isApplied}::boolean, ${current !== count}::boolean
            OR coalesce((SELECT current <> ${current}::integer FROM resilience.scalings
              WHERE agent = ${agent} ORDER BY at DESC LIMIT 1), true)`,
      nothing,
    );
  }

  /** How many instances there were since the journal begins, or in so many milliseconds, in order. */
  async steps(agent: string, windowMs: number): Promise<CountStep[]> {
    const rows = await this.#database.query(
      sql`SELECT ${AT_MS}::text AS at_ms, current AS count FROM resilience.scalings
        WHERE agent = ${agent}
          AND at > clock_timestamp() - ${windowMs}::bigint * interval '1 millisecond' ORDER BY at`,
      recommendationRow,
    );
    return rows.map(({ at_ms, count }) => ({ atMs: at_ms, count }));
  }

  /** The newest entries of the journal that say something new, newest first. */
  async entries(agent: string, limit: number): Promise<ScalingEntry[]> {
    return this.#database.query(
      sql`SELECT ${AT_MS}::text AS at_ms, current, count, recommended, reason, is_applied
        FROM resilience.scalings WHERE agent = ${agent} AND is_kept
        ORDER BY at DESC LIMIT ${limit}::integer`,
      entryRow,
    );
  }

  async order(agent: string): Promise<ScalingOrder | undefined> {
    const [order] = await this.#database.query(
      sql`SELECT agent, count, by FROM resilience.scaling_orders WHERE agent = ${agent}`,
      orderRow,
    );
    return order;
  }

  /** From now on so many instances. */
  async setOrder({ agent, count, by }: ScalingOrder): Promise<void> {
    await this.#database.query(
      sql`INSERT INTO resilience.scaling_orders (agent, count, by, at)
        VALUES (${agent}, ${count}::integer, ${by}, clock_timestamp())
        ON CONFLICT (agent) DO UPDATE SET count = excluded.count, by = excluded.by, at = excluded.at`,
      nothing,
    );
  }

  /** From now on as the metrics say. */
  async dropOrder(agent: string): Promise<void> {
    await this.#database.query(
      sql`DELETE FROM resilience.scaling_orders WHERE agent = ${agent}`,
      nothing,
    );
  }

  /** Forgets what is old. */
  async prune(): Promise<void> {
    await this.#database.query(
      sql`DELETE FROM resilience.scalings
        WHERE at < clock_timestamp() - ${KEPT_DAYS}::integer * interval '1 day'
          OR (NOT is_kept AND at < clock_timestamp() - ${LOOKS_KEPT_HOURS}::integer * interval '1 hour')`,
      nothing,
    );
  }
}

import type { IdSource } from '@371os/kernel';
import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { RISK_LEVELS } from '../domain/dependency-risk.ts';
import type { Figures } from '../domain/resilience-report.ts';
import type { MeasureBook } from '../ports/measure-book.ts';
import type { Database } from './database.ts';

const level = z.enum(['ok', 'degraded']).nullable();
const figuresRow = z
  .object({
    at_ms: z.coerce.number(),
    sync_rate: z.number().nullable(),
    sync_samples: z.number(),
    sync_level: level,
    good_windows: z.number(),
    risk_level: z.enum(RISK_LEVELS).nullable(),
    limiting_class: z.string().nullable(),
    redundancy: z.number().nullable(),
    redundancy_level: level,
    min_k: z.number().nullable(),
    mode: z.enum(['normal', 'backup']).nullable(),
  })
  .transform((row): Figures => ({
    atMs: row.at_ms,
    syncRate: row.sync_rate,
    syncSamples: row.sync_samples,
    syncLevel: row.sync_level,
    goodWindows: row.good_windows,
    riskLevel: row.risk_level,
    limitingClass: row.limiting_class,
    redundancy: row.redundancy,
    redundancyLevel: row.redundancy_level,
    minK: row.min_k,
    mode: row.mode,
  }));

const COLUMNS = sql.raw(`(extract(epoch FROM at) * 1000)::bigint::text AS at_ms, sync_rate,
  sync_samples, sync_level, good_windows, risk_level, limiting_class, redundancy,
  redundancy_level, min_k, mode`);

/** The series in the schema `resilience`. Every time is the database's. */
export class MeasureStore implements MeasureBook {
  readonly #database: Database;
  readonly #newId: IdSource;

  constructor(database: Database, newId: IdSource) {
    this.#database = database;
    this.#newId = newId;
  }

  async add(figures: Omit<Figures, 'atMs'>, keepMs: number): Promise<void> {
    const { syncRate, syncSamples, syncLevel, goodWindows, riskLevel, limitingClass } = figures;
    const { redundancy, redundancyLevel, minK, mode } = figures;
    await this.#database.query(
      sql`WITH forgotten AS (DELETE FROM resilience.measures WHERE at < ${ago(keepMs)})
        INSERT INTO resilience.measures (id, at, sync_rate, sync_samples, sync_level, good_windows,
          risk_level, limiting_class, redundancy, redundancy_level, min_k, mode)
        VALUES (${this.#newId()}, clock_timestamp(), ${syncRate}::double precision,
          ${syncSamples}::integer, ${syncLevel}, ${goodWindows}::integer, ${riskLevel},
          ${limitingClass}, ${redundancy}::double precision, ${redundancyLevel},
          ${minK}::integer, ${mode})`,
      z.unknown(),
    );
  }

  async newest(limit: number): Promise<Figures[]> {
    return this.#database.query(
      sql`SELECT ${COLUMNS} FROM resilience.measures ORDER BY at DESC, id LIMIT ${limit}::integer`,
      figuresRow,
    );
  }

  async since(windowMs: number): Promise<Figures | undefined> {
    const [oldest] = await this.#database.query(
      sql`SELECT ${COLUMNS} FROM resilience.measures WHERE at >= ${ago(windowMs)}
        ORDER BY at, id LIMIT 1`,
      figuresRow,
    );
    return oldest;
  }
}

function ago(ms: number) {
  return sql`clock_timestamp() - ${ms / 1_000}::double precision * interval '1 second'`;
}

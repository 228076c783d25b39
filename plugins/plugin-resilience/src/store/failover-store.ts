import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Failover } from '../domain/failover.ts';
import type { Database } from './database.ts';

/** A loss, when it is noticed. */
export type Loss = Pick<Failover, 'id' | 'agent' | 'kind' | 'cause' | 'by' | 'fromPlace'> &
  Partial<Pick<Failover, 'fromPrice'>>;

const moment = z
  .string()
  .nullable()
  .transform((text) => (text === null ? undefined : Number(text)));
const absent = z
  .string()
  .nullable()
  .transform((text) => text ?? undefined);
const failoverRow = z
  .object({
    id: z.string(),
    agent: z.string(),
    kind: z.enum(['process', 'hosted']),
    cause: z.string(),
    by: z.string(),
    from_place: z.string(),
    to_place: absent,
    from_price: absent,
    to_price: absent,
    detected_at_ms: z.string().transform(Number),
    placed_at_ms: moment,
    recovered_at_ms: moment,
    failure: absent,
  })
  .transform((row): Failover => ({
    ...{ id: row.id, agent: row.agent, kind: row.kind, cause: row.cause, by: row.by },
    ...{ fromPlace: row.from_place, toPlace: row.to_place, failure: row.failure },
    ...{ fromPrice: row.from_price, toPrice: row.to_price },
    ...{ detectedAtMs: row.detected_at_ms, placedAtMs: row.placed_at_ms },
    recoveredAtMs: row.recovered_at_ms,
  }));
const idRow = z.object({ id: z.string() });
const nothing = z.unknown();

const COLUMNS = sql.raw(`id, agent, kind, cause, by, from_place, to_place, from_price, to_price,
  failure,
  (extract(epoch FROM detected_at) * 1000)::bigint::text AS detected_at_ms,
  (extract(epoch FROM placed_at) * 1000)::bigint::text AS placed_at_ms,
  (extract(epoch FROM recovered_at) * 1000)::bigint::text AS recovered_at_ms`);

/** Failovers in the schema `resilience`. Every time is the database's. */
export class FailoverStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Writes a loss down, once. False when it was known. */
  async begin({ id, agent, kind, cause, by, fromPlace, fromPrice }: Loss): Promise<boolean> {
    const rows = await this.#database.query(
      sql`INSERT INTO resilience.failovers
          (id, agent, kind, cause, by, from_place, from_price, detected_at)
        VALUES (${id}, ${agent}, ${kind}, ${cause}, ${by}, ${fromPlace}, ${fromPrice ?? null},
          clock_timestamp())
        ON CONFLICT (id) DO NOTHING RETURNING id`,
      idRow,
    );
    return rows.length > 0;
  }

  /** Somebody stands in, as of now. */
  async placed(id: string, toPlace: string, toPrice?: string): Promise<void> {
    await this.#database.query(
      sql`UPDATE resilience.failovers SET to_place = ${toPlace}, to_price = ${toPrice ?? null},
          placed_at = clock_timestamp()
        WHERE id = ${id} AND placed_at IS NULL`,
      nothing,
    );
  }

  /** The one who stands in had completed a task at that time. */
  async recovered(id: string, atMs: number): Promise<void> {
    await this.#database.query(
      sql`UPDATE resilience.failovers SET recovered_at = to_timestamp(${atMs}::bigint / 1000.0)
        WHERE id = ${id} AND recovered_at IS NULL`,
      nothing,
    );
  }

  /** Nobody stands in, and why. */
  async failed(id: string, failure: string): Promise<void> {
    await this.#database.query(
      sql`UPDATE resilience.failovers SET failure = ${failure} WHERE id = ${id} AND placed_at IS NULL`,
      nothing,
    );
  }

  /** Those of the last day that are not over: nobody stands in yet, or has completed a task. */
  async open(): Promise<Failover[]> {
    return this.#database.query(
      sql`SELECT ${COLUMNS} FROM resilience.failovers
        WHERE recovered_at IS NULL AND failure IS NULL
          AND detected_at > clock_timestamp() - interval '1 day' ORDER BY detected_at`,
      failoverRow,
    );
  }

  async find(id: string): Promise<Failover | undefined> {
    const [found] = await this.#database.query(
      sql`SELECT ${COLUMNS} FROM resilience.failovers WHERE id = ${id}`,
      failoverRow,
    );
    return found;
  }

  /** The last loss of a place: a hosted agent may be taken for lost there, and answer, several times. */
  async latestOf(place: string): Promise<Failover | undefined> {
    const [found] = await this.#database.query(
      sql`SELECT ${COLUMNS} FROM resilience.failovers
        WHERE id = ${place} OR starts_with(id, ${`${place}/`}) ORDER BY detected_at DESC LIMIT 1`,
      failoverRow,
    );
    return found;
  }

  /** Newest first. */
  async list(limit: number): Promise<Failover[]> {
    return this.#database.query(
      sql`SELECT ${COLUMNS} FROM resilience.failovers ORDER BY detected_at DESC LIMIT ${limit}::integer`,
      failoverRow,
    );
  }
}

import { sql, type SQL } from 'drizzle-orm';
import { z } from 'zod';
import type { ModeState } from '../domain/mode.ts';
import { CRO_OFFICE } from '../domain/office.ts';
import type { ModeTransition, Situation } from '../domain/situation.ts';
import type { ModeOrder } from '../ports/mode-switch.ts';
import type { Database } from './database.ts';

const moment = z.string().transform(Number);
const absent = <Value extends z.ZodType>(value: Value) =>
  value.nullable().transform((kept) => kept ?? undefined);

// As text: neither driver hands over times as exact numbers otherwise.
const ms = (expression: SQL): SQL => sql`(extract(epoch FROM ${expression}) * 1000)::bigint::text`;

const situationRow = z
  .object({
    state: z.enum(['normal', 'backup']),
    since_ms: moment,
    cause: z.string(),
    by: z.string(),
    number: z.number(),
    by_before: absent(z.string()),
    outage_id: absent(z.string()),
    outage_cause: absent(z.string()),
    began_ms: absent(moment),
    ended_ms: absent(moment),
    read_ms: moment,
  })
  .transform((row): Situation => {
    const { state, since_ms: sinceMs, cause, by, outage_id: id, began_ms: beganAtMs } = row;
    return {
      mode: { state, sinceMs, cause, by },
      changes: row.number,
      changedBefore: row.by_before,
      outage:
        id === undefined || beganAtMs === undefined
          ? undefined
          : { id, cause: row.outage_cause ?? '', beganAtMs, endedAtMs: row.ended_ms },
      readAtMs: row.read_ms,
    };
  });

const transitionRow = z
  .object({
    number: z.number(),
    from_state: z.string(),
    to_state: z.string(),
    cause: z.string(),
    by: z.string(),
    epoch: absent(z.coerce.number()),
    at_ms: moment,
  })
  .transform((row): ModeTransition => {
    const { number, cause, by, epoch, from_state: from, to_state: to, at_ms: atMs } = row;
    return { number, from, to, cause, by, epoch, atMs };
  });

const numberRow = z.object({ number: z.number() });

/** The mode of a node in its database, and the outages that it has seen. */
export class ModeStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Makes sure that the node has a mode; the first one is normal. */
  async prepare(): Promise<void> {
    await this.#database.query(
      sql`INSERT INTO resilience.modes (name, state, cause, by)
        VALUES ('node', 'normal', 'the node is new', 'system') ON CONFLICT (name) DO NOTHING`,
      z.unknown(),
    );
  }

  /** The mode and what led to it; undefined before `prepare`. */
  async read(): Promise<Situation | undefined> {
    const [situation] = await this.#database.query(
      sql`SELECT mode.state, ${ms(sql`mode.since`)} AS since_ms, mode.cause, mode.by, mode.number,
          (SELECT earlier.by FROM resilience.mode_transitions earlier
            WHERE earlier.number = mode.number - 1) AS by_before,
          outage.id AS outage_id, outage.cause AS outage_cause,
          ${ms(sql`outage.began_at`)} AS began_ms, ${ms(sql`outage.ended_at`)} AS ended_ms,
          ${ms(sql`clock_timestamp()`)} AS read_ms
        FROM resilience.modes mode
        LEFT JOIN (SELECT * FROM resilience.outages ORDER BY began_at DESC LIMIT 1) outage ON true
        WHERE mode.name = 'node'`,
      situationRow,
    );
    return situation;
  }

  /**
   * Changes the mode and writes down why, in one step.
   * @returns false when it is so already, or the epoch of the order is not that of the leader
   */
  async change(to: ModeState, { by, cause, epoch }: ModeOrder): Promise<boolean> {
    const leading = sql`(SELECT epoch FROM resilience.leaderships
      WHERE office = ${CRO_OFFICE} AND expires_at >= clock_timestamp())`;
    const fence = epoch === undefined ? sql`` : sql`AND ${leading} = ${epoch}::bigint`;
    const changed = await this.#database.query(
      sql`WITH changed AS (
          UPDATE resilience.modes AS mode SET state = ${to}, since = clock_timestamp(),
            cause = ${cause}, by = ${by}, number = mode.number + 1
          WHERE mode.name = 'node' AND mode.state <> ${to} ${fence}
          RETURNING number, since)
        INSERT INTO resilience.mode_transitions (number, from_state, to_state, cause, by, epoch, at)
        SELECT number, ${to === 'backup' ? 'normal' : 'backup'}, ${to}, ${cause}, ${by}, ${leading}, since
        FROM changed RETURNING number`,
      numberRow,
    );
    return changed.length > 0;
  }

  /** The newest changes of the mode, oldest first. */
  async transitions(limit = 50): Promise<ModeTransition[]> {
    const newest = await this.#database.query(
      sql`SELECT number, from_state, to_state, cause, by, epoch::text, ${ms(sql`at`)} AS at_ms
        FROM resilience.mode_transitions ORDER BY number DESC LIMIT ${limit}::integer`,
      transitionRow,
    );
    return newest.toReversed();
  }

  /** Begins an outage, unless one has not ended yet. */
  async beginOutage(id: string, cause: string, epoch: number): Promise<void> {
    await this.#database.query(
      sql`INSERT INTO resilience.outages (id, cause, epoch)
        SELECT ${id}, ${cause}, ${epoch}::bigint
        WHERE NOT EXISTS (SELECT FROM resilience.outages WHERE ended_at IS NULL)`,
      z.unknown(),
    );
  }

  /** Ends the outage that has not ended yet, if there is one. */
  async endOutage(): Promise<void> {
    await this.#database.query(
      sql`UPDATE resilience.outages SET ended_at = clock_timestamp() WHERE ended_at IS NULL`,
      z.unknown(),
    );
  }
}

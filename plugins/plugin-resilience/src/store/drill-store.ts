import { sql, type SQL } from 'drizzle-orm';
import { z } from 'zod';
import { DEPENDENCY_CLASSES, type DependencyClass } from '../domain/dependency-class.ts';
import {
  classOf,
  DRILL_STATES,
  drillPlan,
  type Drill,
  type DrillPlan,
  type Measured,
  type OpenFault,
} from '../domain/drill.ts';
import type { DrillLog } from '../ports/drill-log.ts';
import type { Database } from './database.ts';

const absent = <Value extends z.ZodType>(value: Value) =>
  value.nullable().transform((kept) => kept ?? undefined);
const moment = z.coerce.number();

// Times as text: neither driver hands them over as exact numbers otherwise.
const ms = (column: string): string =>
  `(extract(epoch FROM ${column}) * 1000)::bigint::text AS ${column}_ms`;
const COLUMNS = sql.raw(`id, plan, state, requester_id, approved_by, room_id, aborted_by,
  detected_ms, recovered_ms, outcome, ${ms('asked_at')}, ${ms('begun_at')}, ${ms('ended_at')}`);

const drillRow = z
  .object({
    ...{ id: z.string(), plan: drillPlan, state: z.enum(DRILL_STATES) },
    ...{ requester_id: z.string(), approved_by: z.string(), room_id: z.string() },
    aborted_by: absent(z.string()),
    detected_ms: absent(z.number()),
    recovered_ms: absent(z.number()),
    outcome: z.string(),
    asked_at_ms: moment,
    begun_at_ms: absent(moment),
    ended_at_ms: absent(moment),
  })
  .transform((row): Drill => ({
    ...{ id: row.id, plan: row.plan, state: row.state, outcome: row.outcome },
    ...{ requesterId: row.requester_id, approvedBy: row.approved_by, roomId: row.room_id },
    ...{ askedAtMs: row.asked_at_ms, begunAtMs: row.begun_at_ms, endedAtMs: row.ended_at_ms },
    ...{ detectedMs: row.detected_ms, recoveredMs: row.recovered_ms, abortedBy: row.aborted_by },
  }));
const faultRow = z
  .object({ id: z.string(), plan: drillPlan, left_ms: z.coerce.number() })
  .transform(({ id, plan, left_ms }): OpenFault => ({ drillId: id, plan, leftMs: left_ms }));
const successRow = z.object({ dependency_class: z.enum(DEPENDENCY_CLASSES), last_ms: moment });
const lastRow = z.object({ last_ms: absent(moment) });
const idRow = z.object({ id: z.string() });
const progressRow = z
  .object({ is_running: z.boolean(), aborted_by: absent(z.string()) })
  .transform((row) => ({ isRunning: row.is_running, abortedBy: row.aborted_by }));

/** What a drill that is added is: its plan, and who wanted and approved it. */
export interface NewDrill {
  readonly id: string;
  readonly plan: DrillPlan;
  readonly requesterId: string;
  readonly approvedBy: string;
  readonly roomId: string;
}

/** How a drill ends. */
export interface DrillEnd extends Measured {
  readonly state: 'succeeded' | 'failed' | 'aborted' | 'refused';
  readonly outcome: string;
}

/** Drills and their faults. Every time is the database's, and every method one statement. */
export class DrillStore implements DrillLog {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Adds one that was approved; the same id is the same drill. */
  async add({ id, plan, requesterId, approvedBy, roomId }: NewDrill): Promise<void> {
    await this.#change(
      sql`INSERT INTO resilience.drills
          (id, kind, dependency_class, plan, state, requester_id, approved_by, room_id)
        VALUES (${id}, ${plan.kind}, ${classOf(plan) ?? null}, ${JSON.stringify(plan)}::jsonb,
          'approved', ${requesterId}, ${approvedBy}, ${roomId})
        ON CONFLICT (id) DO NOTHING RETURNING id`,
    );
  }

  /** Newest first. */
  async list(limit = 20): Promise<Drill[]> {
    return this.#database.query(
      sql`SELECT ${COLUMNS} FROM resilience.drills ORDER BY asked_at DESC, id LIMIT ${limit}::integer`,
      drillRow,
    );
  }

  /** The one that has waited longest. */
  async nextApproved(): Promise<Drill | undefined> {
    const [drill] = await this.#database.query(
      sql`SELECT ${COLUMNS} FROM resilience.drills WHERE state = 'approved' ORDER BY asked_at, id LIMIT 1`,
      drillRow,
    );
    return drill;
  }

  /**
   * Writes a fault down before it is made; false when another drill runs, or this one does not wait any
   * more.
   */
  async begin({ id, plan }: Drill, epoch: number): Promise<boolean> {
    const until =
      plan.seconds === 0
        ? sql`NULL`
        : sql`clock_timestamp() + ${plan.seconds}::integer * interval '1 second'`;
    return this.#change(
      sql`UPDATE resilience.drills SET state = 'running', slot = 'the one', epoch = ${epoch},
          begun_at = clock_timestamp(), fault_until = ${until}
        WHERE id = ${id} AND state = 'approved'
          AND NOT EXISTS (SELECT FROM resilience.drills WHERE slot = 'the one')
        RETURNING id`,
    );
  }

  /** Whether a drill still runs, and who wants it ended. */
  async progress(id: string): Promise<{ isRunning: boolean; abortedBy?: string | undefined }> {
    const [row] = await this.#database.query(
      sql`SELECT state = 'running' AS is_running, aborted_by FROM resilience.drills WHERE id = ${id}`,
      progressRow,
    );
    return row ?? { isRunning: false };
  }

  /** Asks for the one that runs to be ended, and takes those from the list that wait. Returns their ids. */
  async abort(by: string): Promise<string[]> {
    const rows = await this.#database.query(
      sql`UPDATE resilience.drills SET aborted_by = ${by},
          state = CASE state WHEN 'approved' THEN 'aborted' ELSE state END,
          ended_at = CASE state WHEN 'approved' THEN clock_timestamp() ELSE ended_at END
        WHERE state IN ('approved', 'running') RETURNING id`,
      idRow,
    );
    return rows.map(({ id }) => id);
  }

  /** Puts an end to one that runs or waits; nothing happens to one that has ended. */
  async end(id: string, end: DrillEnd): Promise<void> {
    const { state, outcome, detectedMs = null, recoveredMs = null, alsoShows = null } = end;
    await this.#change(
      sql`UPDATE resilience.drills SET state = ${state}, outcome = ${outcome}, slot = NULL,
          detected_ms = ${detectedMs}::integer, recovered_ms = ${recoveredMs}::integer,
          also_shows = ${alsoShows},
          ended_at = clock_timestamp(), fault_until = least(fault_until, clock_timestamp())
        WHERE id = ${id} AND state IN ('approved', 'running') RETURNING id`,
    );
  }

  /** Puts an end to what nobody carries out any more: its fault is to be taken back. Returns their ids. */
  async endOrphans(): Promise<string[]> {
    const rows = await this.#database.query(
      sql`UPDATE resilience.drills SET state = 'failed', slot = NULL, ended_at = clock_timestamp(),
          outcome = 'Whoever carried it out was gone before it ended.',
          fault_until = least(fault_until, clock_timestamp())
        WHERE state = 'running' RETURNING id`,
      idRow,
    );
    return rows.map(({ id }) => id);
  }

  /** What was made to fail, or was about to be, and is not known to be as before. */
  async openFaults(): Promise<OpenFault[]> {
    return this.#database.query(
      sql`SELECT id, plan,
          (extract(epoch FROM fault_until - clock_timestamp()) * 1000)::bigint::text AS left_ms
        FROM resilience.drills WHERE fault_until IS NOT NULL AND fault_ended_at IS NULL`,
      faultRow,
    );
  }

  /** A fault was taken back. */
  async faultEnded(id: string): Promise<void> {
    await this.#change(
      sql`UPDATE resilience.drills SET fault_ended_at = clock_timestamp(),
          fault_until = least(fault_until, clock_timestamp())
        WHERE id = ${id} AND fault_ended_at IS NULL RETURNING id`,
    );
  }

  /** When somebody last asked for a drill, in milliseconds since 1970. */
  async lastAsked(requesterId: string): Promise<number | undefined> {
    const [row] = await this.#database.query(
      sql`SELECT (extract(epoch FROM max(asked_at)) * 1000)::bigint::text AS last_ms
        FROM resilience.drills WHERE requester_id = ${requesterId}`,
      lastRow,
    );
    return row?.last_ms;
  }

  async lastSuccesses(): Promise<ReadonlyMap<DependencyClass, number>> {
    const rows = await this.#database.query(
      sql`SELECT shown.dependency_class, (extract(epoch FROM max(ended_at)) * 1000)::bigint::text AS last_ms
        FROM (SELECT dependency_class, state, ended_at FROM resilience.drills
          UNION ALL SELECT also_shows, state, ended_at FROM resilience.drills) AS shown
        WHERE state = 'succeeded' AND dependency_class IS NOT NULL
        GROUP BY shown.dependency_class`,
      successRow,
    );
    return new Map(rows.map(({ dependency_class: name, last_ms }) => [name, last_ms]));
  }

  async #change(statement: SQL): Promise<boolean> {
    return (await this.#database.query(statement, idRow)).length > 0;
  }
}

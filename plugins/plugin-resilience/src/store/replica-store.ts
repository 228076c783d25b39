import { readClaim } from '@371os/plugin-lifecycle';
import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Database } from './database.ts';

/** A replica that is wanted, or that has yet to end. */
export interface Replica {
  readonly claim: string;
  readonly agent: string;
  readonly index: number;
  readonly isWanted: boolean;
  readonly machine: string;
  readonly pid: number | undefined;
  readonly startedTicks: string | undefined;
  readonly failures: number;
  /** How long it has been allowed to run, in milliseconds; below 0 it has yet to wait. */
  readonly sinceMs: number;
}

const replicaRow = z
  .object({
    claim: z.string(),
    agent: z.string(),
    index: z.number(),
    is_wanted: z.boolean(),
    machine: z.string(),
    pid: z.number().nullable(),
    started_ticks: z.string().nullable(),
    failures: z.number(),
    since_ms: z.string().transform(Number),
  })
  .transform((row): Replica => ({
    ...{ claim: row.claim, agent: row.agent, index: row.index, isWanted: row.is_wanted },
    ...{ machine: row.machine, failures: row.failures, sinceMs: row.since_ms },
    pid: row.pid ?? undefined,
    startedTicks: row.started_ticks ?? undefined,
  }));
const claimRow = z.object({ claim: z.string() });
const nothing = z.unknown();

/** Replicas in the schema `resilience`. Every time is the database's. */
export class ReplicaStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async list(): Promise<Replica[]> {
    return this.#database.query(
      sql`SELECT claim, agent, index, is_wanted, machine, pid, started_ticks, failures,
          (extract(epoch FROM clock_timestamp() - start_at) * 1000)::bigint::text AS since_ms
        FROM resilience.replicas ORDER BY agent, index`,
      replicaRow,
    );
  }

  /** Wants a replica, on a machine. One that is there goes on where it is. */
  async want(claim: string, machine: string): Promise<void> {
    const { agent, index } = readClaim(claim);
    await this.#database.query(
      sql`INSERT INTO resilience.replicas (claim, agent, index, is_wanted, machine, failures, start_at)
        VALUES (${claim}, ${agent}, ${index}::integer, true, ${machine}, 0, clock_timestamp())
        ON CONFLICT (claim) DO UPDATE SET is_wanted = true`,
      nothing,
    );
  }

  /** Wants it no more. */
  async dismiss(claim: string): Promise<void> {
    await this.#database.query(
      sql`UPDATE resilience.replicas SET is_wanted = false WHERE claim = ${claim}`,
      nothing,
    );
  }

  /** The process that it is. False when somebody else has started another one. */
  async begun(
    { claim, pid: before }: Pick<Replica, 'claim' | 'pid'>,
    process: { readonly pid: number; readonly startedTicks: string; readonly machine: string },
  ): Promise<boolean> {
    const rows = await this.#database.query(
      sql`UPDATE resilience.replicas SET pid = ${process.pid}::integer, machine = ${process.machine},
          started_ticks = ${process.startedTicks}, start_at = clock_timestamp()
        WHERE claim = ${claim} AND is_wanted AND pid IS NOT DISTINCT FROM ${before ?? null}::integer
        RETURNING claim`,
      claimRow,
    );
    return rows.length > 0;
  }

  /** It ended by itself, and may be started again in a while. */
  async failed(
    { claim, pid }: Pick<Replica, 'claim' | 'pid'>,
    { failures, delayMs }: { failures: number; delayMs: number },
  ): Promise<void> {
    await this.#database.query(
      sql`UPDATE resilience.replicas SET pid = NULL, started_ticks = NULL, failures = ${failures}::integer,
          start_at = clock_timestamp() + ${delayMs}::integer * interval '1 millisecond'
        WHERE claim = ${claim} AND pid IS NOT DISTINCT FROM ${pid ?? null}::integer`,
      nothing,
    );
  }

  /** It has ended, as it should. */
  async ended({ claim, pid }: Pick<Replica, 'claim' | 'pid'>): Promise<void> {
    await this.#database.query(
      sql`DELETE FROM resilience.replicas WHERE claim = ${claim} AND NOT is_wanted
        AND pid IS NOT DISTINCT FROM ${pid ?? null}::integer`,
      nothing,
    );
  }

  /** Whether a process is to go on as a replica: it is wanted, and no other process was started for it. */
  async isWanted(claim: string, pid: number): Promise<boolean> {
    const rows = await this.#database.query(
      sql`SELECT claim FROM resilience.replicas
        WHERE claim = ${claim} AND is_wanted AND coalesce(pid, ${pid}::integer) = ${pid}::integer`,
      claimRow,
    );
    return rows.length > 0;
  }
}

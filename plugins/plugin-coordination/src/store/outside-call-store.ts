import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Database } from './database.ts';

/** A call that is about to be made. */
export interface BegunCall {
  readonly id: string;
  readonly agent: string;
  readonly server: string;
  readonly tool: string;
  readonly requester: string;
  readonly task: string | undefined;
  readonly sentBytes: number;
  readonly costPico: bigint;
}

/** What came of it: its size, or why it failed. */
export interface CallEnd {
  readonly failure?: string;
  readonly answerBytes?: number;
  readonly latencyMs: number;
}

const KEEP_DAYS = 90;

const row = z
  .object({
    agent: z.string(),
    server: z.string(),
    tool: z.string(),
    requester: z.string(),
    state: z.string(),
    failure: z.string(),
    answer_bytes: z.number().nullable(),
    cost_pico: z.string().transform(BigInt),
  })
  .transform(({ answer_bytes: answerBytes, cost_pico: costPico, ...rest }) => ({
    ...{ ...rest, costPico },
    answerBytes: answerBytes ?? undefined,
  }));

/** The log of calls of tools of elsewhere, for ninety days. */
export class OutsideCallStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async begin(call: BegunCall): Promise<void> {
    const { id, agent, server, tool, requester, task = null, sentBytes, costPico } = call;
    await this.#database.query(
      sql`WITH old AS (
          DELETE FROM coordination.outside_calls
          WHERE at < now() - make_interval(days => ${KEEP_DAYS}::integer))
        INSERT INTO coordination.outside_calls
          (id, agent, server, tool, requester, task, state, sent_bytes, cost_pico)
        VALUES (${id}, ${agent}, ${server}, ${tool}, ${requester}, ${task}, 'RUNNING',
          ${sentBytes}::integer, ${String(costPico)}::bigint)`,
      z.unknown(),
    );
  }

  async end(id: string, { failure = '', answerBytes, latencyMs }: CallEnd): Promise<void> {
    await this.#database.query(
      sql`UPDATE coordination.outside_calls
        SET state = ${failure === '' ? 'DONE' : 'FAILED'},
          failure = ${failure.replaceAll('\0', '').toWellFormed()},
          answer_bytes = ${answerBytes ?? null}::integer,
          latency_ms = ${Math.round(latencyMs)}::integer
        WHERE id = ${id}`,
      z.unknown(),
    );
  }

  /** The newest calls, newest first. */
  async newest(limit: number): Promise<z.output<typeof row>[]> {
    return this.#database.query(
      sql`SELECT agent, server, tool, requester, state, failure, answer_bytes,
          cost_pico::text AS cost_pico
        FROM coordination.outside_calls ORDER BY at DESC, id LIMIT ${limit}::integer`,
      row,
    );
  }
}

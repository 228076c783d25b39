import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { AgentLoad } from '../domain/task.ts';
import type { Database } from './database.ts';

const moment = z
  .string()
  .nullable()
  .transform((text) => (text === null ? undefined : Number(text)));

const loadRow = z
  .object({
    queued: z.number(),
    working: z.number(),
    ended: z.number(),
    failed: z.number(),
    p95_ms: moment,
    active_at_ms: moment,
  })
  .transform((row): AgentLoad => ({
    queued: row.queued,
    working: row.working,
    ended: row.ended,
    failed: row.failed,
    p95Ms: row.p95_ms,
    activeAtMs: row.active_at_ms,
  }));

/** How much an agent has to do, and how it did what ended in the last so many milliseconds. */
export async function readLoad(
  database: Database,
  agent: string,
  windowMs: number,
): Promise<AgentLoad> {
  const [load] = await database.query(
    sql`WITH open AS (
        SELECT count(*) FILTER (WHERE state = 'SUBMITTED' AND job_id IS NOT NULL)::integer AS queued,
          count(*) FILTER (WHERE state = 'WORKING')::integer AS working
        FROM tasks.tasks WHERE agent = ${agent} AND state IN ('SUBMITTED', 'WORKING')),
      recent AS (
        SELECT state, extract(epoch FROM updated_at - created_at) * 1000 AS took_ms,
          cardinality(depends_on) AS needed
        FROM tasks.tasks WHERE agent = ${agent} AND state IN ('COMPLETED', 'FAILED')
          AND updated_at > clock_timestamp() - ${windowMs}::integer * interval '1 millisecond'),
      ended AS (
        SELECT count(*)::integer AS ended, (count(*) FILTER (WHERE state = 'FAILED'))::integer AS failed,
          round((percentile_cont(0.95) WITHIN GROUP (ORDER BY took_ms)
            FILTER (WHERE needed = 0))::numeric)::bigint::text AS p95_ms
        FROM recent)
      SELECT open.*, ended.*,
        (SELECT (extract(epoch FROM max(updated_at)) * 1000)::bigint::text
          FROM tasks.tasks WHERE agent = ${agent}) AS active_at_ms
      FROM open, ended`,
    loadRow,
  );
  return load as AgentLoad;
}

import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { AgentRecord } from '../domain/task.ts';
import { WAITING } from '../domain/task-state.ts';
import type { Database } from './database.ts';
import { texts } from './rows.ts';

const NEWEST = 50;

const recordRow = z
  .object({
    agent: z.string(),
    open: z.number(),
    completed: z.number(),
    cost_pico: z.string().transform(BigInt),
    failures: z.number(),
    last_failed_at_ms: z.string().nullable(),
  })
  .transform((row): AgentRecord => ({
    agent: row.agent,
    open: row.open,
    completed: row.completed,
    costPico: row.cost_pico,
    failuresInARow: row.failures,
    lastFailedAt: row.last_failed_at_ms === null ? undefined : Number(row.last_failed_at_ms),
  }));

/**
 * How agents have done their newest tasks, in the order given. A task that was never begun says
 * nothing of its agent; one that was, and then failed, counts as often as it was tried.
 */
export async function readRecords(
  database: Database,
  agents: readonly string[],
): Promise<AgentRecord[]> {
  if (agents.length === 0) return [];
  return database.query(
    sql`SELECT asked.agent, (
        SELECT count(*) FROM tasks.tasks
        WHERE agent = asked.agent
          AND (state = 'WORKING' OR (state = 'SUBMITTED' AND job_id IS NOT NULL)))::integer AS open,
        newest.*
      FROM unnest(${texts(agents)}) WITH ORDINALITY AS asked(agent, place)
      CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE state = 'COMPLETED')::integer AS completed,
          coalesce(sum(cost_pico) FILTER (WHERE state = 'COMPLETED'), 0)::bigint::text AS cost_pico,
          coalesce(sum(failed) FILTER (WHERE last_good IS NULL OR updated_at > last_good), 0)::integer AS failures,
          (extract(epoch FROM max(updated_at) FILTER (WHERE failed > 0)) * 1000)::bigint::text AS last_failed_at_ms
        FROM (
          SELECT state, cost_pico, updated_at,
            CASE WHEN state = 'FAILED' AND attempt > 0 THEN greatest(failures, 1)
              WHEN state IN ('SUBMITTED', 'WORKING') THEN failures ELSE 0 END AS failed,
            max(updated_at) FILTER (WHERE state = 'COMPLETED' OR state = ANY (${texts(WAITING)}))
              OVER () AS last_good
          FROM (
            SELECT state, cost_pico, updated_at, attempt, failures FROM tasks.tasks
            WHERE agent = asked.agent ORDER BY created_at DESC LIMIT ${NEWEST}::integer) AS recent
        ) AS judged) AS newest
      ORDER BY place`,
    recordRow,
  );
}

import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Database } from './database.ts';
import { storableText } from './storable.ts';

/** What we think of an agent; PROPOSED here, SENDING or SENT to the chain. */
export interface Rating {
  readonly id: string;
  readonly agent: string;
  readonly executionId: string | undefined;
  readonly category: string;
  /** 0 to 100. */
  readonly value: number;
  readonly reason: string;
  /** JSON whose hash goes on chain. */
  readonly evidence: string;
  readonly evidenceHash: string;
  readonly state: 'PROPOSED' | 'SENDING' | 'SENT';
  readonly transactionHash: string | undefined;
}

const text = z.string();
const absent = text.nullable().transform((one) => one ?? undefined);
const COLUMNS = sql.raw(
  'id, agent, execution_id, category, value, reason, evidence, evidence_hash, state, transaction_hash',
);
const row = z
  .object({
    ...{ id: text, agent: text, execution_id: absent, category: text, value: z.number() },
    ...{ reason: text, evidence: text, evidence_hash: text, transaction_hash: absent },
    state: z.enum(['PROPOSED', 'SENDING', 'SENT']),
  })
  .transform(
    ({
      execution_id: executionId,
      evidence_hash: evidenceHash,
      transaction_hash: hash,
      ...rest
    }): Rating => ({ ...rest, executionId, evidenceHash, transactionHash: hash }),
  );

/**
 * Keeps a rating; one that is only proposed gives way to it, one that was sent stays.
 * @returns the one that stands
 */
export async function keepRating(
  database: Database,
  rating: Omit<Rating, 'transactionHash'>,
): Promise<Rating> {
  const { id, agent, executionId = null, category, value, evidenceHash, state } = rating;
  const [kept] = await database.query(
    sql`INSERT INTO registry.ratings
        (id, agent, execution_id, category, value, reason, evidence, evidence_hash, state)
      VALUES (${id}, ${agent}, ${executionId}, ${category}, ${value}::integer,
        ${storableText(rating.reason)}, ${storableText(rating.evidence)}, ${evidenceHash}, ${state})
      ON CONFLICT (id) DO UPDATE SET
        value = CASE WHEN ratings.state = 'PROPOSED' THEN excluded.value ELSE ratings.value END,
        reason = CASE WHEN ratings.state = 'PROPOSED' THEN excluded.reason ELSE ratings.reason END,
        evidence =
          CASE WHEN ratings.state = 'PROPOSED' THEN excluded.evidence ELSE ratings.evidence END,
        evidence_hash = CASE WHEN ratings.state = 'PROPOSED' THEN excluded.evidence_hash
          ELSE ratings.evidence_hash END,
        state = CASE WHEN ratings.state = 'PROPOSED' THEN excluded.state ELSE ratings.state END,
        updated_at = clock_timestamp()
      RETURNING ${COLUMNS}`,
    row,
  );
  return kept ?? { ...rating, transactionHash: undefined };
}

/** The chain has it. */
export async function markSent(
  database: Database,
  id: string,
  transactionHash: string,
): Promise<void> {
  await database.query(
    sql`UPDATE registry.ratings SET state = 'SENT', transaction_hash = ${transactionHash},
        updated_at = clock_timestamp()
      WHERE id = ${id} RETURNING ${COLUMNS}`,
    row,
  );
}

/** Ratings that were being sent when their process ended, oldest first. */
export async function unsentRatings(database: Database): Promise<Rating[]> {
  return database.query(
    sql`SELECT ${COLUMNS} FROM registry.ratings WHERE state = 'SENDING'
      ORDER BY created_at LIMIT 100`,
    row,
  );
}

/** A call that has ended, and that nobody has rated. */
export interface UnratedExecution {
  readonly id: string;
  readonly agent: string;
  readonly tool: string;
  readonly latencyMs: number;
  readonly isSuccess: boolean;
  readonly costPico: bigint;
}

/** Calls of the last hour that were not rated, oldest first. */
export async function unratedExecutions(database: Database): Promise<UnratedExecution[]> {
  return database.query(
    sql`SELECT id, agent, tool, latency_ms, cost_pico::text AS cost_pico,
        state = 'COMPLETED' AS is_success
      FROM registry.executions
      WHERE ended_at > clock_timestamp() - interval '1 hour' AND (state = 'COMPLETED' OR is_theirs)
        AND NOT EXISTS (SELECT 1 FROM registry.ratings WHERE execution_id = executions.id)
      ORDER BY ended_at LIMIT 20`,
    z
      .object({
        ...{ id: text, agent: text, tool: text, latency_ms: z.number(), is_success: z.boolean() },
        cost_pico: text.transform(BigInt),
      })
      .transform(
        ({ latency_ms: latencyMs, is_success: isSuccess, cost_pico: costPico, ...rest }) => ({
          ...{ ...rest, latencyMs, isSuccess, costPico },
        }),
      ),
  );
}

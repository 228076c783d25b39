import { sql } from 'drizzle-orm';
import { z } from 'zod';
import {
  INSTANCE_STATES,
  rangePlanSchema,
  type HostedInstance,
  type RangePlan,
} from '../domain/hosted-instance.ts';
import type { Database } from './database.ts';

const left = (column: string) =>
  sql.raw(
    `(extract(epoch FROM ${column} - clock_timestamp()) * 1000)::bigint::text AS ${column}_ms`,
  );
const COLUMNS = sql`agent_id, generation, index, turn, state, deployment_id, failures, failure,
  ${left('drain_until')}, ${left('not_before')}`;

const instanceRow = z
  .object({
    agent_id: z.string(),
    generation: z.number(),
    index: z.number(),
    turn: z.number(),
    state: z.enum(INSTANCE_STATES),
    deployment_id: z.string().nullable(),
    failures: z.number(),
    failure: z.string().nullable(),
    drain_until_ms: z.string().transform(Number),
    not_before_ms: z.string().transform(Number),
  })
  .transform((row): HostedInstance => ({
    ...{ agentId: row.agent_id, generation: row.generation, index: row.index, turn: row.turn },
    ...{ state: row.state, deploymentId: row.deployment_id ?? undefined, failures: row.failures },
    failure: row.failure ?? undefined,
    ...{ drainLeftMs: row.drain_until_ms, waitMs: row.not_before_ms },
  }));
const nothing = z.unknown();

type Which = Pick<HostedInstance, 'agentId' | 'index' | 'turn'>;

/** Instances of hosted agents that were opened or closed beside their creation; of one agent or all. */
export async function listHostedInstances(
  database: Database,
  agentId?: string,
): Promise<HostedInstance[]> {
  const whose = agentId === undefined ? sql`true` : sql`agent_id = ${agentId}`;
  return database.query(
    sql`SELECT ${COLUMNS} FROM lifecycle.hosted_instances WHERE ${whose} ORDER BY agent_id, index`,
    instanceRow,
  );
}

/**
 * Wants an instance opened that is not there; undefined when it is, or has to wait.
 */
export async function beginOpening(
  database: Database,
  { agentId, generation, index }: Pick<HostedInstance, 'agentId' | 'generation' | 'index'>,
): Promise<HostedInstance | undefined> {
  const [begun] = await database.query(
    sql`INSERT INTO lifecycle.hosted_instances AS mine (id, agent_id, index, generation, turn, state)
      VALUES (${idOf({ agentId, index })}, ${agentId}, ${index}::integer, ${generation}::integer, 1,
        'opening')
      ON CONFLICT (id) DO UPDATE SET state = 'opening', turn = mine.turn + 1,
        generation = excluded.generation, deployment_id = NULL
      WHERE mine.state = 'closed' AND mine.not_before <= clock_timestamp()
      RETURNING ${COLUMNS}`,
    instanceRow,
  );
  return begun;
}

/** It answers; undefined when it is not wanted any more. */
export async function noteOpened(
  database: Database,
  { agentId, index, turn }: Which,
  deploymentId: string,
): Promise<HostedInstance | undefined> {
  const [opened] = await database.query(
    sql`UPDATE lifecycle.hosted_instances SET state = 'ready', deployment_id = ${deploymentId},
        failures = 0, failure = NULL
      WHERE id = ${idOf({ agentId, index })} AND turn = ${turn}::integer AND state IN ('opening', 'ready')
      RETURNING ${COLUMNS}`,
    instanceRow,
  );
  return opened;
}

/**
 * Has an instance end; one that came with the agent has no row of its generation until then. Undefined
 * when it ends already, or another opening of it has followed.
 */
export async function beginDraining(
  database: Database,
  one: Pick<HostedInstance, 'agentId' | 'generation' | 'index' | 'turn' | 'deploymentId'>,
  drainMs: number,
): Promise<HostedInstance | undefined> {
  const { agentId, generation, index, turn, deploymentId = null } = one;
  const isFormer = sql`(mine.state = 'closed' AND mine.generation < excluded.generation)`;
  const until = sql`clock_timestamp() + ${drainMs}::bigint * interval '1 millisecond'`;
  const [begun] = await database.query(
    sql`INSERT INTO lifecycle.hosted_instances AS mine (id, agent_id, index, generation, turn, state,
        deployment_id, drain_until)
      SELECT ${idOf({ agentId, index })}, ${agentId}, ${index}::integer, ${generation}::integer, 0,
        'draining', ${deploymentId}::text, ${until} WHERE ${deploymentId}::text IS NOT NULL
        OR EXISTS (SELECT 1 FROM lifecycle.hosted_instances WHERE id = ${idOf({ agentId, index })})
      ON CONFLICT (id) DO UPDATE SET state = 'draining', drain_until = excluded.drain_until,
        turn = CASE WHEN ${isFormer} THEN mine.turn + 1 ELSE mine.turn END,
        deployment_id = CASE WHEN ${isFormer} THEN excluded.deployment_id ELSE mine.deployment_id END,
        generation = excluded.generation
      WHERE ${isFormer} OR (mine.state IN ('opening', 'ready') AND mine.turn = ${turn}::integer)
      RETURNING ${COLUMNS}`,
    instanceRow,
  );
  return begun;
}

/** Nothing of it is left. With a failure it may be opened again after a while only. */
export async function noteClosed(
  database: Database,
  { agentId, index, turn }: Which,
  failed?: { readonly failure: string; readonly waitMs: number },
): Promise<void> {
  const { failure = null, waitMs = 0 } = failed ?? {};
  const failures = failed ? sql`failures + 1` : sql`0`;
  await database.query(
    sql`UPDATE lifecycle.hosted_instances SET state = 'closed', failures = ${failures},
        failure = ${failure}::text,
        not_before = clock_timestamp() + ${waitMs}::bigint * interval '1 millisecond'
      WHERE id = ${idOf({ agentId, index })} AND turn = ${turn}::integer AND state <> 'closed'`,
    nothing,
  );
}

function idOf({ agentId, index }: Pick<HostedInstance, 'agentId' | 'index'>): string {
  return `${agentId}#${String(index)}`;
}

// --- how many there may be

/** What was approved for an agent, and what was asked for last. */
export interface KeptRange {
  readonly approved: RangePlan | undefined;
  readonly asked: { readonly digest: string; readonly approvalId: string } | undefined;
}

const rangeRow = z.object({
  approved: z.string().nullable(),
  asked_digest: z.string().nullable(),
  asked_id: z.string().nullable(),
});

export async function readRange(database: Database, agentId: string): Promise<KeptRange> {
  const [row] = await database.query(
    sql`SELECT approved, asked_digest, asked_id FROM lifecycle.hosted_ranges
      WHERE agent_id = ${agentId}`,
    rangeRow,
  );
  const { approved = null, asked_digest: digest = null, asked_id: approvalId = null } = row ?? {};
  return {
    approved: approved === null ? undefined : rangePlanSchema.parse(JSON.parse(approved)),
    asked: digest === null || approvalId === null ? undefined : { digest, approvalId },
  };
}

export async function noteAsked(
  database: Database,
  agentId: string,
  { digest, approvalId }: { readonly digest: string; readonly approvalId: string },
): Promise<void> {
  await database.query(
    sql`INSERT INTO lifecycle.hosted_ranges (agent_id, asked_digest, asked_id)
      VALUES (${agentId}, ${digest}, ${approvalId})
      ON CONFLICT (agent_id) DO UPDATE
        SET asked_digest = excluded.asked_digest, asked_id = excluded.asked_id`,
    nothing,
  );
}

export async function noteApproved(database: Database, plan: RangePlan): Promise<void> {
  await database.query(
    sql`INSERT INTO lifecycle.hosted_ranges (agent_id, approved)
      VALUES (${plan.agentId}, ${JSON.stringify(plan)})
      ON CONFLICT (agent_id) DO UPDATE SET approved = excluded.approved`,
    nothing,
  );
}

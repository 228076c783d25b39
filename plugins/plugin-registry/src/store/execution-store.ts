import type { PicoUsd } from '@371os/kernel';
import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { PLATFORMS } from '../domain/discovery/indexed-agent.ts';
import type { Measurement } from '../domain/monitor/network-report.ts';
import type { Receipt } from '../domain/tools/execution.ts';
import type { Database } from './database.ts';
import { storableJson, storableText } from './storable.ts';

/** A call of a tool as it is kept. */
export interface Execution {
  readonly id: string;
  readonly digest: string;
  readonly agent: string;
  readonly tool: string;
  /** LOST: the process died over it. */
  readonly state: 'RUNNING' | 'COMPLETED' | 'FAILED' | 'LOST';
  readonly costPico: PicoUsd;
  readonly latencyMs: number | undefined;
  readonly receipt: Receipt | undefined;
  /** JSON that a stranger wrote. */
  readonly output: string | undefined;
  readonly failure: string | undefined;
}

const text = z.string();
const exact = text.transform(BigInt);
const nothing = z.unknown();
const absent = text.nullable().transform((one) => one ?? undefined);

const receipt = z.object({
  ...{ executionId: text, tool: text, costUsd: text, isPaid: z.boolean(), startedAt: text },
  provenance: z.object({
    ...{ agentId: text, agentName: text, owner: text, blockNumber: z.number(), endpoint: text },
    cid: text.optional().transform((one) => one),
    platform: z.enum(PLATFORMS),
  }),
  ...{ latencyMs: z.number(), inputHash: text, outputHash: text, verificationHash: text },
});

const COLUMNS = sql.raw(`id, digest, agent, tool, cost_pico::text AS cost_pico, latency_ms, receipt,
  output, failure,
  CASE WHEN state = 'RUNNING' AND runs_until < clock_timestamp() THEN 'LOST' ELSE state END AS state`);

const row = z
  .object({
    ...{ id: text, digest: text, agent: text, tool: text },
    state: z.enum(['RUNNING', 'COMPLETED', 'FAILED', 'LOST']),
    ...{ cost_pico: exact, latency_ms: z.number().nullable(), receipt: receipt.nullable() },
    ...{ output: absent, failure: absent },
  })
  .transform(({ cost_pico: costPico, latency_ms: latency, receipt: kept, ...rest }): Execution => ({
    ...{ ...rest, costPico, latencyMs: latency ?? undefined },
    receipt: kept
      ? { ...kept, provenance: { ...kept.provenance, cid: kept.provenance.cid } }
      : undefined,
  }));

/** Begins a call; false when there is one with that id already. */
export async function beginExecution(
  database: Database,
  call: Pick<Execution, 'id' | 'digest' | 'agent' | 'tool' | 'costPico'> & {
    readonly platform: string;
    readonly requesterId: string;
    readonly withinMs: number;
  },
): Promise<boolean> {
  const begun = await database.query(
    sql`INSERT INTO registry.executions
        (id, digest, agent, tool, platform, requester_id, state, cost_pico, runs_until)
      VALUES (${call.id}, ${call.digest}, ${call.agent}, ${call.tool}, ${call.platform},
        ${call.requesterId}, 'RUNNING', ${String(call.costPico)}::bigint,
        clock_timestamp() + ${call.withinMs}::integer * interval '1 millisecond')
      ON CONFLICT (id) DO NOTHING RETURNING id`,
    nothing,
  );
  return begun.length === 1;
}

export async function findExecution(
  database: Database,
  id: string,
): Promise<Execution | undefined> {
  const [found] = await database.query(
    sql`SELECT ${COLUMNS} FROM registry.executions WHERE id = ${id}`,
    row,
  );
  return found;
}

/** Ends a call well. */
export async function completeExecution(
  database: Database,
  id: string,
  { receipt: proof, output }: { receipt: Receipt; output: string },
): Promise<void> {
  await database.query(
    sql`UPDATE registry.executions
      SET state = 'COMPLETED', ended_at = clock_timestamp(), latency_ms = ${proof.latencyMs}::integer,
        receipt = ${storableJson(proof)}::jsonb, output = ${storableText(output)}
      WHERE id = ${id} AND state = 'RUNNING' RETURNING id`,
    nothing,
  );
}

/** Ends a call that failed; nothing is owed for it. */
export async function failExecution(
  database: Database,
  id: string,
  failed: { failure: string; latencyMs: number; isTheirs: boolean },
): Promise<void> {
  await database.query(
    sql`UPDATE registry.executions
      SET state = 'FAILED', ended_at = clock_timestamp(), cost_pico = 0,
        latency_ms = ${failed.latencyMs}::integer, is_theirs = ${failed.isTheirs}::boolean,
        failure = ${storableText(failed.failure)}
      WHERE id = ${id} AND state = 'RUNNING' RETURNING id`,
    nothing,
  );
}

/** A task of an agent of this company, as it has been measured. */
export interface OwnMeasurement extends Measurement {
  /** Of the task: measured again it is the same one. */
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly atMs: number;
}

/** Keeps what has been measured; what is kept already stays as it is. */
export async function keepMeasurements(
  database: Database,
  measured: readonly OwnMeasurement[],
): Promise<void> {
  const rows = measured.map(({ id, agent, latencyMs, costPico, isSuccess, atMs }) => ({
    ...{ id, agent, latency: Math.round(latencyMs), cost: String(costPico) },
    ...{ success: isSuccess, at: atMs },
  }));
  await database.query(
    sql`INSERT INTO registry.measurements (id, agent, latency_ms, cost_pico, is_success, at)
      SELECT id, agent, latency, cost::bigint, success, to_timestamp(at / 1000)
      FROM json_to_recordset(${storableJson(rows)}::json)
        AS given(id text, agent text, latency integer, cost text, success boolean, at double precision)
      ON CONFLICT (id) DO NOTHING`,
    nothing,
  );
}

/**
 * Calls that have ended, by us or by their process's death, and tasks of our own agents, in a span of
 * time, oldest first.
 */
export async function readMeasurements(
  database: Database,
  { fromMs, toMs, agent }: { fromMs: number; toMs: number; agent?: string | undefined },
): Promise<Measurement[]> {
  const moment = (ms: number) => sql`to_timestamp(${ms}::double precision / 1000)`;
  return database.query(
    sql`SELECT agent, latency_ms, cost_pico::text AS cost_pico, is_success FROM (
        SELECT agent, latency_ms, cost_pico, state = 'COMPLETED' AS is_success, started_at AS at
        FROM registry.executions WHERE state = 'COMPLETED' OR is_theirs
        UNION ALL SELECT agent, latency_ms, cost_pico, is_success, at FROM registry.measurements
      ) AS measured
      WHERE at >= ${moment(fromMs)} AND at < ${moment(toMs)}
        AND (${agent ?? null}::text IS NULL OR agent = ${agent ?? null})
      ORDER BY at LIMIT 100000`,
    z
      .object({ agent: text, latency_ms: z.number(), cost_pico: exact, is_success: z.boolean() })
      .transform(
        ({ latency_ms: latencyMs, cost_pico: costPico, is_success: isSuccess, ...rest }) => ({
          ...{ ...rest, latencyMs, costPico, isSuccess },
        }),
      ),
  );
}

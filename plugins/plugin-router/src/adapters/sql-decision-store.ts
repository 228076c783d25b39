import { sql, type SQL } from 'drizzle-orm';
import { StatementRunner, type StatementExecutor } from '@371os/kernel';
import { z } from 'zod';
import { AVAILABILITIES } from '../domain/availability.ts';
import type { CallReason, Decision } from '../domain/decision.ts';
import { BY_RULES, type PartRecord } from '../domain/reading.ts';
import { DecisionStoreError } from '../errors.ts';
import type { DecisionStore } from '../ports.ts';

export type SqlExecutor = StatementExecutor<SQL>;

/** A statement whose rows nobody looks at. */
const nothing = z.unknown();
const idRow = z.object({ task_id: z.string() });
const amount = z.string().transform((text) => BigInt(text));

// Decisions of before agents had a standing lack it.
const candidate = z.object({
  agent: z.string(),
  role: z.string(),
  score: z.number(),
  nearest: z.string(),
  availability: z.enum(AVAILABILITIES).default('free'),
  open: z.number().default(0),
  concurrency: z.number().default(1),
  failuresInARow: z.number().default(0),
  usdPerTask: z.string().optional(),
  rateBasis: z.string().optional(),
  verdict: z.string().default(''),
});

// Decisions of before parts had a record lack it.
const part = z.object({
  relation: z.enum(['parallel', 'sequential', 'conditional']).optional(),
  condition: z.string().optional(),
  context: z.string().optional(),
  note: z.string().optional(),
  needsModel: z.boolean().optional(),
  split: z
    .object({
      by: z.enum(['rules', 'model']),
      doubts: z.array(z.string()),
      model: z.string().optional(),
      costPico: amount,
      refusal: z.string().optional(),
    })
    .default(() => ({ ...BY_RULES, doubts: [] })),
});

const call = z.object({
  model: z.string(),
  slot: z.string(),
  reason: z.string(),
  status: z.string(),
  costPico: amount,
});

const callsRow = z.object({ calls: z.array(call) });

const row = z.object({
  task_id: z.string(),
  room_id: z.string(),
  requester_id: z.string(),
  text: z.string(),
  is_confidential: z.boolean(),
  agent: z.string(),
  reason: z.string(),
  state: z.string(),
  cost_pico: amount,
  candidates: z.array(candidate),
  part,
  calls: z.array(call),
  at_ms: z.string().transform(Number),
});

/** Decisions in the `router` schema of ElizaOS's own database. */
export class SqlDecisionStore implements DecisionStore {
  readonly #database: StatementRunner<SQL>;

  constructor(database: SqlExecutor) {
    this.#database = new StatementRunner(database, (cause) => new DecisionStoreError({ cause }));
  }

  async add(decision: Decision): Promise<void> {
    await this.#database.query(
      sql`
      INSERT INTO router.decisions
        (task_id, room_id, requester_id, text, is_confidential, agent, reason, candidates, part, calls, state)
      VALUES (${decision.taskId}, ${decision.roomId}, ${decision.requesterId}, ${decision.text},
        ${decision.isConfidential}, ${decision.agent}, ${decision.reason}, ${JSON.stringify(decision.candidates)}::jsonb,
        ${jsonOf(decision.part)}::jsonb,
        '[]'::jsonb, ${decision.state})
      ON CONFLICT (task_id) DO NOTHING`,
      nothing,
    );
  }

  async finish(
    taskId: string,
    { state, costPico, calls }: Pick<Decision, 'state' | 'costPico' | 'calls'>,
  ): Promise<void> {
    const kept = calls.map((call) => ({ ...call, costPico: String(call.costPico) }));
    // Whoever tells the asker may know less of the cost than the attempt that ended meanwhile.
    await this.#database.query(
      sql`
      UPDATE router.decisions
      SET state = ${state}, cost_pico = greatest(cost_pico, ${String(costPico)}::bigint),
        calls = calls || ${JSON.stringify(kept)}::jsonb, updated_at = now()
      WHERE task_id = ${taskId}`,
      nothing,
    );
  }

  async wasTold(taskId: string, state: string): Promise<boolean> {
    const rows = await this.#database.query(
      sql`
      SELECT task_id FROM router.decisions
      WHERE task_id = ${taskId} AND told_state IS DISTINCT FROM ${state}`,
      nothing,
    );
    return rows.length === 0;
  }

  async noteTold(taskId: string, state: string): Promise<void> {
    await this.#database.query(
      sql`
      UPDATE router.decisions SET told_state = ${state} WHERE task_id = ${taskId}`,
      nothing,
    );
  }

  async callsOf(taskId: string): Promise<readonly CallReason[]> {
    const rows = await this.#database.query(
      sql`
      SELECT calls FROM router.decisions WHERE task_id = ${taskId}`,
      callsRow,
    );
    return rows.flatMap(({ calls }) => calls);
  }

  async listUntold(limit: number): Promise<string[]> {
    const rows = await this.#database.query(
      sql`
      SELECT task_id FROM router.decisions
      WHERE told_state IS NULL OR told_state NOT IN ('COMPLETED', 'FAILED', 'CANCELED', 'REJECTED')
      ORDER BY created_at DESC LIMIT ${limit}`,
      idRow,
    );
    return rows.map(({ task_id }) => task_id);
  }

  async prune(keepDays: number): Promise<void> {
    await this.#database.query(
      sql`
      DELETE FROM router.decisions
      WHERE told_state IN ('COMPLETED', 'FAILED', 'CANCELED', 'REJECTED')
        AND updated_at < now() - ${keepDays}::integer * interval '1 day'`,
      nothing,
    );
  }

  async last(
    { requesterId, ...where }: Parameters<DecisionStore['last']>[0],
    limit: number,
  ): Promise<Decision[]> {
    const rooms = where.rooms === undefined ? null : JSON.stringify(where.rooms);
    const rows = await this.#database.query(
      sql`
      SELECT task_id, room_id, requester_id, text, is_confidential, agent, reason, state, cost_pico::text AS cost_pico,
        candidates, part, calls, (extract(epoch FROM created_at) * 1000)::bigint::text AS at_ms
      FROM router.decisions
      WHERE (${requesterId ?? null}::text IS NULL OR requester_id = ${requesterId ?? null})
        AND (${rooms}::jsonb IS NULL OR room_id IN (SELECT jsonb_array_elements_text(${rooms}::jsonb)))
      ORDER BY created_at DESC LIMIT ${limit}`,
      row,
    );
    return rows.map((raw) => {
      const { task_id, room_id, requester_id, is_confidential, cost_pico, at_ms, ...rest } = raw;
      return {
        ...rest,
        taskId: task_id,
        roomId: room_id,
        requesterId: requester_id,
        isConfidential: is_confidential,
        costPico: cost_pico,
        atMs: at_ms,
      };
    });
  }
}

function jsonOf({ split, ...rest }: PartRecord): string {
  return JSON.stringify({ ...rest, split: { ...split, costPico: String(split.costPico) } });
}

import { ROLES } from '@371os/kernel';
import { sql, type SQL } from 'drizzle-orm';
import { z } from 'zod';
import type { Json, Task } from '../domain/task.ts';
import { TASK_STATES } from '../domain/task-state.ts';

// Statements select bigints as text: neither driver hands them over as exact numbers otherwise.
const number = z.string().transform(Number).pipe(z.number());
const absent = z
  .string()
  .nullable()
  .transform((text) => text ?? undefined);

export const json = z
  .string()
  .nullable()
  .transform((text): Json | undefined => (text === null ? undefined : (JSON.parse(text) as Json)));

/** What {@link taskRow} reads of a task. */
export const TASK_COLUMNS = sql.raw(`id, agent, text, state, answer, model,
  cost_pico::text AS cost_pico, reason, waiting_for, attempt, failures, max_attempts, timeout_ms,
  lease_seconds, priority, parent_id, depends_on, job_id, requester_id, requester_role, room_id,
  is_confidential, idempotency_key, data, (extract(epoch FROM created_at) * 1000)::bigint::text AS created_at_ms,
  (extract(epoch FROM updated_at) * 1000)::bigint::text AS updated_at_ms`);

/** A task with what the queue needs to know of it. */
export interface QueuedTask extends Task {
  readonly jobId?: string | undefined;
  readonly leaseSeconds: number;
  /** Whether others waited for it when it was last changed. */
  readonly hasDependents: boolean;
}

export const taskRow = z
  .object({
    id: z.string(),
    agent: z.string(),
    text: z.string(),
    state: z.enum(TASK_STATES),
    answer: z.string(),
    model: z.string(),
    cost_pico: z.string().transform(BigInt),
    reason: z.string(),
    waiting_for: absent,
    attempt: z.number(),
    failures: z.number(),
    max_attempts: z.number(),
    timeout_ms: z.number(),
    lease_seconds: z.number(),
    priority: z.number(),
    parent_id: absent,
    depends_on: z.array(z.string()),
    job_id: absent,
    requester_id: z.string(),
    requester_role: z.enum(ROLES),
    room_id: z.string(),
    is_confidential: z.boolean(),
    idempotency_key: absent,
    data: json,
    created_at_ms: number,
    updated_at_ms: number,
    has_dependents: z.boolean().default(false),
  })
  .transform((row): QueuedTask => ({
    id: row.id,
    agent: row.agent,
    text: row.text,
    state: row.state,
    answer: row.answer,
    model: row.model,
    costPico: row.cost_pico,
    reason: row.reason,
    waitingFor: row.waiting_for,
    attempt: row.attempt,
    failures: row.failures,
    maxAttempts: row.max_attempts,
    timeoutMs: row.timeout_ms,
    leaseSeconds: row.lease_seconds,
    priority: row.priority,
    parentId: row.parent_id,
    dependsOn: row.depends_on,
    jobId: row.job_id,
    requester: { id: row.requester_id, role: row.requester_role },
    roomId: row.room_id,
    isConfidential: row.is_confidential,
    idempotencyKey: row.idempotency_key,
    data: row.data,
    createdAt: row.created_at_ms,
    updatedAt: row.updated_at_ms,
    hasDependents: row.has_dependents,
  }));

/** A list of texts as one parameter, for `= ANY (...)`. */
export function texts(values: readonly string[]): SQL {
  return sql`ARRAY(SELECT json_array_elements_text(${JSON.stringify(values)}::json))`;
}

import { type SQL, sql } from 'drizzle-orm';
import { z } from 'zod';
import { ROLES } from '@371os/kernel';
import type { Approval, ApprovalState } from '../domain/approval.ts';
import { capId, type Cap } from '../domain/caps.ts';
import type { Database } from './database.ts';
import { absent, milliseconds, nothing, pico } from './rows.ts';

const approvalRow = z
  .object({
    id: z.string(),
    kind: z.string(),
    digest: z.string(),
    plan: z.json(),
    summary: z.string(),
    amount_pico: pico,
    minimum_role: z.enum(ROLES),
    requester: z.string(),
    room: absent,
    message: absent,
    created_ms: milliseconds,
    expires_ms: milliseconds,
    now_state: z.enum(['pending', 'granted', 'declined', 'expired', 'used']),
    decided_by: absent,
  })
  .transform((row): Approval => ({
    id: row.id,
    kind: row.kind,
    digest: row.digest,
    plan: row.plan,
    summary: row.summary,
    amountPico: row.amount_pico,
    minimumRole: row.minimum_role,
    requester: row.requester,
    room: row.room,
    message: row.message,
    createdAtMs: row.created_ms,
    expiresAtMs: row.expires_ms,
    state: row.now_state,
    decidedBy: row.decided_by,
  }));

// Nobody has to be awake for an approval to run out.
function columns(database: Database): SQL {
  return sql`id, kind, digest, plan, summary, amount_pico::text, minimum_role, requester, room, message, decided_by,
    (extract(epoch FROM created_at) * 1000)::bigint::text AS created_ms,
    (extract(epoch FROM expires_at) * 1000)::bigint::text AS expires_ms,
    CASE WHEN state IN ('pending', 'granted') AND expires_at <= ${database.clock()} THEN 'expired' ELSE state END AS now_state`;
}

/** Writes a new request down. */
export async function insertApproval(
  database: Database,
  approval: Omit<Approval, 'createdAtMs' | 'expiresAtMs' | 'state' | 'decidedBy'>,
  ttlMs: number,
): Promise<Approval | undefined> {
  const now = database.clock();
  const [row] = await database.query(
    sql`INSERT INTO treasury.approvals (id, kind, digest, plan, summary, amount_pico, minimum_role,
          requester, room, message, created_at, expires_at, state)
        VALUES (${approval.id}, ${approval.kind}, ${approval.digest}, ${JSON.stringify(approval.plan)}::text::jsonb,
          ${approval.summary}, ${approval.amountPico.toString()}::bigint, ${approval.minimumRole},
          ${approval.requester}, ${approval.room ?? null}, ${approval.message ?? null},
          ${now}, ${now} + ${ttlMs}::bigint * interval '1 millisecond', 'pending')
        RETURNING ${columns(database)}`,
    approvalRow,
  );
  return row;
}

export async function readApproval(database: Database, id: string): Promise<Approval | undefined> {
  const [row] = await database.query(
    sql`SELECT ${columns(database)} FROM treasury.approvals WHERE id = ${id}`,
    approvalRow,
  );
  return row;
}

/** Those that are pending or granted and have not run out, oldest first, at most 50. */
export async function readApprovals(database: Database, state: ApprovalState): Promise<Approval[]> {
  return database.query(
    sql`SELECT ${columns(database)} FROM treasury.approvals
        WHERE state = ${state} AND expires_at > ${database.clock()} ORDER BY created_at, id LIMIT 50`,
    approvalRow,
  );
}

/**
 * Decides a pending request, once. A message that made the request decides nothing.
 * @returns undefined when it is not there, decided already, expired, or its own message asks
 */
export async function decideApproval(
  database: Database,
  decision: { id: string; state: 'granted' | 'declined'; by: string; message?: string | undefined },
): Promise<Approval | undefined> {
  const [row] = await database.query(
    sql`UPDATE treasury.approvals
        SET state = ${decision.state}, decided_by = ${decision.by}, decided_at = ${database.clock()}
        WHERE id = ${decision.id} AND state = 'pending' AND expires_at > ${database.clock()}
          AND (message IS NULL OR message IS DISTINCT FROM ${decision.message ?? null}::text)
        RETURNING ${columns(database)}`,
    approvalRow,
  );
  return row;
}

/** Uses a granted approval up for the plan that it was granted for, once. */
export async function consumeApproval(
  database: Database,
  id: string,
  digest: string,
): Promise<Approval | undefined> {
  const [row] = await database.query(
    sql`${use(database, id, digest)} RETURNING ${columns(database)}`,
    approvalRow,
  );
  return row;
}

function use(database: Database, id: string, digest: string): SQL {
  return sql`UPDATE treasury.approvals SET state = 'used'
    WHERE id = ${id} AND digest = ${digest} AND state = 'granted' AND expires_at > ${database.clock()}`;
}

/**
 * Uses an approval up and sets the cap that it approves, in one statement: a crash leaves both or
 * neither done. Returns whether this call did it.
 */
export async function setApprovedCap(
  database: Database,
  approval: { id: string; digest: string; decidedBy: string | undefined },
  cap: Cap,
): Promise<boolean> {
  const rows = await database.query(
    sql`WITH used AS (${use(database, approval.id, approval.digest)} RETURNING id)
      INSERT INTO treasury.caps
        (id, category, scope, scope_id, period, limit_pico, changed_by, changed_at)
      SELECT ${capId(cap)}::text, ${cap.category}::text, ${cap.scope}::text, ${cap.scopeId}::text,
        ${cap.window}::text, ${cap.limitPico.toString()}::bigint,
        ${approval.decidedBy ?? 'unknown'}::text, ${database.clock()} FROM used
      ON CONFLICT (id) DO UPDATE SET limit_pico = EXCLUDED.limit_pico,
        changed_by = EXCLUDED.changed_by, changed_at = EXCLUDED.changed_at
      RETURNING id`,
    nothing,
  );
  return rows.length === 1;
}

import { sql } from 'drizzle-orm';
import { ROLES } from '@371os/kernel';
import { z } from 'zod';
import { runOrder, type Run } from '../domain/run.ts';
import type { Database } from './database.ts';

const row = z
  .object({
    id: z.string(),
    shortcut: z.string(),
    work_order: runOrder,
    requester_id: z.string(),
    requester_role: z.enum(ROLES),
    room_id: z.string(),
    is_confidential: z.boolean(),
    task_id: z.string(),
    attempt: z.number(),
    problems: z.array(z.string()),
    state: z.enum(['working', 'delivering', 'done', 'failed']),
    output: z.string(),
    asked_at_ms: z.string().transform(Number),
  })
  .transform((raw): Run => ({
    ...{ id: raw.id, shortcut: raw.shortcut, order: raw.work_order, roomId: raw.room_id },
    ...{ requester: { id: raw.requester_id, role: raw.requester_role }, taskId: raw.task_id },
    ...{ isConfidential: raw.is_confidential, attempt: raw.attempt, problems: raw.problems },
    ...{ state: raw.state, output: raw.output, askedAtMs: raw.asked_at_ms },
  }));
const nothing = z.unknown();

const COLUMNS = sql.raw(
  'id, shortcut, work_order, requester_id, requester_role, room_id, is_confidential, task_id, attempt, problems, state, output, (extract(epoch FROM created_at) * 1000)::bigint::text AS asked_at_ms',
);
const KEPT_DAYS = 90;

/** Runs of shortcuts. A run goes from one state to the next once, whoever has it do so. */
export class RunStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async add({ id, shortcut, order, requester, ...run }: Run): Promise<void> {
    await this.#database.query(
      sql`INSERT INTO comet.runs (id, shortcut, work_order, requester_id, requester_role, room_id,
          is_confidential, task_id, state)
        VALUES (${id}, ${shortcut}, ${JSON.stringify(order)}::jsonb, ${requester.id},
          ${requester.role}, ${run.roomId}, ${run.isConfidential}, ${run.taskId}, 'working')`,
      nothing,
    );
  }

  /** Those that have not ended, oldest first. */
  async open(limit: number): Promise<Run[]> {
    return this.#database.query(
      sql`SELECT ${COLUMNS} FROM comet.runs WHERE state IN ('working', 'delivering')
        ORDER BY created_at LIMIT ${limit}::integer`,
      row,
    );
  }

  async openOfTask(taskId: string): Promise<Run | undefined> {
    const [found] = await this.#database.query(
      sql`SELECT ${COLUMNS} FROM comet.runs
        WHERE task_id = ${taskId} AND state IN ('working', 'delivering')`,
      row,
    );
    return found;
  }

  /** Begins the second attempt as another task; undefined when somebody else has. */
  async mend(run: Run, taskId: string, problems: readonly string[]): Promise<Run | undefined> {
    const [mended] = await this.#database.query(
      sql`UPDATE comet.runs SET task_id = ${taskId}, attempt = attempt + 1, updated_at = now(),
          problems = ${JSON.stringify(problems)}::jsonb
        WHERE id = ${run.id} AND task_id = ${run.taskId} AND state = 'working'
        RETURNING ${COLUMNS}`,
      row,
    );
    return mended;
  }

  /** Keeps a good output, which is then delivered; undefined when it has been already. */
  async keepOutput(run: Run, output: string): Promise<Run | undefined> {
    const [kept] = await this.#database.query(
      sql`UPDATE comet.runs SET state = 'delivering', output = ${output}, updated_at = now()
        WHERE id = ${run.id} AND task_id = ${run.taskId} AND state = 'working'
        RETURNING ${COLUMNS}`,
      row,
    );
    return kept;
  }

  async end(id: string, state: 'done' | 'failed'): Promise<void> {
    await this.#database.query(
      sql`UPDATE comet.runs SET state = ${state}, updated_at = now()
        WHERE id = ${id} AND state IN ('working', 'delivering')`,
      nothing,
    );
  }

  /** Forgets those that ended 90 days ago. */
  async prune(): Promise<void> {
    await this.#database.query(
      sql`DELETE FROM comet.runs WHERE state IN ('done', 'failed')
        AND updated_at < now() - ${KEPT_DAYS}::integer * interval '1 day'`,
      nothing,
    );
  }
}

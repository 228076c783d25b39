import { sql, type SQL } from 'drizzle-orm';
import { hasRole, type Principal, type Role } from '@371os/kernel';
import type { Task, TaskOutcome, TaskState } from '../domain/task.ts';
import type { TaskStore } from '../ports.ts';

/** What both of ElizaOS's database drivers offer. */
export interface SqlExecutor {
  execute(query: SQL): Promise<{ rows: Record<string, unknown>[] }>;
}

/** Tasks in the `router` schema of ElizaOS's own database, PGlite or PostgreSQL. */
export class SqlTaskStore implements TaskStore {
  readonly #database: SqlExecutor;

  constructor(database: SqlExecutor) {
    this.#database = database;
  }

  async add(task: Task): Promise<void> {
    await this.#database.execute(sql`
      INSERT INTO router.tasks (id, agent, text, state, reason, requester_id, requester_role, room_id, is_confidential)
      VALUES (${task.id}, ${task.agent}, ${task.text}, ${task.state}, ${task.reason},
              ${task.requester.id}, ${task.requester.role}, ${task.roomId}, ${task.isConfidential})`);
  }

  async finish(id: string, outcome: TaskOutcome, costPico: bigint): Promise<void> {
    await this.#database.execute(sql`
      UPDATE router.tasks
      SET state = ${outcome.state}, answer = ${outcome.answer}, model = ${outcome.model},
          waiting_for = ${outcome.waitingFor ?? null}, cost_pico = ${costPico.toString()}::bigint,
          updated_at = now()
      WHERE id = ${id}`);
  }

  async listWaiting(missing: string): Promise<string[]> {
    const rows = await this.#rows(sql`
      SELECT id FROM router.tasks
      WHERE state = 'INPUT_REQUIRED' AND waiting_for = ${missing} ORDER BY created_at`);
    return rows.map((row) => asText(row['id']));
  }

  async claim(id: string): Promise<Task | undefined> {
    const [row] = await this.#rows(sql`
      UPDATE router.tasks SET state = 'WORKING', attempt = attempt + 1, updated_at = now()
      WHERE id = ${id} AND state = 'INPUT_REQUIRED' RETURNING *`);
    return row ? taskOf(row) : undefined;
  }

  async failAbandoned(answer: string): Promise<Task[]> {
    const rows = await this.#rows(sql`
      UPDATE router.tasks SET state = 'FAILED', answer = ${answer}, updated_at = now()
      WHERE state = 'WORKING' RETURNING *`);
    return rows.map(taskOf);
  }

  async listFor(principal: Principal, limit: number): Promise<Task[]> {
    const all = hasRole(principal, 'owner');
    const rows = await this.#rows(sql`
      SELECT * FROM router.tasks WHERE ${all} OR requester_id = ${principal.id}
      ORDER BY created_at DESC LIMIT ${limit}`);
    return rows.map(taskOf);
  }

  async #rows(query: SQL): Promise<Record<string, unknown>[]> {
    return (await this.#database.execute(query)).rows;
  }
}

function taskOf(row: Record<string, unknown>): Task {
  const text = (column: string): string => asText(row[column]);
  return {
    id: text('id'),
    agent: text('agent'),
    text: text('text'),
    state: text('state') as TaskState,
    answer: text('answer'),
    model: text('model'),
    costPico: BigInt(text('cost_pico')),
    reason: text('reason'),
    waitingFor: row['waiting_for'] === null ? undefined : text('waiting_for'),
    requester: { id: text('requester_id'), role: text('requester_role') as Role },
    roomId: text('room_id'),
    isConfidential: row['is_confidential'] === true,
  };
}

// Counts come back as text or number, by driver and size.
function asText(value: unknown): string {
  return typeof value === 'string'
    ? value
    : typeof value === 'number' || typeof value === 'bigint'
      ? String(value)
      : '';
}

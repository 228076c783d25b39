import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Assignment, AssignmentBook } from '../ports/assignment-book.ts';
import type { Database } from './database.ts';

const row = z
  .object({ task_id: z.string(), index: z.number(), deployment_id: z.string(), turn: z.number() })
  .transform(({ task_id, deployment_id, ...same }): Assignment => ({
    ...{ ...same, taskId: task_id, deploymentId: deployment_id },
  }));
const COLUMNS = sql.raw('task_id, index, deployment_id, turn');
const nothing = z.unknown();
const KEPT_DAYS = 90;

/** Assignments in the schema `lifecycle`. */
export class SqlAssignments implements AssignmentBook {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async find(taskIds: readonly string[]): Promise<Assignment[]> {
    if (taskIds.length === 0) return [];
    return this.#database.query(
      sql`SELECT ${COLUMNS} FROM lifecycle.hosted_tasks WHERE task_id IN (
        SELECT id FROM json_array_elements_text(${JSON.stringify(taskIds)}::json) AS asked(id))`,
      row,
    );
  }

  async assign(
    one: Omit<Assignment, 'turn'> & { readonly agentId: string },
    before: number | undefined,
  ): Promise<Assignment | undefined> {
    const { taskId, agentId, index, deploymentId } = one;
    const [assigned] = await this.#database.query(
      sql`INSERT INTO lifecycle.hosted_tasks AS mine (task_id, agent_id, index, deployment_id)
        VALUES (${taskId}, ${agentId}, ${index}::integer, ${deploymentId})
        ON CONFLICT (task_id) DO UPDATE SET index = excluded.index, turn = mine.turn + 1,
          deployment_id = excluded.deployment_id, at = clock_timestamp()
        WHERE mine.turn = ${before ?? 0}::integer
        RETURNING ${COLUMNS}`,
      row,
    );
    return assigned;
  }

  async release({ taskId, turn }: Pick<Assignment, 'taskId' | 'turn'>): Promise<void> {
    await this.#database.query(
      sql`UPDATE lifecycle.hosted_tasks SET turn = turn + 1, deployment_id = ''
        WHERE task_id = ${taskId} AND turn = ${turn}::integer`,
      nothing,
    );
  }

  /** Forgets where old tasks were. */
  async prune(): Promise<void> {
    await this.#database.query(
      sql`DELETE FROM lifecycle.hosted_tasks
        WHERE at < clock_timestamp() - ${KEPT_DAYS}::integer * interval '1 day'`,
      nothing,
    );
  }
}

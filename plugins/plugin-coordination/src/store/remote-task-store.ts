import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { RemoteTask, RemoteTasks } from '../ports/remote-tasks.ts';
import type { Database } from './database.ts';

const MOST_OPEN = 500;
const KEEP_DAYS = 90;
// Who has not answered by then does not answer.
const FOLLOWED_DAYS = 7;

const remoteRow = z
  .object({
    ...{
      task_id: z.string(),
      agent: z.string(),
      url: z.string(),
      remote_id: z.string().nullable(),
    },
    ...{ reservation_id: z.string(), price_pico: z.coerce.bigint() },
    ...{ has_ended: z.boolean(), is_overdue: z.boolean() },
  })
  .transform((row): RemoteTask => ({
    ...{ taskId: row.task_id, agent: row.agent, url: row.url },
    ...{ remoteId: row.remote_id ?? undefined, reservationId: row.reservation_id },
    ...{ pricePico: row.price_pico, hasEnded: row.has_ended, isOverdue: row.is_overdue },
  }));
const COLUMNS = sql`task_id, agent, url, remote_id, reservation_id, price_pico, has_ended,
  at < now() - make_interval(days => ${FOLLOWED_DAYS}) AS is_overdue`;

/** Tasks that others do, in the database. */
export class SqlRemoteTaskStore implements RemoteTasks {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async find(taskId: string): Promise<RemoteTask | undefined> {
    const [task] = await this.#database.query(
      sql`SELECT ${COLUMNS} FROM coordination.a2a_remote_tasks WHERE task_id = ${taskId}`,
      remoteRow,
    );
    return task;
  }

  async add(task: Omit<RemoteTask, 'remoteId' | 'hasEnded' | 'isOverdue'>): Promise<void> {
    const { taskId, agent, url, reservationId, pricePico } = task;
    await this.#database.query(
      sql`INSERT INTO coordination.a2a_remote_tasks
        (task_id, agent, url, reservation_id, price_pico)
        VALUES (${taskId}, ${agent}, ${url}, ${reservationId}, ${pricePico.toString()})`,
      z.unknown(),
    );
  }

  async noteRemoteId(taskId: string, remoteId: string): Promise<void> {
    await this.#database.query(
      sql`UPDATE coordination.a2a_remote_tasks SET remote_id = ${remoteId}
        WHERE task_id = ${taskId}`,
      z.unknown(),
    );
  }

  async end(taskId: string): Promise<void> {
    await this.#database.query(
      sql`UPDATE coordination.a2a_remote_tasks SET has_ended = true WHERE task_id = ${taskId}`,
      z.unknown(),
    );
  }

  async forget(taskId: string): Promise<void> {
    await this.#database.query(
      sql`DELETE FROM coordination.a2a_remote_tasks
        WHERE task_id = ${taskId} OR (has_ended AND at < now() - make_interval(days => ${KEEP_DAYS}))`,
      z.unknown(),
    );
  }

  async open(): Promise<RemoteTask[]> {
    return this.#database.query(
      sql`SELECT ${COLUMNS} FROM coordination.a2a_remote_tasks
        WHERE NOT has_ended ORDER BY at LIMIT ${MOST_OPEN}`,
      remoteRow,
    );
  }
}

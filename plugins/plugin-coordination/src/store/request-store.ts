import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Database } from './database.ts';

/** What was asked for under a key. */
export interface KnownRequest {
  readonly digest: string;
  readonly hasEnded: boolean;
  readonly taskIds: readonly string[];
  /** What was said in the end. */
  readonly answer: string;
}

const KEEP_DAYS = 30;

const row = z
  .object({
    digest: z.string(),
    state: z.enum(['RUNNING', 'ENDED']),
    task_ids: z.array(z.string()),
    answer: z.string(),
  })
  .transform(({ digest, state, task_ids: taskIds, answer }): KnownRequest => {
    return { digest, hasEnded: state === 'ENDED', taskIds, answer };
  });

/** Keeps what was asked for under which key, for thirty days. */
export class RequestStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Begins a request. @returns undefined when it is new, else what there is under its id */
  async begin(id: string, digest: string): Promise<KnownRequest | undefined> {
    const begun = await this.#database.query(
      sql`WITH old AS (
          DELETE FROM coordination.requests
          WHERE at < now() - make_interval(days => ${KEEP_DAYS}::integer) AND id <> ${id})
        INSERT INTO coordination.requests (id, digest, state, task_ids, answer)
        VALUES (${id}, ${digest}, 'RUNNING', '{}', '') ON CONFLICT (id) DO NOTHING RETURNING id`,
      z.unknown(),
    );
    return begun.length > 0 ? undefined : this.find(id);
  }

  async find(id: string): Promise<KnownRequest | undefined> {
    const [found] = await this.#database.query(
      sql`SELECT digest, state, task_ids, answer FROM coordination.requests WHERE id = ${id}`,
      row,
    );
    return found;
  }

  async noteTask(id: string, taskId: string): Promise<void> {
    await this.#database.query(
      sql`UPDATE coordination.requests SET task_ids = array_append(task_ids, ${taskId})
        WHERE id = ${id} AND NOT ${taskId} = ANY (task_ids)`,
      z.unknown(),
    );
  }

  async end(id: string, answer: string): Promise<void> {
    await this.#database.query(
      sql`UPDATE coordination.requests SET state = 'ENDED', answer = ${answer} WHERE id = ${id}`,
      z.unknown(),
    );
  }

  /** Forgets a request that came to nothing, so that it may be asked for again. */
  async forget(id: string): Promise<void> {
    await this.#database.query(
      sql`DELETE FROM coordination.requests WHERE id = ${id} AND task_ids = '{}'`,
      z.unknown(),
    );
  }
}

import { createHash } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { TooManyWebhooksError } from '../errors/a2a.ts';
import type { PushConfig, PushConfigs } from '../ports/push-configs.ts';
import type { Database } from './database.ts';

/** Encrypts and decrypts a text; undefined for what was encrypted with another key. */
export interface TextSeal {
  close(text: string): string;
  open(sealed: string): string | undefined;
}

const MOST_WEBHOOKS = 8;
const KEEP_DAYS = 90;

const idRow = z.object({ id: z.string() });
const webhookRow = z.object({ id: z.string(), task_id: z.string(), sealed: z.string() });
const awaitedRow = z
  .object({ task_id: z.string(), told: z.string() })
  .transform(({ task_id: taskId, told }) => ({ taskId, told }));
const secretPart = z.object({
  url: z.string(),
  token: z.string(),
  authentication: z.object({ scheme: z.string(), credentials: z.string() }).optional(),
});

/** Webhooks in the database. */
export class SqlWebhookStore implements PushConfigs {
  readonly #database: Database;
  readonly #seal: TextSeal;

  constructor(database: Database, seal: TextSeal) {
    this.#database = database;
    this.#seal = seal;
  }

  async save({ id, taskId, url, token, authentication }: PushConfig): Promise<void> {
    const sealed = this.#seal.close(JSON.stringify({ url, token, authentication }));
    const [kept] = await this.#database.query(
      sql`INSERT INTO coordination.a2a_webhooks (key, id, task_id, sealed)
        SELECT ${keyOf(taskId, id)}, ${id}, ${taskId}, ${sealed}
        WHERE (SELECT count(*) FROM coordination.a2a_webhooks
          WHERE task_id = ${taskId} AND id <> ${id}) < ${MOST_WEBHOOKS}
        ON CONFLICT (key) DO UPDATE SET sealed = excluded.sealed RETURNING id`,
      idRow,
    );
    if (!kept) throw new TooManyWebhooksError({ most: MOST_WEBHOOKS });
  }

  async list(taskId: string): Promise<PushConfig[]> {
    const rows = await this.#database.query(
      sql`SELECT id, task_id, sealed FROM coordination.a2a_webhooks
        WHERE task_id = ${taskId} ORDER BY at, id`,
      webhookRow,
    );
    return rows.flatMap(({ id, sealed }) => {
      const text = this.#seal.open(sealed);
      if (text === undefined) return [];
      const { url, token, authentication } = secretPart.parse(JSON.parse(text));
      return { id, taskId, url, token, authentication };
    });
  }

  async delete(taskId: string, id: string): Promise<void> {
    await this.#database.query(
      sql`DELETE FROM coordination.a2a_webhooks WHERE key = ${keyOf(taskId, id)}`,
      z.unknown(),
    );
  }

  async awaited(): Promise<{ taskId: string; told: string }[]> {
    await this.#database.query(
      sql`DELETE FROM coordination.a2a_webhooks WHERE at < now() - make_interval(days => ${KEEP_DAYS})`,
      z.unknown(),
    );
    return this.#database.query(
      sql`SELECT task_id, min(told) AS told FROM coordination.a2a_webhooks GROUP BY task_id`,
      awaitedRow,
    );
  }

  async noteTold(taskId: string, state: string): Promise<void> {
    await this.#database.query(
      sql`UPDATE coordination.a2a_webhooks SET told = ${state} WHERE task_id = ${taskId}`,
      z.unknown(),
    );
  }
}

function keyOf(taskId: string, id: string): string {
  return createHash('sha256')
    .update(JSON.stringify([taskId, id]))
    .digest('hex');
}

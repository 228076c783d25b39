import { StatementRunner, type StatementExecutor } from '@371os/kernel';
import { sql, type SQL } from 'drizzle-orm';
import { z } from 'zod';
import type { SignedIn } from '../domain/signed-in.ts';
import { SessionStoreError } from '../errors.ts';

export type SqlExecutor = StatementExecutor<SQL>;

const sessionRow = z
  .object({
    id: z.string(),
    way: z.enum(['link', 'token']),
    browser: z.string(),
    begun_at_ms: z.string().transform(Number),
    expires_at_ms: z.string().transform(Number),
  })
  .transform((row): SignedIn => ({
    ...{ id: row.id, way: row.way, browser: row.browser },
    ...{ begunAtMs: row.begun_at_ms, expiresAtMs: row.expires_at_ms },
  }));
const idRow = z.object({ id: z.string() });

/** Which browsers are signed in. Times are milliseconds since 1970. Everything throws SessionStoreError. */
export class SessionStore {
  readonly #database: StatementRunner<SQL>;

  constructor(executor: SqlExecutor) {
    this.#database = new StatementRunner<SQL>(
      executor,
      (cause) => new SessionStoreError({ cause }),
    );
  }

  /** Adds one, and forgets those that are over. */
  async begin({ id, way, browser, begunAtMs, expiresAtMs }: SignedIn): Promise<void> {
    await this.#database.query(
      sql`WITH over AS (DELETE FROM dashboard.sessions WHERE expires_at_ms <= ${begunAtMs}::bigint)
        INSERT INTO dashboard.sessions (id, way, browser, begun_at_ms, expires_at_ms)
        VALUES (${id}, ${way}, ${browser}, ${begunAtMs}::bigint, ${expiresAtMs}::bigint)`,
      z.unknown(),
    );
  }

  /** Those that go on, newest first. */
  async list(nowMs: number): Promise<SignedIn[]> {
    return this.#database.query(
      sql`SELECT id, way, browser, begun_at_ms::text, expires_at_ms::text FROM dashboard.sessions
        WHERE expires_at_ms > ${nowMs}::bigint ORDER BY begun_at_ms DESC, id`,
      sessionRow,
    );
  }

  /** Whether one was begun and nobody has ended it. */
  async goesOn(id: string): Promise<boolean> {
    const query = sql`SELECT id FROM dashboard.sessions WHERE id = ${id}`;
    return (await this.#database.query(query, idRow)).length > 0;
  }

  /** Ends one for good. Returns whether there was one. */
  async end(id: string): Promise<boolean> {
    const query = sql`DELETE FROM dashboard.sessions WHERE id = ${id} RETURNING id`;
    return (await this.#database.query(query, idRow)).length > 0;
  }
}

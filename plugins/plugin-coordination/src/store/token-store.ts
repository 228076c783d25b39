import { sql } from 'drizzle-orm';
import type { Clock } from '@371os/kernel';
import { z } from 'zod';
import type { KeptToken, TokenBook } from '../ports/token-book.ts';
import type { Database } from './database.ts';

// What another process has ended is known here so much later.
const KEPT_MS = 1_000;

const endRow = z.object({ name: z.string(), before_s: z.coerce.number() });
const idRow = z.object({ id: z.string() });
const tokenRow = z
  .object({
    ...{ id: z.string(), name: z.string(), role: z.enum(['guest', 'admin']) },
    ...{ scopes: z.array(z.string()), agent: z.string().nullable(), is_ended: z.boolean() },
    ...{ issued_s: z.coerce.number(), expires_s: z.coerce.number() },
  })
  .transform(({ agent, issued_s: issuedAt, expires_s: expiresAt, is_ended: isEnded, ...same }) => ({
    ...{ ...same, issuedAt, expiresAt, isEnded },
    agent: agent ?? undefined,
  }));

const COLUMNS = sql.raw(`id, name, role, scopes, agent, issued_s::text, expires_s::text,
  is_ended OR issued_s < coalesce((SELECT before_s FROM coordination.ended_tokens AS ended
    WHERE ended.name = issued.name), 0) AS is_ended`);

interface Ends {
  readonly ofNames: ReadonlyMap<string, number>;
  readonly ids: ReadonlySet<string>;
}

/** Tokens and their ends in the database, which is asked for ends once a second at most. */
export class SqlTokenBook implements TokenBook {
  readonly #database: Database;
  readonly #clock: Clock;
  #known: { readonly ends: Promise<Ends>; readonly atMs: number } | undefined;

  /** @param clock in milliseconds */
  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  async endOf(name: string): Promise<number> {
    return (await this.#ends()).ofNames.get(name) ?? 0;
  }

  async isEnded(id: string): Promise<boolean> {
    return (await this.#ends()).ids.has(id);
  }

  async end(name: string): Promise<void> {
    // Tokens have whole seconds: one of this very second is older, one that is made next is not.
    const beforeS = this.#nowS() + 1;
    await this.#database.query(
      sql`INSERT INTO coordination.ended_tokens AS known (name, before_s)
        VALUES (${name}, ${beforeS}::bigint)
        ON CONFLICT (name) DO UPDATE
        SET before_s = GREATEST(known.before_s + 1, excluded.before_s)`,
      z.unknown(),
    );
    this.#known = undefined;
  }

  async endOne(id: string): Promise<KeptToken | undefined> {
    const [ended] = await this.#database.query(
      sql`UPDATE coordination.issued_tokens AS issued SET is_ended = true WHERE id = ${id}
        RETURNING ${COLUMNS}`,
      tokenRow,
    );
    this.#known = undefined;
    return ended;
  }

  async keep(token: Omit<KeptToken, 'isEnded'>): Promise<void> {
    const { id, name, role, scopes, agent = null, issuedAt, expiresAt } = token;
    await this.#database.query(
      sql`WITH over AS (
          DELETE FROM coordination.issued_tokens WHERE expires_s < ${this.#nowS()}::bigint)
        INSERT INTO coordination.issued_tokens
          (id, name, role, scopes, agent, issued_s, expires_s)
        VALUES (${id}, ${name}, ${role}, ${JSON.stringify(scopes)}::jsonb, ${agent}::text,
          ${issuedAt}::bigint, ${expiresAt}::bigint)`,
      z.unknown(),
    );
  }

  async list(): Promise<KeptToken[]> {
    return this.#database.query(
      sql`SELECT ${COLUMNS} FROM coordination.issued_tokens AS issued
        WHERE expires_s >= ${this.#nowS()}::bigint ORDER BY issued.issued_s DESC, id LIMIT 1000`,
      tokenRow,
    );
  }

  async #ends(): Promise<Ends> {
    const nowMs = this.#clock();
    if (this.#known === undefined || Math.abs(nowMs - this.#known.atMs) >= KEPT_MS)
      this.#known = { ends: this.#read(), atMs: nowMs };
    const { ends } = this.#known;
    try {
      return await ends;
    } catch (error) {
      this.#known = undefined;
      throw error;
    }
  }

  async #read(): Promise<Ends> {
    const [names, ids] = await Promise.all([
      this.#database.query(sql`SELECT name, before_s::text FROM coordination.ended_tokens`, endRow),
      this.#database.query(sql`SELECT id FROM coordination.issued_tokens WHERE is_ended`, idRow),
    ]);
    return {
      ofNames: new Map(names.map(({ name, before_s: beforeS }) => [name, beforeS])),
      ids: new Set(ids.map(({ id }) => id)),
    };
  }

  #nowS(): number {
    return Math.floor(this.#clock() / 1_000);
  }
}

import { sql } from 'drizzle-orm';
import type { Clock } from '@371os/kernel';
import { z } from 'zod';
import type { TokenEnds } from '../ports/token-ends.ts';
import type { Database } from './database.ts';

// What another process has ended is known here so much later.
const KEPT_MS = 1_000;

const endRow = z.object({ name: z.string(), before_s: z.coerce.number() });

type Ends = ReadonlyMap<string, number>;

/** Ends of tokens in the database, which is asked once a second at most. */
export class SqlTokenEnds implements TokenEnds {
  readonly #database: Database;
  readonly #clock: Clock;
  #known: { readonly ends: Promise<Ends>; readonly atMs: number } | undefined;

  /** @param clock in milliseconds */
  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  async endOf(name: string): Promise<number> {
    const nowMs = this.#clock();
    if (this.#known === undefined || Math.abs(nowMs - this.#known.atMs) >= KEPT_MS)
      this.#known = { ends: this.#read(), atMs: nowMs };
    const { ends } = this.#known;
    try {
      return (await ends).get(name) ?? 0;
    } catch (error) {
      this.#known = undefined;
      throw error;
    }
  }

  async end(name: string): Promise<void> {
    // Tokens have whole seconds: one of this very second is older, one that is made next is not.
    const beforeS = Math.floor(this.#clock() / 1_000) + 1;
    await this.#database.query(
      sql`INSERT INTO coordination.ended_tokens AS known (name, before_s)
        VALUES (${name}, ${beforeS}::bigint)
        ON CONFLICT (name) DO UPDATE
        SET before_s = GREATEST(known.before_s + 1, excluded.before_s)`,
      z.unknown(),
    );
    this.#known = undefined;
  }

  async #read(): Promise<Ends> {
    const rows = await this.#database.query(
      sql`SELECT name, before_s::text FROM coordination.ended_tokens`,
      endRow,
    );
    return new Map(rows.map(({ name, before_s: beforeS }) => [name, beforeS]));
  }
}

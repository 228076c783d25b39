import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Database } from './database.ts';

/** Who wants to lead. */
export interface Candidate {
  readonly id: string;
  readonly name: string;
}

const epochRow = z.object({ epoch: z.coerce.number() });
const holderRow = z
  .object({ holder: z.string(), holder_name: z.string() })
  .transform((row): Candidate => ({ id: row.holder, name: row.holder_name }));

/** Leases of offices. Every time is the database's. */
export class LeadershipStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Takes an office that is free, or renews the lease of one's own. Undefined when another holds it. */
  async claim(
    office: string,
    { id, name }: Candidate,
    leaseMs: number,
  ): Promise<number | undefined> {
    const lease = sql`clock_timestamp() + ${leaseMs}::integer * interval '1 millisecond'`;
    const [row] = await this.#database.query(
      sql`INSERT INTO resilience.leaderships AS known (office, holder, holder_name, expires_at)
        VALUES (${office}, ${id}, ${name}, ${lease})
        ON CONFLICT (office) DO UPDATE SET holder = excluded.holder, holder_name = excluded.holder_name,
          expires_at = excluded.expires_at,
          epoch = known.epoch + CASE WHEN known.holder = excluded.holder THEN 0 ELSE 1 END
        WHERE known.holder = excluded.holder OR known.expires_at < clock_timestamp()
        RETURNING epoch`,
      epochRow,
    );
    return row?.epoch;
  }

  /** Gives an office back. */
  async resign(office: string, id: string): Promise<void> {
    await this.#database.query(
      sql`UPDATE resilience.leaderships SET expires_at = '-infinity'
        WHERE office = ${office} AND holder = ${id}`,
      z.unknown(),
    );
  }

  /** Who holds an office now. */
  async holder(office: string): Promise<Candidate | undefined> {
    const [row] = await this.#database.query(
      sql`SELECT holder, holder_name FROM resilience.leaderships
        WHERE office = ${office} AND expires_at >= clock_timestamp()`,
      holderRow,
    );
    return row;
  }
}

import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Database } from './database.ts';

const row = z.object({ name: z.string() });

/** Who wants to be the only one to do something. */
export interface LeaseClaim {
  /** What is done. */
  readonly name: string;
  /** Who does it: another one for each process and each piece of work. */
  readonly holder: string;
}

/** Takes a lease, or keeps it for so long from now; false while somebody else has it. */
export async function takeLease(
  database: Database,
  { name, holder }: LeaseClaim,
  forMs: number,
): Promise<boolean> {
  const until = sql`clock_timestamp() + ${forMs}::integer * interval '1 millisecond'`;
  const taken = await database.query(
    sql`INSERT INTO akash.leases AS lease (name, holder, leased_until)
      VALUES (${name}, ${holder}, ${until})
      ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, leased_until = excluded.leased_until
      WHERE lease.holder = excluded.holder OR lease.leased_until <= clock_timestamp()
      RETURNING name`,
    row,
  );
  return taken.length === 1;
}

/** Lets whoever comes next have it at once. */
export async function leaveLease(database: Database, { name, holder }: LeaseClaim): Promise<void> {
  await database.query(
    sql`DELETE FROM akash.leases WHERE name = ${name} AND holder = ${holder} RETURNING name`,
    row,
  );
}

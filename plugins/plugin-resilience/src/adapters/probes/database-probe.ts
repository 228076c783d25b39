import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Probe } from '../../ports/probe.ts';
import type { Database } from '../../store/database.ts';

/** The database of the node. The node is where it is, so it is never outside. */
export function databaseProbe(database: Database): Probe {
  return {
    ...{ name: 'database', class: 'database', supplier: 'database', isOutside: false },
    check: async () => {
      await database.query(sql`SELECT 1 AS one`, z.object({ one: z.coerce.number() }));
    },
  };
}

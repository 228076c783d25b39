import { StatementRunner } from '@371os/kernel';
import { sql, type SQL } from 'drizzle-orm';
import { z } from 'zod';
import type { NodeSign } from '../domain/presence.ts';
import { PresenceStoreError } from '../errors/presence.ts';
import type { SqlExecutor } from './presence-store.ts';

/** A process that runs agents of the company, as it wrote itself down. */
export interface CompanyProcess extends NodeSign {
  /** When it joined, by the database's clock, in milliseconds since 1970. */
  readonly startedAtMs: number;
  /** How long it has given no sign of life, in milliseconds. */
  readonly silentMs: number;
  /** The agents that it works for. */
  readonly agents: readonly string[];
}

const row = z
  .object({
    ...{ id: z.string(), name: z.string(), host: z.string(), pid: z.number() },
    ...{ machine: z.string(), beat: z.string(), agents: z.array(z.string()) },
    started_at_ms: z.coerce.number(),
    silent_ms: z.coerce.number(),
  })
  .transform(({ started_at_ms, silent_ms, ...same }): CompanyProcess => ({
    ...same,
    startedAtMs: started_at_ms,
    silentMs: silent_ms,
  }));

/** The processes that run agents on this database; none where one process has it alone. @throws PresenceStoreError */
export async function listProcesses(executor: SqlExecutor): Promise<CompanyProcess[]> {
  const database = new StatementRunner<SQL>(executor, (cause) => new PresenceStoreError({ cause }));
  return database.query(
    sql`SELECT id, name, host, pid, machine, heartbeat_at::text AS beat,
        (extract(epoch FROM started_at) * 1000)::bigint::text AS started_at_ms,
        (extract(epoch FROM clock_timestamp() - heartbeat_at) * 1000)::bigint::text AS silent_ms,
        coalesce((SELECT json_agg(agent ORDER BY agent) FROM lifecycle.presences
          WHERE node_id = node.id), '[]'::json) AS agents
      FROM lifecycle.nodes AS node ORDER BY started_at, id`,
    row,
  );
}

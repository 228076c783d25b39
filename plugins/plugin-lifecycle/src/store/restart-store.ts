import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Database } from './database.ts';

/** A life of an agent that is to begin anew, where another process runs it. */
interface Life {
  readonly agentId: string;
  readonly generation: number;
}

const STATES = ['asked', 'taken', 'done', 'failed', 'withdrawn'] as const;
const row = z.object({ state: z.enum(STATES), cause: z.string(), failure: z.string().nullable() });

/** What becomes of the wish that an agent of another process begins anew. */
export type RestartRequest = z.output<typeof row>;

const COLUMNS = sql.raw('state, cause, failure');

/** Asks for it; what is asked for or under way already stays as it is. */
export async function askRestart(database: Database, life: Life, cause: string): Promise<void> {
  await database.query(
    sql`INSERT INTO lifecycle.restart_requests AS mine (id, agent_id, generation, state, cause)
      VALUES (${idOf(life)}, ${life.agentId}, ${life.generation}::integer, 'asked', ${cause})
      ON CONFLICT (id) DO UPDATE SET state = 'asked', cause = excluded.cause, failure = NULL,
        at = clock_timestamp() WHERE mine.state IN ('failed', 'withdrawn')`,
    z.unknown(),
  );
}

export async function findRestart(
  database: Database,
  life: Life,
): Promise<RestartRequest | undefined> {
  const [found] = await database.query(
    sql`SELECT ${COLUMNS} FROM lifecycle.restart_requests WHERE id = ${idOf(life)}`,
    row,
  );
  return found;
}

/** Moves it from one state to another; undefined when it is not there. */
export async function moveRestart(
  database: Database,
  life: Life,
  move: {
    readonly from: RestartRequest['state'];
    readonly to: RestartRequest['state'];
    readonly failure?: string;
  },
): Promise<RestartRequest | undefined> {
  const [moved] = await database.query(
    sql`UPDATE lifecycle.restart_requests
      SET state = ${move.to}, failure = ${move.failure ?? null}, at = clock_timestamp()
      WHERE id = ${idOf(life)} AND state = ${move.from} RETURNING ${COLUMNS}`,
    row,
  );
  return moved;
}

function idOf({ agentId, generation }: Life): string {
  return `${agentId}:${String(generation)}`;
}

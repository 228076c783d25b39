import { WORK_SOURCE } from '@371os/kernel';
import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Database } from './database.ts';

/** A room that people read, and the agent whose room it is. */
export interface HeardRoom {
  readonly roomId: string;
  readonly agentId: string;
}

const MOST_STEPS = 8;

const heardRow = z
  .object({ id: z.string(), agent_id: z.string() })
  .transform((row): HeardRoom => ({ roomId: row.id, agentId: row.agent_id }));

/**
 * Where people read what is said in one of ElizaOS's rooms, of whichever agent: the room itself, or the one that work in
 * it was asked for in. Undefined for what is no room, and for work that leads to none.
 */
export async function findHeardRoom(
  database: Database,
  roomId: string,
): Promise<HeardRoom | undefined> {
  if (!z.guid().safeParse(roomId).success) return undefined;
  const [heard] = await database.query(
    sql`WITH RECURSIVE way AS (
        SELECT id, agent_id, source, channel_id, 0 AS steps FROM rooms WHERE id = ${roomId}::uuid
        UNION ALL
        SELECT asked.id, asked.agent_id, asked.source, asked.channel_id, way.steps + 1
        FROM way JOIN rooms asked ON asked.id::text = way.channel_id
        WHERE way.source = ${WORK_SOURCE} AND asked.id <> way.id AND way.steps < ${MOST_STEPS}::integer)
      SELECT id::text AS id, agent_id::text AS agent_id FROM way
      WHERE source <> ${WORK_SOURCE} AND agent_id IS NOT NULL`,
    heardRow,
  );
  return heard;
}

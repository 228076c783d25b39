import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Finding } from '../domain/finding.ts';
import type { Database } from './database.ts';

const row = z
  .object({ id: z.string(), requester_id: z.string(), room_id: z.string(), words: z.string() })
  .transform((kept): Finding => ({
    id: kept.id,
    requesterId: kept.requester_id,
    roomId: kept.room_id,
    words: kept.words,
  }));

/** Keeps what was found; false when it had been found before. */
export async function keepFinding(
  database: Database,
  agent: string,
  { id, requesterId, roomId, words }: Finding,
): Promise<boolean> {
  const kept = await database.query(
    sql`INSERT INTO akash.findings (id, agent, requester_id, room_id, words)
      VALUES (${id}, ${agent}, ${requesterId}, ${roomId}, ${words})
      ON CONFLICT (id) DO NOTHING RETURNING id, requester_id, room_id, words`,
    row,
  );
  return kept.length === 1;
}

/**
 * What nobody has been told yet and is for this person or this room, or for whoever may know of all;
 * oldest first.
 */
export async function listUntold(
  database: Database,
  { agent, requesterId, roomId }: { agent: string; requesterId: string; roomId: string },
): Promise<Finding[]> {
  return database.query(
    sql`SELECT id, requester_id, room_id, words FROM akash.findings finding
      WHERE (room_id = '' OR (agent = ${agent}
          AND (room_id = ${roomId} OR requester_id = ${requesterId})))
        AND NOT EXISTS (SELECT FROM akash.notices WHERE task_id = finding.id)
      ORDER BY found_at, id LIMIT 20`,
    row,
  );
}

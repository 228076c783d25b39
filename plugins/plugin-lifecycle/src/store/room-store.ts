import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Database } from './database.ts';

const row = z.object({ room_id: z.string() });

/**
 * Takes an agent that ends, or has ended, out of all rooms; one that lives keeps its own. ElizaOS
 * itself finds only those rooms of an agent that the one who asks has made.
 * @returns how many rooms that were
 */
export async function leaveRooms(database: Database, agentId: string): Promise<number> {
  const left = await database.query(
    sql`DELETE FROM participants AS seat USING lifecycle.agents AS gone
      WHERE seat.entity_id = ${agentId}::uuid AND gone.id = ${agentId}
        AND gone.state IN ('draining', 'stopped', 'failed') AND NOT gone.resumes
      RETURNING seat.room_id`,
    row,
  );
  return left.length;
}

import { WORK_SOURCE } from '@371os/kernel';
import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Database } from './database.ts';

/** A room, and the agent that it belongs to. */
export interface AgentRoom {
  readonly id: string;
  readonly agentId: string;
}

const roomRow = z
  .object({ id: z.string(), agent_id: z.string() })
  .transform((row): AgentRoom => ({ id: row.id, agentId: row.agent_id }));

// An agent works on what was asked in a room in one of its own, where nobody reads: its channel is that room.
const isWork = sql`room.source = ${WORK_SOURCE}
  AND EXISTS (SELECT FROM rooms asked WHERE asked.id::text = room.channel_id)`;

/** ElizaOS's rooms. */
export class RoomStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The rooms in which somebody else than the agent itself has written within so many hours. */
  async activeWithin(hours: number): Promise<AgentRoom[]> {
    return this.#database.query(
      sql`SELECT DISTINCT room.id::text AS id, room.agent_id::text AS agent_id
        FROM rooms room JOIN memories message ON message.room_id = room.id
        WHERE message.type = 'messages' AND room.agent_id IS NOT NULL
          AND message.entity_id IS DISTINCT FROM message.agent_id
          AND message.created_at > (clock_timestamp() AT TIME ZONE 'UTC') - ${hours}::integer * interval '1 hour'
          AND NOT (${isWork})
        ORDER BY 1`,
      roomRow,
    );
  }
}

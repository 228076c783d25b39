import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Database } from './database.ts';

const row = z.object({ workspace: z.string() });
const nothing = z.unknown();

/** Which workspaces rooms work on. */
export class RoomStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async workspaceOf(roomId: string): Promise<string | undefined> {
    const [found] = await this.#database.query(
      sql`SELECT workspace FROM comet.rooms WHERE room_id = ${roomId}`,
      row,
    );
    return found?.workspace;
  }

  async set(roomIds: readonly string[], workspace: string, by: string): Promise<void> {
    await this.#database.query(
      sql`INSERT INTO comet.rooms (room_id, workspace, by)
        SELECT value, ${workspace}, ${by}
        FROM jsonb_array_elements_text(${JSON.stringify(roomIds)}::jsonb)
        ON CONFLICT (room_id) DO UPDATE
        SET workspace = excluded.workspace, by = excluded.by, at = now()`,
      nothing,
    );
  }

  async clear(roomIds: readonly string[]): Promise<void> {
    await this.#database.query(
      sql`DELETE FROM comet.rooms WHERE room_id IN
        (SELECT value FROM jsonb_array_elements_text(${JSON.stringify(roomIds)}::jsonb))`,
      nothing,
    );
  }
}

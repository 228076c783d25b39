import { createHash } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { NotePlace, NoteStore, SharedNote } from '../ports/context.ts';
import type { Database } from './database.ts';

const KEEP_DAYS = 90;

const noteRow = z
  .object({ text: z.string(), at_ms: z.string().transform(Number) })
  .transform(({ text, at_ms: atMs }): SharedNote => ({ text, atMs }));

/** Notes in the database. */
export class SqlNoteStore implements NoteStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async put(place: NotePlace, text: string): Promise<void> {
    const { person, agent, chat } = place;
    await this.#database.query(
      sql`WITH old AS (
          DELETE FROM coordination.context_notes
          WHERE at < now() - make_interval(days => ${KEEP_DAYS}) AND id <> ${idOf(place)}
        )
        INSERT INTO coordination.context_notes (id, person, agent, chat, text)
        VALUES (${idOf(place)}, ${person}, ${agent}, ${chat}, ${text})
        ON CONFLICT (id) DO UPDATE SET text = excluded.text, at = now()`,
      z.unknown(),
    );
  }

  async get(place: NotePlace): Promise<SharedNote | undefined> {
    const [note] = await this.#database.query(
      sql`SELECT text, (extract(epoch FROM at) * 1000)::bigint::text AS at_ms
        FROM coordination.context_notes WHERE id = ${idOf(place)}`,
      noteRow,
    );
    return note;
  }
}

function idOf({ person, agent, chat }: NotePlace): string {
  return createHash('sha256')
    .update(JSON.stringify([person, agent, chat]))
    .digest('hex');
}

import { repeatsConfidential } from '@371os/kernel';
import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { ContentSource, Shareable } from '../../ports/content-source.ts';
import type { Database } from '../../store/database.ts';

const MOST_MEMORIES = 1_000;
const CONFIDENTIAL_WORLD = 'Confidential';

const memoryRow = z.object({
  id: z.string(),
  text: z.string(),
  title: z.string().nullable(),
  at_ms: z.coerce.number(),
});

/** Memories of agents that somebody marked with `shareable: true` in their metadata, for everyone. */
export class ShareableMemories implements ContentSource {
  readonly name = 'memory';
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async list(): Promise<Shareable[]> {
    const memories = await this.#database.query(
      sql`SELECT memory.id::text AS id, memory.content->>'text' AS text,
          memory.metadata->>'title' AS title,
          (extract(epoch FROM memory.created_at) * 1000)::bigint::text AS at_ms
        FROM memories memory
        LEFT JOIN rooms room ON room.id = memory.room_id
        LEFT JOIN worlds world ON world.id = room.world_id
        WHERE memory.metadata->'shareable' = 'true'::jsonb
          AND coalesce(memory.content->>'text', '') <> ''
          AND world.name IS DISTINCT FROM ${CONFIDENTIAL_WORLD}
        ORDER BY memory.created_at DESC LIMIT ${MOST_MEMORIES}::integer`,
      memoryRow,
    );
    return memories.filter(({ text }) => !repeatsConfidential(text)).map(shareable);
  }
}

function shareable({ id, text, title, at_ms }: z.output<typeof memoryRow>): Shareable {
  const named = (title ?? text.split('\n')[0] ?? '').slice(0, 300).toWellFormed();
  const content = { kind: 'memory' as const, title: named, text, audience: 'everyone' };
  return {
    key: id,
    version: `${String(at_ms)}/${String(text.length)}`,
    read: () => Promise.resolve({ ...content, madeAtMs: Math.max(0, at_ms) }),
  };
}

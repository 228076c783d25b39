import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Database } from './database.ts';

/** A snapshot as it is kept: JSON, and its SHA-256 in hexadecimal digits. */
export interface KeptSnapshot {
  readonly id: string;
  readonly agentId: string;
  readonly generation: number;
  readonly content: string;
  readonly digest: string;
}

const row = z
  .object({
    id: z.string(),
    agent_id: z.string(),
    generation: z.number(),
    content: z.string(),
    digest: z.string(),
  })
  .transform(({ agent_id, ...same }): KeptSnapshot => ({ ...same, agentId: agent_id }));

/** Keeps a snapshot; one of the same id is left as it is. */
export async function insertSnapshot(database: Database, kept: KeptSnapshot): Promise<void> {
  const { id, agentId, generation, content, digest } = kept;
  await database.query(
    sql`INSERT INTO lifecycle.snapshots (id, agent_id, generation, content, digest)
      VALUES (${id}, ${agentId}, ${generation}, ${content}, ${digest})
      ON CONFLICT (id) DO NOTHING`,
    row,
  );
}

export async function newestSnapshot(
  database: Database,
  agentId: string,
): Promise<KeptSnapshot | undefined> {
  const [newest] = await database.query(
    sql`SELECT id, agent_id, generation, content, digest FROM lifecycle.snapshots
      WHERE agent_id = ${agentId} ORDER BY at DESC, id DESC LIMIT 1`,
    row,
  );
  return newest;
}

import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { SeenFile } from '../domain/agent-report.ts';
import { heartbeatSchema, type Heartbeat } from '../domain/heartbeat.ts';
import { registrationFileSchema } from '../domain/registration-file.ts';
import type { Heartbeats, VerifiedFiles } from '../ports/verified-files.ts';
import type { Database } from './database.ts';

const COLUMNS = sql.raw(`global_id, sequence::text AS sequence, content_hash, owner, file,
  (extract(epoch FROM verified_at) * 1000)::bigint::text AS verified_at_ms`);
const row = z
  .object({
    global_id: z.string(),
    sequence: z
      .string()
      .nullable()
      .transform((digits) => (digits === null ? undefined : Number(digits))),
    content_hash: z.string(),
    owner: z.string(),
    file: registrationFileSchema,
    verified_at_ms: z.string().transform(Number),
  })
  .transform((kept): SeenFile => ({
    globalId: kept.global_id,
    sequence: kept.sequence,
    contentHash: kept.content_hash,
    owner: kept.owner,
    file: kept.file,
    verifiedAtMs: kept.verified_at_ms,
  }));

/** The newest verified file of each agent, for all processes of the company. */
export function verifiedFilesIn(database: Database): VerifiedFiles {
  return {
    find: async (globalId) => {
      const [found] = await database.query(
        sql`SELECT ${COLUMNS} FROM registry.verified WHERE global_id = ${globalId}`,
        row,
      );
      return found;
    },
    keep: async ({ globalId, sequence, contentHash, owner, file }) => {
      await database.query(
        sql`INSERT INTO registry.verified AS kept
            (global_id, sequence, content_hash, owner, file)
          VALUES (${globalId}, ${sequence ?? null}::bigint, ${contentHash}, ${owner},
            ${JSON.stringify(file)}::jsonb)
          ON CONFLICT (global_id) DO UPDATE
            SET sequence = excluded.sequence, content_hash = excluded.content_hash,
              owner = excluded.owner, file = excluded.file, verified_at = clock_timestamp()
            WHERE kept.owner <> excluded.owner
              OR coalesce(kept.sequence, 0) <= coalesce(excluded.sequence, 0)
          RETURNING ${COLUMNS}`,
        row,
      );
    },
  };
}

/** The files of all agents as they were last verified, the newest first. @throws RegistryStoreError */
export function listVerifiedFiles(database: Database, limit: number): Promise<SeenFile[]> {
  return database.query(
    sql`SELECT ${COLUMNS} FROM registry.verified ORDER BY verified_at DESC LIMIT ${limit}::integer`,
    row,
  );
}

const beatRow = z.object({ record: heartbeatSchema }).transform(({ record }) => record);

/** The newest sign of life of each agent, for all processes of the company. */
export function heartbeatsIn(database: Database): Heartbeats {
  return {
    find: async (globalId) => {
      const [found] = await database.query(
        sql`SELECT record FROM registry.heartbeats WHERE global_id = ${globalId}`,
        beatRow,
      );
      return found;
    },
    keep: async (beat: Heartbeat) => {
      await database.query(
        sql`INSERT INTO registry.heartbeats AS kept (global_id, issued_at_ms, record)
          VALUES (${beat.globalId}, ${beat.issuedAt * 1_000}::bigint, ${JSON.stringify(beat)}::jsonb)
          ON CONFLICT (global_id) DO UPDATE
            SET issued_at_ms = excluded.issued_at_ms, record = excluded.record
            WHERE kept.issued_at_ms <= excluded.issued_at_ms
          RETURNING record`,
        beatRow,
      );
    },
  };
}

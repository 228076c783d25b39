import { createHash } from 'node:crypto';
import type { SQL } from 'drizzle-orm';
import { PgDialect } from 'drizzle-orm/pg-core';
import { Database, type SqlExecutor } from './database.ts';

/** What a pool of node-postgres offers. */
interface Pool {
  query(query: {
    readonly name: string;
    readonly text: string;
    readonly values: unknown[];
  }): Promise<{ rows: unknown[] }>;
}

const dialect = new PgDialect();
const NAME_LENGTH = 40;

/**
 * A database that parses and plans a statement once for each of its connections, which takes
 * PostgreSQL twice as long as carrying out the ones that work goes through (measured 2026-11-29). For
 * statements of a few texts alone: each is kept as long as its connection.
 * @param connection what `getConnection` of ElizaOS's adapter returns; on PGlite, which is asked in
 *   this process, statements go as they did
 */
export function preparingDatabase(connection: unknown, executor: SqlExecutor): Database {
  return isPool(connection)
    ? new Database({ execute: (statement) => executePrepared(connection, statement) })
    : new Database(executor);
}

function isPool(connection: unknown): connection is Pool {
  return typeof connection === 'object' && connection !== null && 'totalCount' in connection;
}

function executePrepared(pool: Pool, statement: SQL): Promise<{ rows: unknown[] }> {
  const { sql: text, params } = dialect.sqlToQuery(statement);
  const name = createHash('sha256').update(text).digest('hex').slice(0, NAME_LENGTH);
  return pool.query({ name, text, values: params });
}

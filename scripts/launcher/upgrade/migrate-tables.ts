import type { IDatabaseAdapter, Plugin } from '@elizaos/core';
import { migrateQueue } from '@371os/plugin-tasks';
import { Database, verifyLedger, type SqlExecutor } from '@371os/plugin-treasury';
import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { RowsLostError } from '../errors.ts';

/** What was found after a migration. */
export const migrated = z.object({
  tables: z.number().int().nonnegative(),
  rows: z.number().int().nonnegative(),
});

export type Migrated = z.output<typeof migrated>;

const tableRows = z.array(z.object({ name: z.string() }));
const countRow = z.array(z.object({ count: z.coerce.number() }));

// The queue deletes jobs that are done by itself, and the record of migrations only grows.
const NOT_COUNTED = ['information_schema', 'migrations', 'pgboss'];

/**
 * Brings the tables of some plugins and of the queue to what the plugins want now, and
 * checks that no row is gone and that the ledger adds up. Does nothing when they are so already.
 * @throws RowsLostError, LedgerDamagedError, LedgerUnreadableError, or what ElizaOS throws when a
 *   change of the tables fails or would lose data
 */
export async function migrateTables(
  adapter: IDatabaseAdapter,
  plugins: readonly Plugin[],
): Promise<Migrated> {
  const database = adapter.db as SqlExecutor;
  const before = await countRows(database);
  const schemas = plugins.flatMap(({ name, schema }) =>
    schema ? [{ name, schema: schema as Record<string, Record<string, unknown>> }] : [],
  );
  await adapter.runPluginMigrations?.(schemas, { verbose: false });
  await migrateQueue(await adapter.getConnection());
  const after = await countRows(database);
  for (const [table, rows] of before)
    if ((after.get(table) ?? 0) < rows)
      throw new RowsLostError({ table, before: rows, after: after.get(table) ?? 0 });
  await verifyLedger(new Database(database));
  return { tables: after.size, rows: [...after.values()].reduce((sum, rows) => sum + rows, 0) };
}

// By qualified and quoted name.
async function countRows(database: SqlExecutor): Promise<Map<string, number>> {
  const found = await database.execute(
    sql`SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
      WHERE schemaname NOT LIKE 'pg\_%' AND schemaname <> ALL(${sql.param(NOT_COUNTED)}) ORDER BY 1`,
  );
  const counts = new Map<string, number>();
  for (const { name } of tableRows.parse(found.rows)) {
    const counted = await database.execute(sql.raw(`SELECT count(*) FROM ${name}`));
    counts.set(name, countRow.parse(counted.rows)[0]?.count ?? 0);
  }
  return counts;
}

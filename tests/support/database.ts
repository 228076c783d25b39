import type { IDatabaseAdapter, Plugin } from '@elizaos/core';
import { stringToUuid } from '@elizaos/core';
import { createDatabaseAdapter } from '@elizaos/plugin-sql';
import { fileDatabase } from './fresh-database.ts';
import { preparedExecutor, type SqlExecutor } from '@371os/plugin-treasury';

export interface TestDatabase extends SqlExecutor {
  close(): Promise<void>;
}

/**
 * A database with the tables of some plugins: the PGlite of this test file, or in `dataDir`, or the PostgreSQL
 * at `postgresUrl` (by default POSTGRES_URL). ElizaOS keeps one PGlite a process.
 */
export async function openDatabase(
  plugins: readonly Plugin[],
  place: { dataDir?: string; postgresUrl?: string | undefined } = {},
): Promise<TestDatabase> {
  const postgresUrl = place.postgresUrl ?? process.env['POSTGRES_URL'];
  const config =
    postgresUrl && !place.dataDir ? { postgresUrl } : { dataDir: place.dataDir ?? fileDatabase() };
  const adapter = createDatabaseAdapter(config, stringToUuid('371os-tests'));
  await adapter.init();
  await migrate(adapter, plugins);
  const executor = preparedExecutor(adapter.db as SqlExecutor);
  return { execute: (query) => executor.execute(query), close: () => adapter.close() };
}

async function migrate(adapter: IDatabaseAdapter, plugins: readonly Plugin[]): Promise<void> {
  const schemas = plugins.map(({ name, schema }) => ({ name, schema: schema ?? {} }));
  await adapter.runPluginMigrations?.(schemas as never, { verbose: false });
}

// A process of its own that migrates one PGlite folder and tells what it found, since ElizaOS opens
// one PGlite a process: `migrate-folder.ts FOLDER PLUGIN ...`. It ends with the process that began it.
import { stringToUuid } from '@elizaos/core';
import { createDatabaseAdapter } from '@elizaos/plugin-sql';
import { migrateTables } from './migrate-tables.ts';
import { importPlugins } from './migrated-plugins.ts';
import { problemOf } from './problem-of.ts';

process.once('disconnect', () => process.exit(1));

async function migrate(): Promise<object> {
  const [dataDir = '', ...names] = process.argv.slice(2);
  const plugins = await importPlugins(names);
  const adapter = createDatabaseAdapter({ dataDir }, stringToUuid('371os'));
  await adapter.init();
  const found = await migrateTables(adapter, plugins);
  await adapter.close();
  return found;
}

const answer = await migrate().catch((error: unknown) => ({ problem: problemOf(error) }));
process.send?.(answer, () => process.exit(0));

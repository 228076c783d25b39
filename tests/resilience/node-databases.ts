import { PGlite } from '@electric-sql/pglite';
import { cpSync } from 'node:fs';
import type { Plugin } from '@elizaos/core';
import { drizzle } from 'drizzle-orm/pglite';
import { openDatabase, type TestDatabase } from '../support/database.ts';
import { freshDatabase } from '../support/fresh-database.ts';

/**
 * A database for each of several nodes, with the tables of some plugins. ElizaOS opens one PGlite a
 * process: it makes the tables of one, of which the others are copies.
 */
export async function openNodeDatabases(
  count: number,
  plugins: readonly Plugin[],
): Promise<TestDatabase[]> {
  const first = freshDatabase();
  await (await openDatabase(plugins, { dataDir: first })).close();
  const folders = Array.from({ length: count }, (_, index) => `${first}-node-${String(index)}`);
  return Promise.all(folders.map((folder) => openCopy(first, folder)));
}

async function openCopy(from: string, folder: string): Promise<TestDatabase> {
  cpSync(from, folder, { recursive: true });
  const pglite = await PGlite.create(folder);
  const database = drizzle(pglite);
  return {
    execute: async (query) => ({ rows: (await database.execute(query)).rows }),
    close: () => pglite.close(),
  };
}

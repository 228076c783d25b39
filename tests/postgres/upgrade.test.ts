import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { stringToUuid } from '@elizaos/core';
import { createDatabaseAdapter } from '@elizaos/plugin-sql';
import type { SqlExecutor } from '@371os/plugin-treasury';
import { sql } from 'drizzle-orm';
import { upgradePostgres } from '../../scripts/launcher/upgrade/upgrade-postgres.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';

const FIRST = '0.1.0';
const LATER = '99.0.0';
// ElizaOS's own tables want pgvector, which Debian's PostgreSQL does not bring.
const PLUGINS = ['@371os/plugin-treasury', '@371os/plugin-tasks'];

let postgres: TestPostgres;

beforeAll(async () => {
  postgres = await startPostgres();
});

afterAll(async () => {
  await open().close();
  await postgres.stop();
});

// The pool that the upgrade uses, too, or a new one after it has closed that.
function open() {
  return createDatabaseAdapter({ postgresUrl: postgres.url }, stringToUuid('371os'));
}

async function execute(statement: string): Promise<Record<string, unknown>[]> {
  const { rows } = await (open().db as SqlExecutor).execute(sql.raw(statement));
  return rows as Record<string, unknown>[];
}

async function versions(): Promise<unknown[]> {
  const rows = await execute('SELECT version FROM launcher.versions ORDER BY since');
  return rows.map(({ version }) => version);
}

async function upgradeTo(program: string): Promise<string[]> {
  const progress: string[] = [];
  const onProgress = (line: string) => progress.push(line);
  await upgradePostgres({ url: postgres.url, program, plugins: PLUGINS, onProgress });
  return progress;
}

// One database, from its first version on.
test('of several that begin at once one makes the tables, and writes the version down', async () => {
  expect(await Promise.all([FIRST, FIRST, FIRST].map(upgradeTo))).toEqual([[], [], []]);
  expect(await versions()).toEqual([FIRST]);
  expect(await execute('SELECT count(*)::int FROM treasury.ledger')).toEqual([{ count: 0 }]);
});

test('a later version migrates it once, and says so', async () => {
  const said = await Promise.all([LATER, LATER].map(upgradeTo));
  expect(said.flat()).toEqual([
    `The database is of 371OS ${FIRST}, this is ${LATER}: migrating it`,
  ]);
  expect(await versions()).toEqual([FIRST, LATER]);
});

test('an older version is refused, and changes nothing', async () => {
  await expect(upgradeTo('98.9.9')).rejects.toThrow(
    /^The PostgreSQL database was written by 371OS 99\.0\.0, and this is 371OS 98\.9\.9/,
  );
  expect(await versions()).toEqual([FIRST, LATER]);
});

test('one from before versions were written down is of the first', async () => {
  await execute('DROP SCHEMA launcher CASCADE');
  expect(await upgradeTo(LATER)).toEqual([expect.stringContaining(`is of 371OS ${FIRST},`)]);
});

test('one that cannot be migrated keeps its version, and the operator is told of the backup', async () => {
  await execute('ALTER TABLE treasury.ledger ALTER COLUMN cost_pico TYPE text');
  await expect(upgradeTo('99.0.1')).rejects.toThrow(
    new RegExp(`of 371OS ${LATER} could not be upgraded to 99\\.0\\.1: .*put back the backup`, 's'),
  );
  expect(await versions()).toEqual([LATER]);
});

test('a server that does not answer is named', async () => {
  await open().close();
  const nowhere = 'postgresql://postgres@127.0.0.1:1/postgres';
  const upgrade = { url: nowhere, program: FIRST, plugins: PLUGINS, onProgress: () => undefined };
  await expect(upgradePostgres(upgrade)).rejects.toThrow(/POSTGRES_URL cannot be used/);
});

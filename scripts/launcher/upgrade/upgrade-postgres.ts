import { stringToUuid, type IDatabaseAdapter } from '@elizaos/core';
import { createDatabaseAdapter } from '@elizaos/plugin-sql';
import { BaseError } from '@371os/kernel';
import type { SqlExecutor } from '@371os/plugin-treasury';
import { sql, type SQL } from 'drizzle-orm';
import { z } from 'zod';
import { DatabaseUpgradeFailedError, NewerDataError, PostgresUnusableError } from '../errors.ts';
import { ageOf, FIRST_VERSION, versionText } from './compare-versions.ts';
import { migrateTables } from './migrate-tables.ts';
import { importPlugins } from './migrated-plugins.ts';
import { problemOf } from './problem-of.ts';

interface PostgresUpgrade {
  readonly url: string;
  readonly program: string;
  /** Names of the plugins whose tables are in the database. */
  readonly plugins: readonly string[];
  readonly onProgress: (line: string) => void;
}

type Transactions = SqlExecutor & {
  transaction<Result>(work: (transaction: SqlExecutor) => Promise<Result>): Promise<Result>;
};

// Any number that nobody else uses: whoever migrates a database of ours holds it.
const LOCK = 371_371_371;
const LOCK_WAIT = '10min';

const versionRows = z.array(z.object({ version: versionText }));
const existsRows = z.array(z.object({ exists: z.boolean() }));

/**
 * Makes the database at an address one of this program's version. One process at a time migrates it,
 * in place; the others wait for it. What is left of a migration that failed is the operator's to
 * put back, from a backup.
 * @throws NewerDataError, DatabaseUpgradeFailedError, PostgresUnusableError
 */
export async function upgradePostgres(upgrade: PostgresUpgrade): Promise<void> {
  const adapter = createDatabaseAdapter({ postgresUrl: upgrade.url }, stringToUuid('371os'));
  try {
    const database = adapter.db as Transactions;
    // Nobody has to wait who finds what they want.
    if ((await writerIn(database)) === upgrade.program) return;
    await database.transaction(async (holder) => {
      await holder.execute(sql`SELECT set_config('lock_timeout', ${LOCK_WAIT}, true),
        set_config('idle_in_transaction_session_timeout', '0', true)`);
      await holder.execute(sql`SELECT pg_advisory_xact_lock(${LOCK})`);
      await migrate(adapter, upgrade);
    });
  } catch (error) {
    await adapter.close();
    throw BaseError.isInstance(error) ? error : new PostgresUnusableError({ cause: error });
  }
}

async function migrate(
  adapter: IDatabaseAdapter,
  { program, plugins, onProgress }: PostgresUpgrade,
): Promise<void> {
  const database = adapter.db as SqlExecutor;
  const writer = await writerIn(database);
  const age = writer === undefined ? 'older' : ageOf(writer, program);
  if (age === 'newer')
    throw new NewerDataError({ place: 'The PostgreSQL database', writer: writer ?? '', program });
  // Another process has migrated it while this one waited.
  if (age === 'same') return;
  if (writer) onProgress(`The database is of 371OS ${writer}, this is ${program}: migrating it`);
  try {
    await migrateTables(adapter, await importPlugins(plugins));
  } catch (cause) {
    if (writer === undefined) throw cause;
    throw new DatabaseUpgradeFailedError({ writer, program, problem: problemOf(cause), cause });
  }
  await mark(database, program);
}

// Without a record it is from before there was one, if it is ours at all.
async function writerIn(database: SqlExecutor): Promise<string | undefined> {
  if (await exists(database, sql`to_regclass('launcher.versions')`)) {
    const { rows } = await database.execute(
      sql`SELECT version FROM launcher.versions ORDER BY since DESC LIMIT 1`,
    );
    return versionRows.parse(rows)[0]?.version;
  }
  return (await exists(database, sql`to_regnamespace('treasury')`)) ? FIRST_VERSION : undefined;
}

async function exists(database: SqlExecutor, name: SQL): Promise<boolean> {
  const { rows } = await database.execute(sql`SELECT ${name} IS NOT NULL AS "exists"`);
  return existsRows.parse(rows)[0]?.exists ?? false;
}

async function mark(database: SqlExecutor, version: string): Promise<void> {
  await database.execute(sql`CREATE SCHEMA IF NOT EXISTS launcher`);
  await database.execute(
    sql`CREATE TABLE IF NOT EXISTS launcher.versions (version text NOT NULL, since timestamptz NOT NULL)`,
  );
  await database.execute(sql`INSERT INTO launcher.versions VALUES (${version}, clock_timestamp())`);
}

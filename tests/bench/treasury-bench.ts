// Reservations a second through the treasury, beside the least that guards one cap in SQL: a
// conditional UPDATE to reserve, and one statement to settle and to record. On PGlite in memory and,
// where POSTGRES_URL is set, in a new database on that server. One JSON line for each.
import { randomUUID } from 'node:crypto';
import { readSettings } from '@371os/kernel';
import treasuryPlugin, { Books, Database, treasurySettings } from '@371os/plugin-treasury';
import { sql } from 'drizzle-orm';
import { openDatabase, type TestDatabase } from '../support/database.ts';
import { startPostgres } from '../support/postgres.ts';
import { report } from './report.ts';

process.env['LOG_LEVEL'] = 'fatal';

const ROUNDS = 400;
const WARM_UP = 50;
const AT_ONCE = 8;
const AMOUNT = 100_000_000n;

type Work = () => Promise<void>;

/** Rounds a second, `AT_ONCE` of them at any time. */
async function rate(work: Work): Promise<number> {
  await repeat(work, WARM_UP);
  const begin = performance.now();
  await repeat(work, ROUNDS);
  return (ROUNDS * 1_000) / (performance.now() - begin);
}

async function repeat(work: Work, rounds: number): Promise<void> {
  let left = rounds;
  const lane = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await work();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

async function throughTreasury(database: TestDatabase): Promise<Work> {
  const settings = readSettings(treasurySettings, () => undefined);
  const books = new Books({ database: new Database(database), settings });
  await books.open();
  const scopes = { agent: 'CTO Zara', user: 'owner', task: 'bench' };
  const usage = { provider: 'p', model: 'm', tokensIn: 1, tokensOut: 1, status: 'ok' } as const;
  return async () => {
    const { id } = await books.reserve({ category: 'llm', amountPico: AMOUNT, scopes });
    await books.settle(id, { ...usage, costPico: 1n });
  };
}

async function bare(database: TestDatabase): Promise<Work> {
  await database.execute(sql`CREATE TABLE bare_cap (id integer PRIMARY KEY, used bigint NOT NULL)`);
  await database.execute(sql`CREATE TABLE bare_ledger (id text PRIMARY KEY, cost bigint NOT NULL)`);
  await database.execute(sql`INSERT INTO bare_cap VALUES (1, 0)`);
  const [amount, limit] = [AMOUNT.toString(), (20n * 10n ** 12n).toString()];
  return async () => {
    await database.execute(
      sql`UPDATE bare_cap SET used = used + ${amount}::bigint
          WHERE id = 1 AND used + ${amount}::bigint <= ${limit}::bigint RETURNING used`,
    );
    await database.execute(
      sql`WITH settled AS (UPDATE bare_cap SET used = used - ${amount}::bigint + 1 WHERE id = 1)
          INSERT INTO bare_ledger VALUES (${randomUUID()}, 1)`,
    );
  };
}

async function measure(where: string, database: TestDatabase): Promise<void> {
  const treasury = await rate(await throughTreasury(database));
  const baseline = await rate(await bare(database));
  report({
    bench: `reserve and settle on ${where}`,
    unit: 'a second',
    value: treasury,
    baseline: 'bare SQL for one cap',
    baselineValue: baseline,
  });
}

await measure('PGlite', await openDatabase([treasuryPlugin], { dataDir: 'memory://' }));
if (process.env['POSTGRES_URL']) {
  const postgres = await startPostgres();
  const database = await openDatabase([treasuryPlugin], { postgresUrl: postgres.url });
  await measure('PostgreSQL', database);
  await database.close();
  await postgres.stop();
}
process.exit(0);

import { afterAll, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { readSettings } from '@371os/kernel';
import treasuryPlugin, {
  Books,
  BudgetExceededError,
  Database,
  treasurySettings,
} from '@371os/plugin-treasury';
import { openDatabase, type TestDatabase } from '../support/database.ts';
import { freshDatabase } from '../support/fresh-database.ts';
import { WorkerProcess } from '../support/worker-process.ts';
import { asking, reservedBy, standing, usage, usd } from '../treasury/treasury-fixture.ts';

const dataDir = freshDatabase();
let database: TestDatabase | undefined;
afterAll(async () => {
  await database?.close();
});

async function booksAhead(executor: TestDatabase, ahead: string): Promise<Books> {
  const clock = () => sql`now() + ${ahead}::interval`;
  const settings = readSettings(treasurySettings, (key) =>
    key === 'TREASURY_LLM_CAP_USD' ? '5' : undefined,
  );
  const books = new Books({ database: new Database(executor, clock), settings });
  await books.open();
  return books;
}

test('kill -9 between reserve and settle leaves no money stuck after the lease', async () => {
  const amountPico = String(usd('0.10'));
  const worker = await WorkerProcess.start('treasury-worker.ts', {
    dataDir,
    capUsd: '5',
    amountPico,
    count: 50,
    ttlMs: 60_000,
  });
  const { granted } = await reservedBy(worker);
  expect(granted).toHaveLength(50);
  await worker.kill();

  database = await openDatabase([treasuryPlugin], { dataDir });
  const books = await booksAhead(database, '0 s');
  await books.verify();
  expect(await standing(books)).toMatchObject({ reservedPico: usd('5') });
  await expect(books.reserve(asking())).rejects.toThrow(BudgetExceededError);

  const later = await booksAhead(database, '61 s');
  const { id } = await later.reserve(asking('5'));
  expect((await later.ledger()).filter(({ status }) => status === 'error')).toHaveLength(50);
  // One of the dead had spent after all, and its bill comes late.
  await later.release(id);
  expect(await later.settle(granted[0]!, usage('0.04'))).toEqual({
    costPico: usd('0.04'),
    wasSettled: true,
  });
  expect(await standing(later)).toMatchObject({ spentPico: usd('0.04'), reservedPico: 0n });
  await later.verify();
});

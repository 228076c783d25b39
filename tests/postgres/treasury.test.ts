import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { readSettings } from '@371os/kernel';
import treasuryPlugin, {
  Books,
  BudgetExceededError,
  Database,
  treasurySettings,
} from '@371os/plugin-treasury';
import { openDatabase, type TestDatabase } from '../support/database.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { WorkerProcess } from '../support/worker-process.ts';
import {
  asking,
  emptyTreasury,
  openBooks,
  reservedBy,
  standing,
  usage,
  usd,
} from '../treasury/treasury-fixture.ts';

let postgres: TestPostgres;
let database: TestDatabase;
beforeAll(async () => {
  postgres = await startPostgres();
  database = await openDatabase([treasuryPlugin], { postgresUrl: postgres.url });
});
afterAll(async () => {
  await database.close();
  await postgres.stop();
});
beforeEach(() => emptyTreasury(database));

/** Books by the database's own clock, or as far ahead of it as `ahead` says. */
async function booksOf(capUsd: string, ahead = '0 s'): Promise<Books> {
  const clock = () => sql`now() + ${ahead}::interval`;
  const settings = readSettings(treasurySettings, (key) =>
    key === 'TREASURY_LLM_CAP_USD' ? capUsd : undefined,
  );
  const books = new Books({ database: new Database(database, clock), settings });
  await books.open();
  return books;
}

function order(more: Record<string, unknown>): Record<string, unknown> {
  return {
    postgresUrl: postgres.url,
    capUsd: '5',
    amountPico: String(usd('0.10')),
    ttlMs: 60_000,
    ...more,
  };
}

async function startWorkers(
  count: number,
  more: Record<string, unknown>,
): Promise<WorkerProcess[]> {
  return Promise.all(
    Array.from({ length: count }, () => WorkerProcess.start('treasury-worker.ts', order(more))),
  );
}

describe('four processes on one PostgreSQL', () => {
  test.each([
    ['one by one', false],
    ['together and ahead, as for model calls', true],
  ])('1,000 reservations of 0.10 against 5.00, %s: exactly 50 are granted', async (_, ahead) => {
    const workers = await startWorkers(4, { count: 250, chargeOnExpiry: ahead });
    const outcomes = await Promise.all(workers.map(reservedBy));
    await Promise.all(workers.map((worker) => worker.end()));
    expect(outcomes.reduce((sum, { granted }) => sum + granted.length, 0)).toBe(50);
    expect(outcomes.reduce((sum, { refused }) => sum + refused, 0)).toBe(950);
    expect(new Set(outcomes.flatMap(({ codes }) => codes))).toEqual(new Set(['BUDGET_EXCEEDED']));
    const books = await booksOf('5');
    expect(await standing(books)).toMatchObject({ reservedPico: usd('5'), remainingPico: 0n });
    await books.verify();
  });

  test('reserve and settle at once, and every cent is in the ledger', async () => {
    const workers = await startWorkers(4, {
      count: 200,
      settlePico: String(usd('0.01')),
      capUsd: '8',
    });
    const outcomes = await Promise.all(workers.map(reservedBy));
    const granted = outcomes.reduce((sum, outcome) => sum + outcome.granted.length, 0);
    const books = await booksOf('8');
    await books.verify();
    expect(await standing(books)).toMatchObject({
      spentPico: BigInt(granted) * usd('0.01'),
      reservedPico: 0n,
    });
    expect(new Set(outcomes.flatMap(({ codes }) => codes)).size).toBeLessThanOrEqual(1);
  });

  test('reserve small amounts ahead, and every cent is in the ledger', async () => {
    const workers = await startWorkers(4, {
      count: 300,
      amountPico: String(usd('0.001')),
      settlePico: String(usd('0.0004')),
      chargeOnExpiry: true,
    });
    const outcomes = await Promise.all(workers.map(reservedBy));
    await Promise.all(workers.map((worker) => worker.end()));
    expect(outcomes.map(({ granted }) => granted.length)).toEqual([300, 300, 300, 300]);
    expect(new Set(outcomes.flatMap(({ granted }) => granted)).size).toBe(1_200);
    const books = await booksOf('5');
    await books.verify();
    expect(await standing(books)).toMatchObject({
      spentPico: usd('0.48'),
    });
    expect(await books.ledger({ limit: 100_000 })).toHaveLength(1_200);
  });

  test('start together and make each cap once', async () => {
    const workers = await startWorkers(4, { count: 0 });
    await Promise.all(workers.map(reservedBy));
    await Promise.all(workers.map((worker) => worker.end()));
    expect(await (await booksOf('5')).caps()).toHaveLength(5);
  });
});

test('what a killed process had reserved is free once its lease has run out', async () => {
  const worker = await WorkerProcess.start('treasury-worker.ts', order({ count: 50 }));
  expect((await reservedBy(worker)).granted).toHaveLength(50);
  await worker.kill();
  const books = await booksOf('5');
  await expect(books.reserve(asking())).rejects.toThrow(BudgetExceededError);
  const later = await booksOf('5', '61 s');
  await later.reserve(asking('5'));
  expect(await standing(later)).toMatchObject({ spentPico: 0n, reservedPico: usd('5') });
  expect(await later.ledger()).toHaveLength(50);
  await later.verify();
});

test('settle, release and expiry race from many connections: each reservation ends once', async () => {
  const { books, clock } = await openBooks(database, { TREASURY_LLM_CAP_USD: '100' });
  for (let round = 0; round < 5; round += 1) {
    const open = await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        books.reserve(asking('0.10', { agent: `a${index % 3}`, task: `t${index % 7}` })),
      ),
    );
    clock.advance(61_000);
    await Promise.all(
      open.flatMap(({ id }, index) => [
        books.settle(id, usage('0.05')),
        index % 2 ? books.release(id) : books.renew(id),
        books.settle(id, usage('0.05')),
        index % 5 ? books.remainingFraction({ agent: 'a1' }) : books.summary(),
      ]),
    );
    await books.verify();
  }
  const { spentPico, reservedPico } = await standing(books);
  const rows = await books.ledger({ limit: 100_000 });
  expect(reservedPico).toBe(0n);
  expect(rows.reduce((sum, row) => sum + row.costPico, 0n)).toBe(spentPico);
  expect(
    new Set(rows.filter((row) => row.costPico > 0n).map((row) => row.reservationId)).size,
  ).toBe(rows.filter((row) => row.costPico > 0n).length);
});

test('a lowered cap and a full one hold on PostgreSQL as they do on PGlite', async () => {
  const { books, clock } = await openBooks(database, { TREASURY_TASK_CAP_USD: '0.15' });
  const scopes = { agent: 'Zara', user: 'owner', task: 't1' };
  await books.settle((await books.reserve(asking('0.10', scopes))).id, usage('0.10'));
  await expect(books.reserve(asking('0.10', scopes))).rejects.toThrow(
    /^Monthly budget of \$0\.15 for task t1/,
  );
  clock.advance(1_000);
  expect(await books.remainingFraction(scopes)).toBe(0.333333333333333);
  clock.set('2026-04-01T00:00:00Z');
  await books.reserve(asking('0.10', scopes));
  expect(await books.exportCsv()).toContain('qwen2-72b');
  await database.execute(sql`DELETE FROM treasury.ledger`);
  clock.set('2026-03-18T12:30:00Z');
  await expect(books.verify()).rejects.toThrow(/The ledger is damaged/);
});

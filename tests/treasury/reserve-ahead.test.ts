import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import treasuryPlugin, {
  BudgetExceededError,
  TaskHeldError,
  type Books,
  type Reservation,
  type ReservationRequest,
  type SqlExecutor,
} from '@371os/plugin-treasury';
import { openDatabase, type TestDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { asking, emptyTreasury, openBooks, standing, usage, usd } from './treasury-fixture.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await openDatabase([treasuryPlugin]);
});
afterAll(() => database.close());
const opened: Books[] = [];
const open: typeof openBooks = async (...init) => {
  const all = await openBooks(...init);
  opened.push(all.books);
  return all;
};
beforeEach(() => emptyTreasury(database));
afterEach(async () => {
  for (const books of opened.splice(0)) await books.close();
});

const MINUTE = 60_000;
const scopes = { agent: 'Zara', user: 'owner', task: 't1' };
/** As a model call asks. */
const calling = (amountUsd = '0.001', of = scopes): ReservationRequest => ({
  ...asking(amountUsd, of),
  chargeOnExpiry: true,
});

class CountingExecutor implements SqlExecutor {
  statements = 0;

  execute(...[query]: Parameters<SqlExecutor['execute']>): ReturnType<SqlExecutor['execute']> {
    this.statements += 1;
    return database.execute(query);
  }
}

async function stateOf({ id }: Reservation): Promise<unknown> {
  const { rows } = await database.execute(
    sql`SELECT state FROM treasury.reservations WHERE id = ${id}`,
  );
  return (rows[0] as { state?: unknown } | undefined)?.state;
}

async function openNow(): Promise<number> {
  const { rows } = await database.execute(
    sql`SELECT id FROM treasury.reservations WHERE state = 'open'`,
  );
  return rows.length;
}

async function inARow(books: Books, count: number): Promise<Reservation[]> {
  const taken: Reservation[] = [];
  for (let number = 0; number < count; number += 1) taken.push(await books.reserve(calling()));
  return taken;
}

const idsOf = (reservations: readonly Reservation[]): Set<string> =>
  new Set(reservations.map(({ id }) => id));

describe('requests of the same scopes', () => {
  test('that follow each other share statements; each is in the database before it is handed out', async () => {
    const executor = new CountingExecutor();
    const { books } = await open(executor, { TREASURY_LLM_CAP_USD: '5' });
    const before = executor.statements;
    const taken: Reservation[] = [];
    for (let number = 0; number < 100; number += 1) {
      const reservation = await books.reserve(calling());
      expect(await stateOf(reservation)).toBe('open');
      taken.push(reservation);
    }
    expect(idsOf(taken).size).toBe(100);
    expect(executor.statements - before).toBeLessThan(20);
    const { reservedPico } = await standing(books);
    expect(reservedPico).toBe(taken.reduce((sum, { amountPico }) => sum + amountPico, 0n));
    expect(reservedPico).toBeLessThanOrEqual(usd('0.1125'));
    await Promise.all(taken.map(({ id }) => books.settle(id, usage('0.0004'))));
    expect(await standing(books)).toMatchObject({ spentPico: usd('0.04'), reservedPico: 0n });
    expect(await books.ledger()).toHaveLength(100);
    await books.verify();
  });

  test('that come together share statements', async () => {
    const executor = new CountingExecutor();
    const { books } = await open(executor, { TREASURY_LLM_CAP_USD: '5' });
    await books.reserve(calling());
    const before = executor.statements;
    const taken = await Promise.all(Array.from({ length: 60 }, () => books.reserve(calling())));
    expect(idsOf(taken).size).toBe(60);
    expect(executor.statements - before).toBeLessThan(4);
  });

  test('get at least what each of them asks for', async () => {
    const { books } = await open(database, { TREASURY_LLM_CAP_USD: '5' });
    for (const amount of ['0.001', '0.002', '0.001', '0.004', '0.0041', '0.001', '0.009']) {
      const { amountPico } = await books.reserve(calling(amount));
      expect(amountPico).toBeGreaterThanOrEqual(usd(amount));
    }
    await books.close();
    await books.verify();
  });

  test('of 1,000 at once against 5.00, exactly 50 of 0.10 are granted, in their order', async () => {
    const { books } = await open(database, { TREASURY_LLM_CAP_USD: '5' });
    const everybody = Array.from({ length: 1_000 }, () => books.reserve(calling('0.10')));
    const results = await Promise.allSettled(everybody);
    expect(results.slice(0, 50).every(({ status }) => status === 'fulfilled')).toBe(true);
    for (const result of results.slice(50))
      expect(result).toMatchObject({ reason: expect.any(BudgetExceededError) as unknown });
    expect(await standing(books)).toMatchObject({ reservedPico: usd('5'), remainingPico: 0n });
  }, 60_000);

  test('are judged one after the other: a small one fits where a large one does not', async () => {
    const { books } = await open(database, { TREASURY_LLM_CAP_USD: '1' });
    const results = await Promise.allSettled(
      ['0.4', '0.5', '0.2', '0.1'].map((amount) => books.reserve(calling(amount))),
    );
    expect(results.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
  });
});

describe('what is reserved ahead', () => {
  test('is at most a 64th of what is left', async () => {
    const { books } = await open(database, { TREASURY_LLM_CAP_USD: '0.064' });
    await inARow(books, 30);
    expect(await openNow()).toBe(30);
    const { books: richer } = await open(database, { TREASURY_LLM_CAP_USD: '10' });
    await inARow(richer, 30);
    expect(await openNow()).toBeGreaterThan(60);
  });

  test('keeps nobody of this process from the last cent', async () => {
    const { books } = await open(database, { TREASURY_LLM_CAP_USD: '1' });
    const { books: other } = await open(database, { TREASURY_LLM_CAP_USD: '1' });
    const taken = await inARow(books, 8);
    expect(await openNow()).toBeGreaterThan(8);
    const used = taken.reduce((sum, { amountPico }) => sum + amountPico, 0n);
    await other.reserve({ ...asking(), amountPico: usd('1') - used });
    expect(await standing(books)).toMatchObject({ reservedPico: usd('1'), remainingPico: 0n });
  });

  test('goes back when it is not needed, and at the end', async () => {
    const { books } = await open(database);
    await inARow(books, 8);
    expect(await openNow()).toBeGreaterThan(8);
    await eventually(async () => {
      expect(await openNow()).toBe(8);
    });
    await inARow(books, 8);
    await books.close();
    expect(await openNow()).toBe(16);
    expect(await books.ledger()).toEqual([]);
    await books.verify();
  });

  test('goes back when it is old, though others are still asked for', async () => {
    const { books } = await open(database);
    await inARow(books, 40);
    await eventually(async () => {
      await books.reserve(calling());
      const { rows } = await database.execute(
        sql`SELECT id FROM treasury.reservations WHERE state = 'released'`,
      );
      expect(rows.length).toBeGreaterThan(0);
    });
  });

  test('is nothing of amounts that no database could hold an eighth more of', async () => {
    const { books } = await open(database);
    await emptyTreasury(database);
    const most = { ...calling(), amountPico: 4_000_000_000_000_000_000n };
    await books.reserve(most);
    await books.reserve(most);
    expect(await openNow()).toBe(2);
  });

  test('is not for a task that is held', async () => {
    const { books } = await open(database);
    await inARow(books, 8);
    await books.holdTask({ task: 't1', user: 'owner', reason: 'it goes round in circles' });
    await expect(books.reserve(calling())).rejects.toThrow(TaskHeldError);
  });

  test('is only of money that is charged when nobody comes back for it', async () => {
    const { books } = await open(database);
    for (let number = 0; number < 8; number += 1) await books.reserve(asking('0.001', scopes));
    expect(await openNow()).toBe(8);
  });

  test('counts as spent where its process died, and what was used is put right', async () => {
    const { books, clock } = await open(database);
    const taken = await inARow(books, 8);
    const reservations = await openNow();
    // Nobody says another word of it.
    clock.advance(MINUTE);
    const { books: heir } = await open(database, {}, clock);
    await heir.tidy();
    expect(await openNow()).toBe(0);
    const rows = await heir.ledger();
    expect(rows).toHaveLength(reservations);
    expect(rows.length).toBeLessThanOrEqual(8 + 16);
    for (const { costPico, status } of rows) {
      expect(status).toBe('error');
      expect(costPico).toBeGreaterThanOrEqual(usd('0.001'));
      expect(costPico).toBeLessThanOrEqual(usd('0.001125'));
    }
    await heir.settle(taken[7]!.id, usage('0.0002'));
    expect((await heir.ledger()).filter(({ status }) => status === 'ok')).toHaveLength(1);
    await heir.verify();
  });
});

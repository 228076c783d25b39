import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import treasuryPlugin, { BudgetExceededError } from '@371os/plugin-treasury';
import { openDatabase, type TestDatabase } from '../support/database.ts';
import { emptyTreasury, openBooks, usd, usage } from './treasury-fixture.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await openDatabase([treasuryPlugin]);
});
afterAll(() => database.close());
beforeEach(() => emptyTreasury(database));

describe('a reservation', () => {
  test('of 1,000 at once, exactly as many as fit are granted', async () => {
    const { books } = await openBooks(database, { TREASURY_LLM_CAP_USD: '5' });
    const request = {
      category: 'llm',
      amountPico: usd('0.10'),
      scopes: { agent: 'Zara' },
    } as const;
    const started = performance.now();
    const results = await Promise.allSettled(
      Array.from({ length: 1_000 }, () => books.reserve(request)),
    );
    console.log('ms', performance.now() - started);
    const granted = results.filter((result) => result.status === 'fulfilled');
    expect(granted).toHaveLength(50);
    for (const result of results)
      if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(BudgetExceededError);
    await Promise.all(granted.map(({ value }) => books.settle(value.id, usage('0.04'))));
    const [llm] = (await books.summary()).caps;
    expect(llm).toMatchObject({ spentPico: usd('2'), reservedPico: 0n, remainingPico: usd('3') });
  });
});

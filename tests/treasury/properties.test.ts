import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BaseError } from '@371os/kernel';
import treasuryPlugin, { BudgetExceededError, type Books } from '@371os/plugin-treasury';
import { openDatabase, type TestDatabase } from '../support/database.ts';
import {
  asking,
  emptyTreasury,
  openBooks,
  standing,
  type TestClock,
  usage,
  usd,
} from './treasury-fixture.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await openDatabase([treasuryPlugin]);
});
afterAll(() => database.close());

const CAP = usd('1');
const CENT = usd('0.01');

/** What has become of one reservation, as it should be. */
interface Expected {
  readonly id: string;
  readonly cents: number;
  readonly expiresAtMs: number;
  state: 'open' | 'released' | 'settled';
  costCents: number;
  /** The lease had run out before it was settled. */
  isLate: boolean;
}

type Step =
  | { readonly do: 'reserve'; readonly cents: number; readonly agent: string }
  | { readonly do: 'settle'; readonly which: number; readonly cents: number }
  | { readonly do: 'release'; readonly which: number }
  | { readonly do: 'wait'; readonly seconds: number }
  | { readonly do: 'look' };

const which = fc.nat({ max: 30 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('reserve' as const),
      cents: fc.integer({ min: 0, max: 40 }),
      agent: fc.constantFrom('Zara', 'Maya'),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('settle' as const),
      which,
      cents: fc.integer({ min: 0, max: 40 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('release' as const), which }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      seconds: fc.integer({ min: 1, max: 90 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('look' as const) }) },
);

class Model {
  readonly #books: Books;
  readonly #clock: TestClock;
  readonly #all: Expected[] = [];

  constructor(books: Books, clock: TestClock) {
    this.#books = books;
    this.#clock = clock;
  }

  async take(next: Step): Promise<void> {
    if (next.do === 'reserve') return this.#reserve(next.cents, next.agent);
    if (next.do === 'look') await this.#books.summary();
    if (next.do === 'wait') this.#clock.advance(next.seconds * 1_000);
    if (next.do === 'look' || next.do === 'wait') return;
    const chosen = this.#all[next.which % Math.max(1, this.#all.length)];
    if (!chosen) return;
    if (next.do === 'settle') return this.#settle(chosen, next.cents);
    await this.#books.release(chosen.id);
    // Nobody can tell a release after the lease from the expiry itself: neither costs anything.
    if (chosen.state === 'open' && !this.#isDue(chosen)) chosen.state = 'released';
  }

  async #reserve(cents: number, agent: string): Promise<void> {
    const fits = cents === 0 || this.#used() + BigInt(cents) * CENT <= CAP;
    try {
      const amount = { ...asking('0', { agent }), amountPico: BigInt(cents) * CENT };
      const { id, expiresAtMs } = await this.#books.reserve(amount);
      expect(fits).toBe(true);
      this.#all.push({ id, cents, expiresAtMs, state: 'open', costCents: 0, isLate: false });
    } catch (error) {
      if (!BaseError.isInstance(error)) throw error;
      expect(error).toBeInstanceOf(BudgetExceededError);
      expect(fits).toBe(false);
    }
  }

  async #settle(chosen: Expected, cents: number): Promise<void> {
    const settlement = await this.#books.settle(
      chosen.id,
      usage('0', { costPico: BigInt(cents) * CENT }),
    );
    if (chosen.state === 'open' && settlement.wasSettled) {
      chosen.isLate = this.#isDue(chosen);
      chosen.state = 'settled';
      chosen.costCents = cents;
    } else if (chosen.state === 'open') {
      // It was released after its lease, before anybody had swept it.
      expect(this.#isDue(chosen)).toBe(true);
      chosen.state = 'released';
    }
    expect(settlement.costPico).toBe(BigInt(chosen.costCents) * CENT);
  }

  #isDue({ expiresAtMs }: Expected): boolean {
    return expiresAtMs <= this.#clock.now();
  }

  #used(): bigint {
    const counted = this.#all.map((each) =>
      each.state === 'settled'
        ? each.costCents
        : each.state === 'open' && !this.#isDue(each)
          ? each.cents
          : 0,
    );
    return BigInt(counted.reduce((sum, cents) => sum + cents, 0)) * CENT;
  }

  async check(): Promise<void> {
    await this.#books.verify();
    const { spentPico, reservedPico } = await standing(this.#books);
    expect(spentPico + reservedPico).toBe(this.#used());
    const rows = await this.#books.ledger();
    expect(rows.reduce((sum, row) => sum + row.costPico, 0n)).toBe(spentPico);
    const settled = this.#all.filter(({ state }) => state === 'settled');
    expect(rows.filter(({ provider }) => provider === 'openrouter')).toHaveLength(settled.length);
    // Only costs above what was reserved, and late ones, can take a cap over its limit.
    const isOver = settled.some((each) => each.isLate || each.costCents > each.cents);
    if (!isOver) expect(spentPico + reservedPico <= CAP).toBe(true);
  }
}

test('whatever happens in whatever order, the money adds up', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      await emptyTreasury(database);
      const { books, clock } = await openBooks(database, { TREASURY_LLM_CAP_USD: '1' });
      const model = new Model(books, clock);
      for (const next of steps) await model.take(next);
      await model.check();
    }),
    { numRuns: 25 },
  );
}, 120_000);

test('whatever happens at the same time, the money adds up', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 40 }), async (steps) => {
      await emptyTreasury(database);
      const { books, clock } = await openBooks(database, { TREASURY_LLM_CAP_USD: '1' });
      const open = await Promise.all(
        Array.from({ length: 10 }, () => books.reserve(asking('0.05'))),
      );
      const idOf = (chosen: number): string => open[chosen % open.length]!.id;
      const results = await Promise.allSettled(
        steps.map(async (next) => {
          if (next.do === 'settle') return books.settle(idOf(next.which), usage('0.05'));
          if (next.do === 'release') return books.release(idOf(next.which));
          if (next.do === 'reserve')
            return books.reserve({ ...asking(), amountPico: BigInt(next.cents) * CENT });
          if (next.do === 'wait') clock.advance(next.seconds * 100);
          return books.summary();
        }),
      );
      for (const result of results)
        if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(BudgetExceededError);
      await books.verify();
      const { spentPico, reservedPico } = await standing(books);
      expect(spentPico + reservedPico <= CAP).toBe(true);
      const costs = (await books.ledger()).reduce((sum, row) => sum + row.costPico, 0n);
      expect(costs).toBe(spentPico);
    }),
    { numRuns: 10 },
  );
}, 120_000);

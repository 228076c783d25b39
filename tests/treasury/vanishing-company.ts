import { expect } from '@jest/globals';
import { sql, type SQL } from 'drizzle-orm';
import fc from 'fast-check';
import { z } from 'zod';
import { BaseError, readSettings } from '@371os/kernel';
import {
  Books,
  BudgetExceededError,
  Database,
  treasurySettings,
  type SqlExecutor,
} from '@371os/plugin-treasury';
import { emptyTreasury, TestClock, usage, usd } from './treasury-fixture.ts';

// Processes that make calls on one database, and may vanish between any two statements. What they
// do is drawn at random, many things at a time; the caps are looked at after every statement.

const CAP = usd('1');
const AGENT_CAP = usd('0.60');
const CENT = usd('0.01');
const MILL = usd('0.001');
const LEASE_MS = 60_000;
const PROCESSES = 3;

export type Action =
  | { readonly do: 'call'; readonly at: number; readonly agent: string; readonly cents: number }
  /** Calls of one agent: small ones one after the other are reserved ahead, those at once together. */
  | {
      readonly do: 'burst';
      readonly at: number;
      readonly agent: string;
      readonly mills: readonly number[];
      readonly isAtOnce: boolean;
    }
  /** It ended, or was aborted, and cost a share of what was reserved for it. */
  | { readonly do: 'end'; readonly call: number; readonly percent: number }
  /** Nothing was sent. */
  | { readonly do: 'release'; readonly call: number }
  | { readonly do: 'renew'; readonly call: number }
  | { readonly do: 'look'; readonly at: number }
  /** After so many more statements; the last may still reach the database, its answer is lost. */
  | {
      readonly do: 'crash';
      readonly at: number;
      readonly statements: number;
      readonly isLastDone: boolean;
    }
  | { readonly do: 'jump'; readonly seconds: number };

const at = fc.nat({ max: PROCESSES - 1 });
const call = fc.nat({ max: 60 });
const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('call' as const),
      at,
      agent: fc.constantFrom('Zara', 'Maya'),
      cents: fc.integer({ min: 0, max: 30 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('burst' as const),
      at,
      agent: fc.constantFrom('Zara', 'Maya'),
      mills: fc.oneof(
        fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 2, maxLength: 12 }),
        fc.array(fc.integer({ min: 50, max: 300 }), { minLength: 2, maxLength: 6 }),
      ),
      isAtOnce: fc.boolean(),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('end' as const),
      call,
      percent: fc.integer({ min: 0, max: 100 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('release' as const), call }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('renew' as const), call }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('look' as const), at }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('crash' as const),
      at,
      statements: fc.nat({ max: 4 }),
      isLastDone: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('jump' as const),
      // The database's clock, put right or put wrong: back, too, and over midnight.
      seconds: fc.oneof(
        fc.integer({ min: -90, max: 90 }),
        fc.constantFrom(-86_400, 3_600, 86_400, 31 * 86_400),
      ),
    }),
  },
);

/** What is done at the same time, one after the other. */
export const rounds = fc.array(fc.array(action, { minLength: 1, maxLength: 8 }), {
  minLength: 3,
  maxLength: 12,
});

/** What one call may have cost in the end, in pico-USD. */
interface Expected {
  readonly id: string;
  readonly process: MortalProcess;
  readonly amountPico: bigint;
  outcomes: Set<bigint>;
  hasEnded: boolean;
}

const pico = z.string().transform(BigInt);
const endedRow = z.object({
  id: z.string(),
  state: z.string(),
  cost_pico: pico,
  amount_pico: pico,
  ledger_pico: pico,
  lines: z.number(),
});
type EndedRow = z.output<typeof endedRow>;

/** Books in a process of their own, as far as the database can tell. */
class MortalProcess {
  books: Books;
  #statementsLeft = Number.POSITIVE_INFINITY;
  #isLastDone = true;

  constructor(executor: SqlExecutor, clock: TestClock) {
    const mortal: SqlExecutor = { execute: (query) => this.#execute(executor, query) };
    const values: Record<string, string> = {
      TREASURY_LLM_CAP_USD: '1',
      TREASURY_AGENT_DAILY_CAP_USD: '0.60',
      TREASURY_LEASE_MS: String(LEASE_MS),
      TREASURY_KEEP_DAYS: '3650',
    };
    const settings = readSettings(treasurySettings, (key) => values[key]);
    this.books = new Books({
      database: new Database(mortal, clock.database),
      settings,
      clock: clock.now,
    });
  }

  get isDead(): boolean {
    return this.#statementsLeft < 0;
  }

  dieAfter(statements: number, isLastDone: boolean): void {
    this.#statementsLeft = Math.min(this.#statementsLeft, statements);
    this.#isLastDone = isLastDone;
  }

  async #execute(executor: SqlExecutor, query: SQL): Promise<{ rows: unknown[] }> {
    this.#statementsLeft -= 1;
    if (!this.isDead) {
      const result = await executor.execute(query);
      await expectCapsKept(executor);
      return result;
    }
    if (this.#statementsLeft === -1 && this.#isLastDone) await executor.execute(query);
    throw new RangeError('this process is no more');
  }
}

async function expectCapsKept(executor: SqlExecutor): Promise<void> {
  const { rows } = await executor.execute(
    sql`SELECT id, spent_pico, reserved_pico FROM treasury.balances
        WHERE reserved_pico < 0 OR spent_pico < 0
          OR (scope = 'organisation' AND period = 'month' AND spent_pico + reserved_pico > ${CAP.toString()}::bigint)
          OR (scope = 'agent' AND period = 'day' AND spent_pico + reserved_pico > ${AGENT_CAP.toString()}::bigint)`,
  );
  expect(rows).toEqual([]);
}

/** Lives through some rounds on a database, then checks that everything ended and adds up. */
export async function liveThrough(
  executor: SqlExecutor,
  life: readonly (readonly Action[])[],
): Promise<void> {
  await emptyTreasury(executor);
  const company = new Company(executor);
  await company.open();
  for (const round of life) await company.live(round);
  await company.endAndCheck();
}

class Company {
  readonly #executor: SqlExecutor;
  readonly #clock = new TestClock();
  readonly #processes: MortalProcess[] = [];
  readonly #calls: Expected[] = [];
  #hasAnyVanished = false;

  constructor(executor: SqlExecutor) {
    this.#executor = executor;
  }

  async open(): Promise<void> {
    for (let number = 0; number < PROCESSES; number += 1) await this.#start(number);
  }

  async live(round: readonly Action[]): Promise<void> {
    await Promise.all(round.map((each) => this.#take(each)));
    for (const [number, process] of this.#processes.entries())
      if (process.isDead) {
        this.#hasAnyVanished = true;
        await this.#start(number);
      }
    await expectCapsKept(this.#executor);
  }

  async endAndCheck(): Promise<void> {
    for (const process of this.#processes) await process.books.close();
    this.#hasAnyVanished ||= this.#processes.some((process) => process.isDead);
    const { books } = new MortalProcess(this.#executor, this.#clock);
    this.#clock.set('2026-09-01T00:00:00Z');
    await books.tidy();
    await expectCapsKept(this.#executor);
    const rows = z.array(endedRow).parse(
      await this.#rows(
        sql`SELECT reservation.id, state, COALESCE(reservation.cost_pico, 0)::text AS cost_pico,
              amount_pico::text, COALESCE(ledger.cost_pico, 0)::text AS ledger_pico,
              (SELECT count(*)::integer FROM treasury.ledger WHERE reservation_id = reservation.id) AS lines
            FROM treasury.reservations reservation
            LEFT JOIN treasury.ledger ON reservation_id = reservation.id`,
      ),
    );
    for (const row of rows) this.#checkEnded(row);
    const ids = new Set(rows.map(({ id }) => id));
    for (const { id } of this.#calls) expect(ids).toContain(id);
    await this.#checkSums();
    await books.verify();
  }

  async #start(number: number): Promise<void> {
    const process = new MortalProcess(this.#executor, this.#clock);
    await process.books.open();
    this.#processes[number] = process;
  }

  async #take(next: Action): Promise<void> {
    try {
      if (next.do === 'jump') this.#clock.advance(next.seconds * 1_000);
      else if (next.do === 'crash')
        this.#processes[next.at]?.dieAfter(next.statements, next.isLastDone);
      else if (next.do === 'call') await this.#begin(next, BigInt(next.cents) * CENT);
      else if (next.do === 'burst') await this.#beginAll(next);
      else if (next.do === 'look') await this.#processes[next.at]?.books.summary();
      else await this.#goOn(next);
    } catch (error) {
      const isOfTheDead = this.#processes.some((process) => process.isDead);
      if (!(error instanceof BudgetExceededError) && !(isOfTheDead && BaseError.isInstance(error)))
        throw error;
    }
  }

  async #beginAll(burst: Extract<Action, { do: 'burst' }>): Promise<void> {
    const begun: Promise<void>[] = [];
    for (const mills of burst.mills) {
      const next = this.#begin(burst, BigInt(mills) * MILL);
      begun.push(next);
      if (!burst.isAtOnce) await next;
    }
    const failures = (await Promise.allSettled(begun)).filter(
      ({ status }) => status === 'rejected',
    );
    for (const { reason } of failures as PromiseRejectedResult[])
      if (!(reason instanceof BudgetExceededError)) throw reason;
  }

  async #begin(
    { at, agent }: { readonly at: number; readonly agent: string },
    askedPico: bigint,
  ): Promise<void> {
    const process = this.#processes[at]!;
    const { id, amountPico } = await process.books.reserve({
      category: 'llm',
      amountPico: askedPico,
      scopes: { agent },
      chargeOnExpiry: true,
    });
    expect(amountPico).toBeGreaterThanOrEqual(askedPico);
    expect(this.#calls.map((known) => known.id)).not.toContain(id);
    const outcomes = new Set([amountPico]);
    this.#calls.push({ id, process, amountPico, outcomes, hasEnded: false });
  }

  async #goOn(next: Extract<Action, { call: number }>): Promise<void> {
    const chosen = this.#calls[next.call % Math.max(1, this.#calls.length)];
    // Who has vanished says nothing more.
    if (!chosen || chosen.hasEnded || chosen.process.isDead) return;
    const { books } = chosen.process;
    if (next.do === 'renew') {
      await books.renew(chosen.id);
      return;
    }
    chosen.hasEnded = true;
    if (next.do === 'release') {
      chosen.outcomes.add(0n);
      return books.release(chosen.id);
    }
    const costPico = (chosen.amountPico * BigInt(next.percent)) / 100n;
    // However late: only a process that vanishes does not bring its word home.
    chosen.outcomes = new Set([costPico]);
    books.settleSoon(chosen.id, usage('0', { costPico }));
  }

  #checkEnded(row: EndedRow): void {
    expect(['settled', 'released', 'expired']).toContain(row.state);
    expect(row.lines).toBe(row.state === 'released' ? 0 : 1);
    expect(row.ledger_pico).toBe(row.cost_pico);
    const known = this.#calls.find(({ id }) => id === row.id);
    if (known) expect(known.amountPico).toBe(row.amount_pico);
    const allowed = known ? this.#outcomesOf(known) : this.#outcomesAhead(row);
    expect([...allowed]).toContain(row.cost_pico);
  }

  // Made ahead and given back, or by a process that vanished before it used it: that counts in full.
  #outcomesAhead({ state, amount_pico }: EndedRow): Set<bigint> {
    if (state === 'released') return new Set([0n]);
    return new Set(this.#hasAnyVanished ? [amount_pico] : []);
  }

  #outcomesOf({ process, outcomes, amountPico }: Expected): Set<bigint> {
    return process.isDead ? new Set([...outcomes, amountPico]) : outcomes;
  }

  async #checkSums(): Promise<void> {
    const [sums] = await this.#rows(
      sql`SELECT (SELECT COALESCE(sum(cost_pico), 0)::text FROM treasury.ledger) AS ledger,
        (SELECT COALESCE(sum(cost_pico), 0)::text FROM treasury.reservations) AS settled,
        (SELECT COALESCE(sum(spent_pico), 0)::text FROM treasury.balances
          WHERE scope = 'organisation' AND period = 'day') AS spent,
        (SELECT COALESCE(sum(reserved_pico), 0)::text FROM treasury.balances) AS reserved`,
    );
    expect(sums).toEqual({
      ledger: sums?.['settled'],
      settled: sums?.['settled'],
      spent: sums?.['settled'],
      reserved: '0',
    });
  }

  async #rows(query: SQL): Promise<Record<string, unknown>[]> {
    return (await this.#executor.execute(query)).rows as Record<string, unknown>[];
  }
}

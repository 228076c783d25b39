import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import treasuryPlugin, {
  BudgetExceededError,
  InvalidAmountError,
  LedgerUnreadableError,
  TaskHeldError,
  UnknownReservationError,
  type Reservation,
} from '@371os/plugin-treasury';
import { openDatabase, type TestDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { asking, emptyTreasury, openBooks, standing, usage, usd } from './treasury-fixture.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await openDatabase([treasuryPlugin]);
});
afterAll(() => database.close());
beforeEach(() => emptyTreasury(database));

const MINUTE = 60_000;
const DAY = 86_400_000;

function grantedOf(results: PromiseSettledResult<Reservation>[]): Reservation[] {
  for (const result of results)
    if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(BudgetExceededError);
  return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}

describe('reserving', () => {
  test('of 1,000 at once against 5.00, exactly 50 of 0.10 are granted', async () => {
    const { books } = await openBooks(database, { TREASURY_LLM_CAP_USD: '5' });
    const everybody = Array.from({ length: 1_000 }, () => books.reserve(asking()));
    const granted = grantedOf(await Promise.allSettled(everybody));
    expect(granted).toHaveLength(50);
    expect(await standing(books)).toMatchObject({ reservedPico: usd('5'), remainingPico: 0n });
    await Promise.all(granted.map(({ id }) => books.settle(id, usage('0.04'))));
    expect(await standing(books)).toMatchObject({ spentPico: usd('2'), reservedPico: 0n });
    await books.verify();
  }, 60_000);

  test.each([
    ['5.00', true],
    ['5.000000000001', false],
  ])('%s of a cap of 5.00 fits: %p', async (amount, fits) => {
    const { books } = await openBooks(database, { TREASURY_LLM_CAP_USD: '5' });
    const reserving = books.reserve(asking(amount));
    if (fits) await reserving;
    else await expect(reserving).rejects.toThrow(/^Monthly budget of \$5\.00 has been exceeded\./);
  });

  test('a refusal takes nothing in any window of any scope', async () => {
    const { books } = await openBooks(database, { TREASURY_TASK_CAP_USD: '0.15' });
    const scopes = { agent: 'Zara', user: 'owner', task: 't1' };
    await books.reserve(asking('0.10', scopes));
    await expect(books.reserve(asking('0.10', scopes))).rejects.toThrow(
      'Monthly budget of $0.15 for task t1 has been exceeded. $0.05 is left',
    );
    expect(await standing(books)).toMatchObject({ reservedPico: usd('0.10') });
    await books.verify();
  });

  test('each task and each agent has its own part', async () => {
    const settings = { TREASURY_TASK_CAP_USD: '0.10', TREASURY_AGENT_DAILY_CAP_USD: '0.20' };
    const { books } = await openBooks(database, settings);
    await books.reserve(asking('0.10', { agent: 'Zara', task: 't1' }));
    await expect(books.reserve(asking('0.10', { agent: 'Maya', task: 't1' }))).rejects.toThrow(
      /task t1/,
    );
    await books.reserve(asking('0.10', { agent: 'Zara', task: 't2' }));
    await expect(books.reserve(asking('0.10', { agent: 'Zara', task: 't3' }))).rejects.toThrow(
      'Daily budget of $0.20 for agent Zara has been exceeded.',
    );
    await books.reserve(asking('0.10', { agent: 'Maya', task: 't3' }));
  });

  test('strangers spend nothing, and nobody else is the worse for it', async () => {
    const { books } = await openBooks(database);
    await expect(books.reserve(asking('0.000000000001', { user: 'guest:ann' }))).rejects.toThrow(
      /^Daily budget of \$0\.00 for guest:ann has been exceeded\./,
    );
    await books.reserve(asking('0.10', { user: 'owner' }));
    await books.reserve(asking('0.10', { user: 'guestbook' }));
  });

  test('a refused guest learns of the guest budget, not of the company', async () => {
    const { books } = await openBooks(database, { TREASURY_LLM_CAP_USD: '0' });
    await expect(books.reserve(asking('1', { user: 'guest:ann' }))).rejects.toThrow(
      /for guest:ann/,
    );
  });

  test('categories do not share', async () => {
    const { books } = await openBooks(database, { TREASURY_LLM_CAP_USD: '0.10' });
    await books.reserve(asking());
    await books.reserve({ ...asking('100'), category: 'akash' });
    await expect(books.reserve({ ...asking('5.01'), category: 'gas' })).rejects.toThrow(/\$5\.00/);
  });

  test('nothing is always granted', async () => {
    const { books } = await openBooks(database, { TREASURY_LLM_CAP_USD: '0' });
    const { id } = await books.reserve(asking('0', { user: 'guest:ann' }));
    expect(await books.settle(id, usage('0'))).toEqual({ costPico: 0n, wasSettled: true });
  });

  test.each([-1n, 9_000_000_000_000_000_001n])('%s is no amount', async (amountPico) => {
    const { books } = await openBooks(database);
    await expect(books.reserve({ ...asking(), amountPico })).rejects.toThrow(InvalidAmountError);
  });

  test('amounts that together leave the range of the database are refused, not wrapped', async () => {
    const { books } = await openBooks(database);
    const most = { ...asking(), amountPico: 9_000_000_000_000_000_000n };
    await expect(books.reserve(most)).rejects.toThrow(BudgetExceededError);
  });

  test('a held task waits until its person writes', async () => {
    const { books } = await openBooks(database);
    const scopes = { user: 'owner', task: 't1' };
    await books.holdTask({ task: 't1', user: 'owner', reason: 'agents repeat themselves' });
    await expect(books.reserve(asking('0.01', scopes))).rejects.toThrow(TaskHeldError);
    await books.reserve(asking('0.01', { ...scopes, task: 't2' }));
    await books.personSpoke('guest:ann');
    await expect(books.reserve(asking('0.01', scopes))).rejects.toThrow(/agents repeat themselves/);
    await books.personSpoke('owner');
    await books.reserve(asking('0.01', scopes));
  });
});

describe('windows', () => {
  test.each([
    ['day', '2026-03-18T23:59:59.999Z', '2026-03-19T00:00:00Z'],
    // 2026-03-22 is a Sunday.
    ['week', '2026-03-22T23:59:59.999Z', '2026-03-23T00:00:00Z'],
    ['month', '2026-03-31T23:59:59.999Z', '2026-04-01T00:00:00Z'],
  ])('a new %s begins with an empty cap', async (window, before, after) => {
    const { books, clock } = await openBooks(database);
    await setCap(books, {
      category: 'gas',
      scope: 'agent',
      scopeId: 'Zara',
      window,
      limitUsd: '0.10',
    });
    const request = { ...asking('0.10', { agent: 'Zara' }), category: 'gas' } as const;
    clock.set(before);
    await books.settle((await books.reserve(request)).id, usage('0.10'));
    await expect(books.reserve(request)).rejects.toThrow(BudgetExceededError);
    clock.set(after);
    await books.reserve(request);
    await books.verify();
  });

  test('what was reserved before midnight is charged to the day before', async () => {
    const { books, clock } = await openBooks(database, { TREASURY_AGENT_DAILY_CAP_USD: '0.10' });
    clock.set('2026-03-18T23:59:59Z');
    const { id } = await books.reserve(asking('0.10', { agent: 'Zara' }));
    clock.set('2026-03-19T00:00:01Z');
    await books.settle(id, usage('0.10'));
    await books.reserve(asking('0.10', { agent: 'Zara' }));
    const [row] = await books.ledger();
    expect(new Date(row!.tsMs).toISOString()).toBe('2026-03-18T23:59:59.000Z');
    await books.verify();
  });
});

describe('settling', () => {
  test('records the real cost once and gives the rest back', async () => {
    const { books } = await openBooks(database);
    const scopes = { agent: 'Zara', user: 'owner', task: 't1' };
    const { id } = await books.reserve(asking('1', scopes));
    const real = usage('0.3', { status: 'fallback', priceId: 'p', callId: 'c' });
    expect(await books.settle(id, real)).toEqual({ costPico: usd('0.3'), wasSettled: true });
    expect(await books.settle(id, usage('0.7'))).toEqual({
      costPico: usd('0.3'),
      wasSettled: false,
    });
    await books.release(id);
    expect(await standing(books)).toMatchObject({ spentPico: usd('0.3'), reservedPico: 0n });
    expect(await books.taskCost('t1')).toBe(usd('0.3'));
    expect(await books.ledger()).toEqual([
      expect.objectContaining({
        category: 'llm',
        provider: 'openrouter',
        model: 'qwen2-72b',
        tokensIn: 10,
        tokensOut: 20,
        costPico: usd('0.3'),
        status: 'fallback',
        priceId: 'p',
        callId: 'c',
        reservationId: id,
        ...scopes,
      }),
    ]);
  });

  test('a cost above the reservation is charged in full and leaves nothing', async () => {
    const { books, clock } = await openBooks(database, { TREASURY_LLM_CAP_USD: '1' });
    const { id } = await books.reserve(asking('0.9'));
    await books.settle(id, usage('1.5'));
    clock.advance(1_000);
    expect(await standing(books)).toMatchObject({ spentPico: usd('1.5'), remainingPico: 0n });
    expect(await books.remainingFraction({})).toBe(0);
    await expect(books.reserve(asking('0.01'))).rejects.toThrow(BudgetExceededError);
  });

  test('after a release nothing is recorded', async () => {
    const { books } = await openBooks(database);
    const { id } = await books.reserve(asking('1'));
    await books.release(id);
    await books.release(id);
    expect(await books.settle(id, usage('0.3'))).toEqual({ costPico: 0n, wasSettled: false });
    expect(await standing(books)).toMatchObject({ spentPico: 0n, reservedPico: 0n });
  });

  test('an unknown reservation is said to be one; releasing it does nothing', async () => {
    const { books } = await openBooks(database);
    await expect(books.settle('nothing', usage('1'))).rejects.toThrow(UnknownReservationError);
    await books.release('nothing');
    expect(await books.renew('nothing')).toBe(false);
  });

  test('odd characters do not lose a cost', async () => {
    const { books } = await openBooks(database);
    const { id } = await books.reserve(asking());
    await books.settle(
      id,
      usage('0.05', { model: "m\0'; DROP TABLE treasury.ledger; --", callId: '\0' }),
    );
    expect(await books.ledger()).toMatchObject([
      { model: "m'; DROP TABLE treasury.ledger; --", callId: '', costPico: usd('0.05') },
    ]);
  });

  test('badly counted tokens do not lose a cost', async () => {
    const { books } = await openBooks(database);
    const { id } = await books.reserve(asking());
    await books.settle(id, usage('0.05', { tokensIn: Number.NaN, tokensOut: 1e12 }));
    expect((await books.ledger())[0]).toMatchObject({ tokensIn: 0, tokensOut: 2_147_483_647 });
  });

  test('settle, release and expiry at the same time: one of them wins', async () => {
    const { books, clock } = await openBooks(database);
    const reservations = await Promise.all(
      Array.from({ length: 20 }, () => books.reserve(asking('0.1'))),
    );
    clock.advance(2 * MINUTE);
    await Promise.all(
      reservations.flatMap(({ id }, index) => [
        ...(index % 2
          ? [books.settle(id, usage('0.05')), books.release(id)]
          : [books.release(id), books.settle(id, usage('0.05'))]),
        books.summary(),
      ]),
    );
    const { spentPico, reservedPico } = await standing(books);
    expect(reservedPico).toBe(0n);
    const costs = (await books.ledger()).reduce((sum, row) => sum + row.costPico, 0n);
    expect(spentPico).toBe(costs);
    await books.verify();
  });
});

describe('a lease', () => {
  test('that runs out gives the money back and leaves a ledger row', async () => {
    const { books, clock } = await openBooks(database, { TREASURY_LLM_CAP_USD: '1' });
    const { id, expiresAtMs } = await books.reserve(asking('1', { task: 't1' }));
    expect(expiresAtMs).toBe(clock.now() + MINUTE);
    clock.advance(MINUTE - 1);
    await expect(books.reserve(asking('1'))).rejects.toThrow(BudgetExceededError);
    clock.advance(1);
    await books.reserve(asking('1'));
    const rows = await books.ledger({ task: 't1' });
    expect(rows).toMatchObject([{ status: 'error', costPico: 0n, reservationId: id }]);
    await books.verify();
  });

  test('that ran out is charged all the same, once, when the cost comes late', async () => {
    const { books, clock } = await openBooks(database, { TREASURY_LLM_CAP_USD: '1' });
    const { id } = await books.reserve(asking('1'));
    clock.advance(2 * MINUTE);
    expect((await standing(books)).remainingPico).toBe(usd('1'));
    expect(await books.settle(id, usage('0.4'))).toEqual({
      costPico: usd('0.4'),
      wasSettled: true,
    });
    expect(await books.settle(id, usage('0.4'))).toEqual({
      costPico: usd('0.4'),
      wasSettled: false,
    });
    expect(await standing(books)).toMatchObject({ spentPico: usd('0.4'), reservedPico: 0n });
    await books.verify();
  });

  test('that runs out is charged in full where the money may have been spent', async () => {
    const { books, clock } = await openBooks(database, { TREASURY_LLM_CAP_USD: '1' });
    const scopes = { agent: 'Zara', task: 't1' };
    const { id } = await books.reserve({ ...asking('0.7', scopes), chargeOnExpiry: true });
    clock.advance(MINUTE);
    await expect(books.reserve(asking('0.4'))).rejects.toThrow(/\$0\.30 is left/);
    expect(await standing(books)).toMatchObject({ spentPico: usd('0.7'), reservedPico: 0n });
    expect(await books.ledger({ task: 't1' })).toMatchObject([
      { status: 'error', costPico: usd('0.7'), reservationId: id, agent: 'Zara' },
    ]);
    expect((await books.summary()).byModel).toMatchObject([
      { name: 'calls of unknown outcome', costPico: usd('0.7') },
    ]);
    await books.verify();

    // The holder was only slow: its word puts the row right.
    const late = usage('0.2', { callId: 'c' });
    expect(await books.settle(id, late)).toEqual({ costPico: usd('0.2'), wasSettled: true });
    expect((await books.settle(id, usage('0.5'))).wasSettled).toBe(false);
    expect(await books.ledger()).toMatchObject([
      { status: 'ok', costPico: usd('0.2'), reservationId: id, callId: 'c', agent: 'Zara' },
    ]);
    expect(await standing(books)).toMatchObject({ spentPico: usd('0.2'), reservedPico: 0n });
    await books.verify();
  });

  test('that is renewed goes on; a closed one cannot be', async () => {
    const { books, clock } = await openBooks(database, { TREASURY_LLM_CAP_USD: '1' });
    const { id } = await books.reserve({ ...asking('1'), ttlMs: 5_000 });
    clock.advance(4_000);
    expect(await books.renew(id)).toBe(true);
    clock.advance(4_000);
    expect((await standing(books)).reservedPico).toBe(usd('1'));
    clock.advance(1_000);
    expect((await standing(books)).reservedPico).toBe(0n);
    expect(await books.renew(id)).toBe(false);
  });
});

describe('settling soon', () => {
  test('is known to whoever reads next, in this treasury or another of the process', async () => {
    const { books, clock } = await openBooks(database);
    const another = (await openBooks(database, {}, clock)).books;
    const { id } = await books.reserve(asking('1', { task: 't1' }));
    books.settleSoon(id, usage('0.3'));
    books.settleSoon(id, usage('0.9'));
    expect(await another.taskCost('t1')).toBe(usd('0.3'));
    expect(await books.settle(id, usage('0.9'))).toEqual({
      costPico: usd('0.3'),
      wasSettled: false,
    });
    books.recordFreeSoon({ ...usage('0', { provider: 'embedded' }), scopes: { task: 't1' } });
    expect(await another.ledger()).toHaveLength(2);
    expect(await standing(another)).toMatchObject({ spentPico: usd('0.3'), reservedPico: 0n });
  });

  test('gives back in time for the next call what the last one did not use', async () => {
    const { books, clock } = await openBooks(database, { TREASURY_LLM_CAP_USD: '1' });
    for (let call = 0; call < 10; call += 1) {
      const { id } = await books.reserve(asking('0.9'));
      books.settleSoon(id, usage('0.01'));
    }
    await expect(books.reserve(asking('0.91'))).rejects.toThrow(/\$0\.90 is left/);
    clock.advance(1_000);
    expect(await books.remainingFraction({})).toBe(0.9);
  });

  test('is done by itself', async () => {
    const { books } = await openBooks(database);
    const { id } = await books.reserve(asking());
    books.settleSoon(id, usage('0.05'));
    await eventually(async () => {
      const { rows } = await database.execute(sql`SELECT state FROM treasury.reservations`);
      expect(rows).toEqual([{ state: 'settled' }]);
    });
  });

  test('is tried again until the database takes it; who waits is told', async () => {
    const { books } = await openBooks(database);
    const soon = await books.reserve(asking());
    const now = await books.reserve(asking());
    await database.execute(sql`ALTER TABLE treasury.ledger RENAME TO lost`);
    try {
      books.settleSoon(soon.id, usage('0.05'));
      await expect(books.settle(now.id, usage('0.07'))).rejects.toThrow(LedgerUnreadableError);
    } finally {
      await database.execute(sql`ALTER TABLE treasury.lost RENAME TO ledger`);
    }
    expect(await standing(books)).toMatchObject({
      spentPico: usd('0.05'),
      reservedPico: usd('0.1'),
    });
    await books.settle(now.id, usage('0.07'));
    await books.verify();
  });

  test('ends with the treasury, written or left to its lease', async () => {
    const { books, clock } = await openBooks(database);
    const [written, left] = [await books.reserve(asking()), await books.reserve(asking())];
    books.settleSoon(written.id, usage('0.05'));
    await books.close();
    expect(await standing(books)).toMatchObject({ spentPico: usd('0.05') });
    await database.execute(sql`ALTER TABLE treasury.ledger RENAME TO lost`);
    books.settleSoon(left.id, usage('0.05'));
    await books.close();
    await database.execute(sql`ALTER TABLE treasury.lost RENAME TO ledger`);
    expect(await standing(books)).toMatchObject({
      spentPico: usd('0.05'),
      reservedPico: usd('0.1'),
    });
    clock.advance(MINUTE);
    expect(await standing(books)).toMatchObject({ spentPico: usd('0.05'), reservedPico: 0n });
  });
});

describe('what is old', () => {
  test('goes after its time, but never from the ledger, nor while it counts', async () => {
    const { books, clock } = await openBooks(database, { TREASURY_KEEP_DAYS: '10' });
    const count = async (table: string): Promise<unknown> =>
      (await database.execute(sql`SELECT id FROM ${sql.raw(`treasury.${table}`)}`)).rows.length;
    const settled = await books.reserve(asking('0.1', { task: 't1' }));
    await books.settle(settled.id, usage('0.1'));
    const lapsed = await books.reserve({ ...asking('0.1', { task: 't1' }), chargeOnExpiry: true });
    const held = await books.reserve({ ...asking('0.1', { task: 't1' }), ttlMs: 23 * DAY });
    const rowsAfter = async (days: number): Promise<unknown[]> => {
      clock.advance(days * DAY);
      await books.tidy();
      expect(await books.renew(held.id)).toBe(true);
      return [await count('reservations'), await count('balances')];
    };
    expect(await rowsAfter(0)).toEqual([3, 6]);
    expect(await rowsAfter(9)).toEqual([3, 6]);
    expect(await rowsAfter(11)).toEqual([1, 6]);
    expect(await rowsAfter(22)).toEqual([1, 0]);
    expect(await books.ledger()).toHaveLength(2);
    expect((await books.settle(held.id, usage('0.1'))).wasSettled).toBe(true);
    await expect(books.settle(lapsed.id, usage('0.1'))).rejects.toThrow(UnknownReservationError);
    await books.verify();
    await books.reserve(asking());
  });
});

describe('the remaining fraction', () => {
  test('is the smallest of the caps that apply, reservations counted', async () => {
    const settings = { TREASURY_LLM_CAP_USD: '20', TREASURY_TASK_CAP_USD: '1' };
    const { books, clock } = await openBooks(database, settings);
    expect(await books.remainingFraction({})).toBe(1);
    await books.reserve(asking('0.8', { task: 't1' }));
    // It is a question of every call, so the answer may be a second old.
    expect(await books.remainingFraction({})).toBe(1);
    clock.advance(1_000);
    expect(await books.remainingFraction({})).toBe(0.96);
    expect(await books.remainingFraction({ task: 't1' })).toBe(0.2);
    expect(await books.remainingFraction({ task: 't2' })).toBe(0.96);
    expect(await books.remainingFraction({ user: 'guest:ann' })).toBe(0);
  });

  test('is 1 where no cap applies', async () => {
    const { books } = await openBooks(database);
    await emptyTreasury(database);
    expect(await books.remainingFraction({ agent: 'Zara' })).toBe(1);
  });

  test('free calls need no budget and take none', async () => {
    const { books } = await openBooks(database, { TREASURY_LLM_CAP_USD: '0' });
    await books.recordFree({
      ...usage('0', { provider: 'embedded', model: 'rules' }),
      scopes: { agent: 'Maya', user: 'guest:ann', task: 't1' },
    });
    expect(await books.ledger({ agent: 'Maya' })).toMatchObject([
      { provider: 'embedded', costPico: 0n, user: 'guest:ann', task: 't1', status: 'ok' },
    ]);
  });
});

/** Sets a cap the way an owner does. */
async function setCap(
  books: Awaited<ReturnType<typeof openBooks>>['books'],
  plan: { category: string; scope: string; scopeId: string; window: string; limitUsd: string },
): Promise<void> {
  const owner = { id: 'owner', role: 'owner', proof: 'token' } as const;
  const { id } = await books.approvals.request({
    kind: 'set-budget-cap',
    plan,
    summary: 'a cap',
    amountPico: 0n,
    requester: owner,
  });
  await books.approvals.grant(id, { principal: owner });
}

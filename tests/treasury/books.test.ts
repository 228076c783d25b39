import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sql, type SQL } from 'drizzle-orm';
import {
  guestNamed,
  inConversation,
  InvalidSettingError,
  OWNER,
  startConversation,
  SYSTEM,
  type Principal,
} from '@371os/kernel';
import treasuryPlugin, {
  ApprovalUnavailableError,
  BudgetExceededError,
  LedgerDamagedError,
  LedgerUnreadableError,
  NoExecutorError,
  PlanChangedError,
  type Approval,
  type Books,
} from '@371os/plugin-treasury';
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
beforeEach(() => emptyTreasury(database));

const DAY = 86_400_000;
const run = (query: SQL): PromiseLike<unknown> => database.execute(query);

describe('the caps of the settings', () => {
  test('are the defaults when nothing is set', async () => {
    const { books } = await openBooks(database);
    const caps = (await books.caps()).map(
      ({ category, scope, scopeId, window, limitPico }) =>
        `${category} ${scope} ${scopeId} ${window} ${limitPico / 10n ** 12n}`,
    );
    expect(caps).toEqual([
      'akash organisation organisation month 100',
      'gas organisation organisation month 5',
      'llm organisation organisation month 20',
      'llm user guest:* day 0',
      'tools organisation organisation month 10',
    ]);
  });

  test('are made once by many agents that start together', async () => {
    const settings = { TREASURY_AGENT_DAILY_CAP_USD: '1', TREASURY_TASK_CAP_USD: '2' };
    const all = await Promise.all(Array.from({ length: 8 }, () => openBooks(database, settings)));
    expect(await all[0]!.books.caps()).toHaveLength(7);
  });

  test('give way to what the owner approved, until the setting itself changes', async () => {
    const limit = async (settings: Record<string, string>): Promise<bigint> =>
      (await standing((await openBooks(database, settings)).books)).limitPico;
    expect(await limit({ TREASURY_LLM_CAP_USD: '10' })).toBe(usd('10'));
    const { books } = await openBooks(database, { TREASURY_LLM_CAP_USD: '10' });
    await approveCap(books, '50');
    expect((await standing(books)).limitPico).toBe(usd('50'));
    expect(await limit({ TREASURY_LLM_CAP_USD: '10' })).toBe(usd('50'));
    // An agent without the setting has no opinion.
    expect(await limit({})).toBe(usd('50'));
    expect(await limit({ TREASURY_LLM_CAP_USD: '15' })).toBe(usd('15'));
  });

  test('that are raised let go on what was refused', async () => {
    const { books } = await openBooks(database, { TREASURY_LLM_CAP_USD: '1' });
    await books.reserve(asking('1'));
    await expect(books.reserve(asking('1'))).rejects.toThrow(BudgetExceededError);
    await approveCap(books, '2');
    await books.reserve(asking('1'));
  });

  test('that are set late know what was spent before', async () => {
    const { books } = await openBooks(database);
    const scopes = { agent: 'Zara' };
    await books.settle((await books.reserve(asking('0.9', scopes))).id, usage('0.9'));
    await approveCap(books, '1', { scope: 'agent', scopeId: 'Zara', window: 'week' });
    await expect(books.reserve(asking('0.2', scopes))).rejects.toThrow(
      /^Weekly budget of \$1\.00 for agent Zara has been exceeded\. \$0\.10 is left/,
    );
  });

  test('for one guest go before those for each', async () => {
    const { books } = await openBooks(database);
    await approveCap(books, '0.50', { scope: 'user', scopeId: 'guest:ann', window: 'day' });
    await books.reserve(asking('0.50', { user: 'guest:ann' }));
    await expect(books.reserve(asking('0.01', { user: 'guest:bob' }))).rejects.toThrow(/guest:bob/);
    await approveCap(books, '0.20', { scope: 'user', scopeId: '*', window: 'day' });
    await expect(books.reserve(asking('0.01', { user: 'guest:bob' }))).rejects.toThrow(
      /\$0\.00 for/,
    );
    await expect(books.reserve(asking('0.21', { user: 'owner' }))).rejects.toThrow(
      /\$0\.20 for owner/,
    );
  });

  test.each([
    ['TREASURY_LLM_CAP_USD', '-1'],
    ['TREASURY_LLM_CAP_USD', 'NaN'],
    ['TREASURY_AKASH_CAP_USD', '1000000.01'],
    ['TREASURY_GUEST_DAILY_CAP_USD', 'lots'],
    ['TREASURY_LEASE_MS', '999'],
    ['TREASURY_APPROVAL_TTL_MS', '1.5'],
  ])('%s=%s is refused by name', async (name, value) => {
    const opening = openBooks(database, { [name]: value });
    await expect(opening).rejects.toThrow(InvalidSettingError);
    await expect(opening).rejects.toThrow(new RegExp(`^Setting ${name}: "${value}" is not valid`));
  });
});

describe('a ledger that cannot be trusted', () => {
  async function spent(): Promise<{ books: Books; clock: TestClock }> {
    const opened = await openBooks(database);
    const { id } = await opened.books.reserve(asking('1', { agent: 'Zara', task: 't1' }));
    await opened.books.settle(id, usage('0.5'));
    await opened.books.reserve(asking('0.25', { agent: 'Zara' }));
    await opened.books.verify();
    return opened;
  }

  test.each<[string, SQL, RegExp]>([
    [
      'ledger rows are gone',
      sql`DELETE FROM treasury.ledger`,
      /\$0\.50 spent, its ledger rows add up to \$0\.00/,
    ],
    ['a cost was changed', sql`UPDATE treasury.ledger SET cost_pico = 1`, /ledger rows add up to/],
    [
      'a balance was changed',
      sql`UPDATE treasury.balances SET spent_pico = 0 WHERE scope = 'agent'`,
      /has \$0\.00 spent/,
    ],
    [
      'a balance is gone',
      sql`DELETE FROM treasury.balances WHERE scope = 'organisation'`,
      /has \$0\.00 spent/,
    ],
    [
      'a reserved amount was changed',
      sql`UPDATE treasury.balances SET reserved_pico = 0`,
      /its open reservations are \$0\.25/,
    ],
    [
      'reservations are gone',
      sql`DELETE FROM treasury.reservations`,
      /its open reservations are \$0\.00/,
    ],
  ])('stops the spending when %s', async (_, damage, reason) => {
    const { books, clock } = await spent();
    await run(damage);
    await expect(books.verify()).rejects.toThrow(reason);
    await expect(books.reserve(asking())).rejects.toThrow(LedgerDamagedError);
    await expect(books.summary()).rejects.toThrow(
      /^The ledger is damaged, so nothing is spent until/,
    );
    await expect(books.remainingFraction({})).rejects.toThrow(LedgerDamagedError);
    // Another agent, and this one after a restart, see it, too.
    await expect((await openBooks(database, {}, clock)).books.reserve(asking())).rejects.toThrow(
      LedgerDamagedError,
    );
  });

  test('is noticed within a minute by itself', async () => {
    const { books, clock } = await spent();
    await run(sql`DELETE FROM treasury.ledger`);
    clock.advance(60_000);
    await expect(books.reserve(asking())).rejects.toThrow(LedgerDamagedError);
  });

  test('does not read as nothing spent where a lost balance would be made anew', async () => {
    const { books } = await spent();
    await run(sql`DELETE FROM treasury.balances`);
    await expect(books.reserve(asking())).rejects.toThrow(LedgerDamagedError);
  });

  test('is good again when it was mended, or when the owner accepts it as it is', async () => {
    const { books } = await spent();
    await run(sql`UPDATE treasury.ledger SET cost_pico = cost_pico + 1`);
    await expect(books.verify()).rejects.toThrow(LedgerDamagedError);
    await run(sql`UPDATE treasury.ledger SET cost_pico = cost_pico - 1`);
    await books.reserve(asking());
    await run(sql`DELETE FROM treasury.balances`);
    await expect(books.reserve(asking())).rejects.toThrow(LedgerDamagedError);
    await books.acceptLedger();
    expect((await standing(books)).spentPico).toBe(usd('0.5'));
    await books.reserve(asking());
  });

  test.each(['ledger', 'balances', 'reservations', 'caps', 'holds'])(
    'stops the spending when the table %s is gone',
    async (table) => {
      const { books } = await spent();
      const name = sql.raw(`treasury.${table}`);
      await run(sql`ALTER TABLE ${name} RENAME TO lost`);
      try {
        await expect(books.reserve(asking())).rejects.toThrow(LedgerUnreadableError);
        await expect(books.reserve(asking())).rejects.toThrow(
          /^The ledger cannot be read, so nothing/,
        );
      } finally {
        await run(sql`ALTER TABLE treasury.lost RENAME TO ${sql.raw(table)}`);
      }
      await books.reserve(asking());
    },
  );

  test('an error says nothing of the database to the person', async () => {
    const { books } = await spent();
    await run(sql`ALTER TABLE treasury.ledger RENAME TO lost`);
    const error: unknown = await books.reserve(asking()).catch((caught: unknown) => caught);
    await run(sql`ALTER TABLE treasury.lost RENAME TO ledger`);
    expect(
      JSON.stringify([(error as Error).message, (error as LedgerUnreadableError).details]),
    ).not.toMatch(/SELECT|relation|params/);
  });
});

describe('an approval', () => {
  const plan = { deploy: 'api', region: 'eu', replicas: 2 };
  const asked = {
    kind: 'deploy',
    plan,
    summary: 'Deploy api',
    amountPico: usd('3'),
    requester: OWNER,
    room: 'r',
    message: 'm1',
  };
  const admin: Principal = { id: 'telegram:5', role: 'admin', proof: 'platform' };

  test('is asked for, granted by a later message, and carried out once', async () => {
    const { books } = await openBooks(database);
    const done: unknown[] = [];
    handleDeploys(books, done);
    const approval = await books.approvals.request(asked);
    expect(approval).toMatchObject({
      state: 'pending',
      requester: 'owner',
      minimumRole: 'owner',
      plan,
    });
    expect(await books.approvals.pending()).toEqual([approval]);
    expect(
      await books.approvals.grant(approval.id.toLowerCase(), { principal: OWNER, message: 'm2' }),
    ).toBe('deployed');
    expect(done).toEqual([plan]);
    await expect(
      books.approvals.grant(approval.id, { principal: OWNER, message: 'm3' }),
    ).rejects.toThrow(/approved and carried out already/);
    expect(done).toHaveLength(1);
    expect(await books.approvals.get(approval.id)).toMatchObject({
      state: 'used',
      decidedBy: 'owner',
    });
  });

  test.each<[string, Principal, string | undefined, number, RegExp]>([
    ['a guest', guestNamed('ann'), 'm2', 0, /^Only the owner may approve request/],
    ['an admin', admin, 'm2', 0, /^Only the owner may/],
    ['the company itself', SYSTEM, 'm2', 0, /^Only the owner may/],
    [
      "the company itself in the owner's clothes",
      { ...SYSTEM, role: 'owner' },
      'm2',
      0,
      /^Only the owner may/,
    ],
    [
      'somebody who says to be the owner',
      { ...OWNER, proof: 'none' },
      'm2',
      0,
      /^Only the owner may/,
    ],
    ['the message that asked', OWNER, 'm1', 0, /waits for a message of its own/],
    [
      "an agent that the owner's request was handed to",
      OWNER,
      'm2',
      1,
      /waits for a message of its own/,
    ],
  ])('is not granted by %s', async (_, principal, message, hops, reason) => {
    const { books } = await openBooks(database);
    const done: unknown[] = [];
    handleDeploys(books, done);
    const { id } = await books.approvals.request(asked);
    const conversation = startConversation({ principal, hops });
    for (const verdict of ['grant', 'decline'] as const)
      await expect(
        inConversation(conversation, () => books.approvals[verdict](id, { principal, message })),
      ).rejects.toThrow(verdict === 'grant' ? reason : Error);
    expect(done).toEqual([]);
    expect((await books.approvals.get(id)).state).toBe('pending');
  });

  test('of a kind that says so is granted by an admin', async () => {
    const { books } = await openBooks(database);
    handleDeploys(books, [], 'admin');
    const { id } = await books.approvals.request(asked);
    expect(await books.approvals.grant(id, { principal: admin, message: 'm2' })).toBe('deployed');
  });

  test('is for one plan to the letter', async () => {
    const { books } = await openBooks(database);
    const { id, digest } = await books.approvals.request(asked);
    await expect(books.approvals.consume(id, digest)).rejects.toThrow(/has not been approved yet/);
    // Nobody carries this kind out here, so it stays granted.
    await expect(books.approvals.grant(id, { principal: OWNER })).rejects.toThrow(NoExecutorError);
    const changed = books.approvals.digestOf({ ...plan, replicas: 3 });
    await expect(books.approvals.consume(id, changed)).rejects.toThrow(PlanChangedError);
    const reordered = { replicas: 2, region: 'eu', deploy: 'api' };
    const uses = Array.from({ length: 10 }, () =>
      books.approvals.consume(id, books.approvals.digestOf(reordered)),
    );
    const results = await Promise.allSettled(uses);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  test('that is declined stays declined', async () => {
    const { books } = await openBooks(database);
    const { id } = await books.approvals.request(asked);
    expect((await books.approvals.decline(id, { principal: OWNER, message: 'm2' })).state).toBe(
      'declined',
    );
    await expect(books.approvals.grant(id, { principal: OWNER, message: 'm3' })).rejects.toThrow(
      /has been declined/,
    );
    expect(await books.approvals.pending()).toEqual([]);
  });

  test('runs out, granted or not', async () => {
    const { books, clock } = await openBooks(database);
    const late = await books.approvals.request(asked);
    const granted = await books.approvals.request(asked);
    await expect(
      books.approvals.grant(granted.id, { principal: OWNER, message: 'm2' }),
    ).rejects.toThrow(NoExecutorError);
    clock.advance(DAY);
    await expect(
      books.approvals.grant(late.id, { principal: OWNER, message: 'm2' }),
    ).rejects.toThrow(/has expired/);
    await expect(books.approvals.consume(granted.id, granted.digest)).rejects.toThrow(
      /has expired/,
    );
    expect(await books.approvals.pending()).toEqual([]);
  });

  test('that does not exist is said not to', async () => {
    const { books } = await openBooks(database);
    for (const id of ['K7QP2M3A', '', "'; DROP TABLE treasury.approvals; --"])
      await expect(books.approvals.grant(id, { principal: OWNER })).rejects.toThrow(
        ApprovalUnavailableError,
      );
  });

  test('that was granted before a crash is carried out at the next start, once', async () => {
    const { books, clock } = await openBooks(database);
    books.approvals.handle('deploy', {
      execute: () => Promise.reject(new LedgerUnreadableError({ cause: 'crash' })),
    });
    const { id } = await books.approvals.request(asked);
    await expect(books.approvals.grant(id, { principal: OWNER, message: 'm2' })).rejects.toThrow(
      LedgerUnreadableError,
    );
    expect((await books.approvals.get(id)).state).toBe('granted');
    const done: unknown[] = [];
    const agents = await Promise.all(
      Array.from({ length: 4 }, () => openBooks(database, {}, clock)),
    );
    for (const agent of agents) handleDeploys(agent.books, done);
    const resumed = await Promise.all(agents.map((agent) => agent.books.approvals.resume()));
    expect(resumed.flatMap((outcome) => outcome.done)).toEqual(['deployed']);
    expect(resumed.flatMap((outcome) => outcome.failures)).toEqual([]);
    expect(done).toEqual([plan]);
  });

  test('of a cap is carried out at the next start after a crash', async () => {
    const { books, clock } = await openBooks(database);
    await run(sql`UPDATE treasury.caps SET limit_pico = 1`);
    const { id } = await books.requestCap(
      { ...(await books.caps())[2]!, limitPico: usd('30') },
      { requester: OWNER },
    );
    await run(
      sql`UPDATE treasury.approvals SET state = 'granted', decided_by = 'owner' WHERE id = ${id}`,
    );
    const next = await openBooks(database, {}, clock);
    expect((await standing(next.books)).limitPico).toBe(usd('30'));
    await run(sql`UPDATE treasury.caps SET limit_pico = 2`);
    const later = await openBooks(database, {}, clock);
    expect((await standing(later.books)).limitPico).toBe(2n);
  });
});

function handleDeploys(books: Books, done: unknown[], minimumRole?: 'admin'): void {
  books.approvals.handle('deploy', {
    minimumRole,
    execute: async (approval: Approval) => {
      const used = await books.approvals.consume(approval.id, approval.digest);
      done.push(used.plan);
      return 'deployed';
    },
  });
}

async function approveCap(
  books: Books,
  limitUsd: string,
  cap: {
    scope: 'organisation' | 'agent' | 'user';
    scopeId: string;
    window: 'day' | 'week' | 'month';
  } = {
    scope: 'organisation',
    scopeId: 'organisation',
    window: 'month',
  },
): Promise<void> {
  const wanted = { category: 'llm', limitPico: usd(limitUsd), ...cap } as const;
  const { id } = await books.requestCap(wanted, { requester: OWNER, message: 'm1' });
  await books.approvals.grant(id, { principal: OWNER, message: 'm2' });
}

test('calls are counted by model, answered and failed, of the last so many milliseconds', async () => {
  const { books, clock } = await openBooks(database);
  const free = { tokensIn: 1, tokensOut: 1, scopes: {} };
  const call = (provider: string, status: 'ok' | 'fallback' | 'error') =>
    books.recordFree({ ...free, provider, model: 'm', status });
  await call('old', 'ok');
  clock.advance(DAY + 1);
  await call('openai', 'ok');
  await call('openai', 'fallback');
  await call('openai', 'error');
  await call('ollama', 'ok');
  const { id } = await books.reserve(asking());
  await books.settle(id, usage('0.01'));
  await books.recordFree({
    ...free,
    provider: 'tool',
    model: 't',
    status: 'ok',
    category: 'tools',
  });
  expect(await books.callShares({ category: 'llm', withinMs: DAY })).toEqual([
    { provider: 'openai', model: 'm', answered: 2, failed: 1 },
    { provider: 'ollama', model: 'm', answered: 1, failed: 0 },
    { provider: 'openrouter', model: 'qwen2-72b', answered: 1, failed: 0 },
  ]);
  expect(await books.callShares({ category: 'llm', withinMs: DAY + 1 })).toHaveLength(4);
});

test('days of this month are told by category, and what was free is left out', async () => {
  const { books, clock } = await openBooks(database);
  const spend = async (costUsd: string): Promise<void> => {
    const { id } = await books.reserve(asking());
    await books.settle(id, usage(costUsd));
  };
  const dayOf = (): string => new Date(clock.now()).toISOString().slice(0, 10);
  await spend('0.01');
  await spend('0.02');
  const first = dayOf();
  clock.advance(DAY);
  await spend('0.04');
  await books.recordFree({
    ...{ provider: 'ollama', model: 'm', status: 'ok', tokensIn: 1, tokensOut: 1, scopes: {} },
  });
  expect(await books.days()).toEqual([
    { day: first, category: 'llm', costPico: usd('0.03') },
    { day: dayOf(), category: 'llm', costPico: usd('0.04') },
  ]);
  clock.advance(40 * DAY);
  expect(await books.days()).toEqual([]);
});

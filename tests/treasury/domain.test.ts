import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BudgetExceededError, type Cap, type LedgerRow } from '@371os/plugin-treasury';
import { approvalId, readApprovalId } from '../../plugins/plugin-treasury/src/domain/approval.ts';
import { describeBudget } from '../../plugins/plugin-treasury/src/domain/budget-words.ts';
import { capOf, readCapCommand } from '../../plugins/plugin-treasury/src/domain/cap-request.ts';
import { ledgerCsv } from '../../plugins/plugin-treasury/src/domain/csv.ts';
import { canonicalJson } from '../../plugins/plugin-treasury/src/domain/digest.ts';
import { remainingFraction } from '../../plugins/plugin-treasury/src/domain/fraction.ts';
import {
  reviewSpending,
  type ReviewedMessage,
} from '../../plugins/plugin-treasury/src/domain/spend-review.ts';
import { usd } from './treasury-fixture.ts';

const monthly: Cap = {
  category: 'llm',
  scope: 'organisation',
  scopeId: 'organisation',
  window: 'month',
  limitPico: usd('20'),
};

describe('a budget that is exceeded', () => {
  const money = { spentPico: usd('19.95'), reservedPico: 0n, askedPico: usd('0.10') };
  test.each<[Partial<Cap>, string, string]>([
    [{}, 'organisation', 'Monthly budget of $20.00 has been exceeded.'],
    [{ window: 'week' }, 'organisation', 'Weekly budget of $20.00 has been exceeded.'],
    [
      { window: 'day', scope: 'user', scopeId: 'guest:*', limitPico: 0n },
      'guest:ann',
      'Daily budget of $0.00 for guest:ann has been exceeded.',
    ],
    [
      { scope: 'agent', scopeId: '*' },
      'Zara',
      'Monthly budget of $20.00 for agent Zara has been exceeded.',
    ],
    [
      { scope: 'task', scopeId: '*' },
      't1',
      'Monthly budget of $20.00 for task t1 has been exceeded.',
    ],
  ])('%j for %s says: %s', (part, scopeId, title) => {
    const error = new BudgetExceededError({ cap: { ...monthly, ...part }, scopeId, ...money });
    expect(error.message.startsWith(`${title} $`)).toBe(true);
    expect(error).toMatchObject({ code: 'BUDGET_EXCEEDED', isRetryable: false });
    expect(error.details).toMatchObject({ scopeId, askedUsd: '0.10' });
    expect(() => JSON.stringify(error.details)).not.toThrow();
  });

  test('it says what is left, what was asked and what to do', () => {
    const { message } = new BudgetExceededError({
      cap: monthly,
      scopeId: 'organisation',
      ...money,
    });
    expect(message).toContain('$0.05 is left for llm, and this may cost up to $0.10.');
    expect(message).toContain('/requests');
    expect(message).toContain('SET_BUDGET_CAP');
  });

  test('late settlements leave nothing, not less', () => {
    const over = { ...money, spentPico: usd('21'), reservedPico: usd('0.5') };
    const { message } = new BudgetExceededError({ cap: monthly, scopeId: 'organisation', ...over });
    expect(message).toContain('$0.00 is left for llm ($0.50 more is reserved by running calls)');
  });
});

describe('the remaining fraction', () => {
  test.each([
    ['20', '0', 1],
    ['20', '16', 0.2],
    ['20', '15.999999999999', 0.20000000000005],
    ['20', '19', 0.05],
    ['20', '20', 0],
    ['20', '25', 0],
    ['0', '0', 0],
    ['3', '2', 0.333333333333333],
  ])('of %s with %s used is %s', (limit, used, fraction) => {
    expect(remainingFraction(usd(limit), usd(used))).toBe(fraction);
  });
});

describe('words for a cap', () => {
  test.each<[Record<string, unknown>, Partial<Cap>]>([
    [
      { amount: '50' },
      { category: 'llm', scope: 'organisation', window: 'month', limitPico: usd('50') },
    ],
    [
      { amount: '1,000 dollars', category: 'AI' },
      { category: 'llm', limitPico: usd('1000') },
    ],
    [
      { amount: '$2', category: 'hosting', window: 'weekly' },
      { category: 'akash', window: 'week' },
    ],
    [
      { amount: '1.50', category: 'tool' },
      { category: 'tools', limitPico: usd('1.50') },
    ],
    [
      { amount: 3, category: 'chain fees', window: 'day' },
      { category: 'gas', limitPico: usd('3') },
    ],
    [{ amount: '1000000' }, { limitPico: usd('1000000') }],
    [{ amount: '0' }, { limitPico: 0n }],
    [
      { amount: '2', scope: 'user', scopeId: 'guest:*' },
      { scope: 'user', scopeId: 'guest:*' },
    ],
    [readCapCommand('gas 1.5 week'), { category: 'gas', window: 'week', limitPico: usd('1.5') }],
    [readCapCommand('akash 7'), { category: 'akash', window: 'month', limitPico: usd('7') }],
  ])('%j is %j', (words, cap) => {
    expect(capOf(words)).toMatchObject(cap);
  });

  test.each([
    [{ amount: '1000000.01' }, /no cap may be above \$1,000,000\.00/],
    [{ amount: '9999999' }, /no cap may be above/],
    [{ amount: '-5' }, /not an amount/],
    [{ amount: 'NaN' }, /not an amount/],
    [{ amount: '1e9' }, /not an amount/],
    [{ amount: 'unlimited' }, /not an amount/],
    [{}, /amount in US dollars is missing/],
    [{ amount: '5', category: 'bananas' }, /category is llm, akash, gas or tools/],
    [{ amount: '5', window: 'year' }, /window is day, week or month/],
    [{ amount: '5', scope: 'agent' }, /which agent it is for/],
    [
      { amount: '5', scope: 'user', scopeId: "x'; DROP TABLE treasury.caps; --" },
      /a name of letters/,
    ],
    [{ amount: '5', scope: 'user', scopeId: 'a*b' }, /a name of letters/],
    [readCapCommand(''), /category is llm/],
    [readCapCommand('llm'), /not an amount/],
  ])('%j is refused', (words, problem) => {
    expect(() => capOf(words)).toThrow(problem);
  });
});

describe('canonical JSON', () => {
  test('is the same for equal plans, however they were put together', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (plan) => {
        const shuffled = Object.fromEntries(Object.entries(plan).reverse());
        expect(canonicalJson(shuffled)).toBe(canonicalJson(plan));
        expect(JSON.parse(canonicalJson(plan))).toEqual(JSON.parse(JSON.stringify(plan)));
      }),
    );
  });

  test('tells plans apart that only look alike', () => {
    const texts = [{ a: 1 }, { a: '1' }, { a: [1] }, { a: null }, {}, { a: 1, b: null }].map(
      (plan) => canonicalJson(plan),
    );
    expect(new Set(texts).size).toBe(texts.length);
  });

  test.each([undefined, { a: undefined }, { a: Number.NaN }, { a: 1n }, [Infinity], () => 1])(
    'refuses %p',
    (plan) => {
      expect(() => canonicalJson(plan)).toThrow(/only hold JSON values/);
    },
  );
});

describe('an approval id', () => {
  test('is read back however it is typed, and no word is one', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 8, maxLength: 8 }), (random) => {
        const id = approvalId(random);
        expect(id).toHaveLength(8);
        expect(readApprovalId(id)).toBe(id);
        expect(readApprovalId(` ${id.slice(0, 4)}-${id.slice(4)} `.toLowerCase())).toBe(id);
      }),
    );
  });

  test.each([
    'approved',
    'solution',
    'localise',
    'everything',
    'K7QP2M3',
    'K7QP2M3AA',
    'K7Q!2M3A',
    '',
  ])('%p is none', (text) => {
    expect(readApprovalId(text)).toBeUndefined();
  });

  test('letters that look like digits are meant as digits', () => {
    expect(readApprovalId('KOQP2MI3')).toBe('K0QP2M13');
  });
});

const row: LedgerRow = {
  id: '1',
  tsMs: Date.parse('2026-03-18T12:00:00Z'),
  category: 'llm',
  provider: 'openrouter',
  model: 'qwen2-72b',
  tokensIn: 10,
  tokensOut: 20,
  costPico: usd('0.00005'),
  task: undefined,
  agent: 'CTO Zara',
  user: 'owner',
  status: 'ok',
  priceId: undefined,
  callId: undefined,
  reservationId: undefined,
};

describe('the ledger as CSV', () => {
  test('has a header and exact amounts', () => {
    expect(ledgerCsv([row])).toBe(
      'ts,category,provider,model,tokens_in,tokens_out,cost_usd,task,agent,user,status,price_id,call_id,reservation_id\r\n' +
        '2026-03-18T12:00:00.000Z,llm,openrouter,qwen2-72b,10,20,0.00005,,CTO Zara,owner,ok,,,\r\n',
    );
  });

  test.each([
    ['=HYPERLINK("http://x")', '"\'=HYPERLINK(""http://x"")"'],
    ['+1', "'+1"],
    ['-1+1', "'-1+1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\t=1', "'\t=1"],
    ['  =1', "'  =1"],
    ['\r=1', '"\'\r=1"'],
    ['a,b', '"a,b"'],
    ['say "hi"', '"say ""hi"""'],
    ['two\nlines', '"two\nlines"'],
    ['plain', 'plain'],
  ])('%j becomes %s', (model, cell) => {
    expect(ledgerCsv([{ ...row, model }]).split('openrouter,')[1]).toBe(
      `${cell},10,20,0.00005,,CTO Zara,owner,ok,,,\r\n`,
    );
  });
});

describe('the review of spending', () => {
  const say = (author: string, text: string, isAgent = true): ReviewedMessage => ({
    author,
    isAgent,
    text,
  });
  const polite = (turns: number): ReviewedMessage[] =>
    Array.from({ length: turns }, (_, turn) =>
      say(turn % 2 ? 'Maya' : 'Mimi', `thank you so much, you are welcome, number ${turn}`),
    );
  const varied = (turns: number): ReviewedMessage[] =>
    Array.from({ length: turns }, (_, turn) =>
      say(turn % 2 ? 'Maya' : 'Mimi', `w${turn} x${turn} y${turn}`),
    );
  const holdPico = usd('0.50');

  test.each<[string, ReviewedMessage[], string, 'fine' | 'flag' | 'hold']>([
    ['three repetitions are not enough', polite(4), '1', 'fine'],
    ['four repetitions, cheap', polite(5), '0.49', 'flag'],
    ['four repetitions, dear', polite(5), '0.50', 'hold'],
    ['free agents may chat', polite(20), '0', 'fine'],
    ['seven different turns', varied(7), '1', 'fine'],
    ['eight turns of two agents', varied(8), '0.01', 'flag'],
    ['eight turns of two agents, dear', varied(8), '0.75', 'hold'],
    ['a person has just spoken', [...polite(20), say('owner', 'go on', false)], '1', 'fine'],
    [
      'a person in between',
      [...polite(4), say('owner', 'go on', false), ...polite(4)],
      '1',
      'fine',
    ],
    [
      'one agent at work',
      varied(12).map((message) => ({ ...message, author: 'Zara' })),
      '1',
      'fine',
    ],
    [
      'three agents in turn',
      varied(12).map((message, turn) => ({ ...message, author: `a${turn % 3}` })),
      '1',
      'fine',
    ],
    ['nobody said anything', [], '1', 'fine'],
  ])('%s', (_, messages, cost, verdict) => {
    const review = reviewSpending({ messages, costPico: usd(cost), holdPico });
    expect(review.verdict).toBe(verdict);
    expect(review.reason === '').toBe(verdict === 'fine');
  });
});

describe('the budget in words', () => {
  const status = {
    category: 'llm',
    scope: 'organisation',
    scopeId: 'organisation',
    window: 'month',
    windowStart: '2026-03-01',
    limitPico: usd('20'),
    spentPico: 0n,
    reservedPico: 0n,
    remainingPico: usd('20'),
  } as const;
  const nothing = { day: 0n, week: 0n, month: 0n };

  test('when nothing was spent', () => {
    const text = describeBudget({
      caps: [status],
      spentPico: nothing,
      byCategory: [],
      byAgent: [],
      byModel: [],
    });
    expect(text).toBe(
      '$20.00 is left of the monthly llm budget of $20.00 (100 %): $0.00 is spent since 2026-03-01 UTC.\nNothing has been spent this month.',
    );
  });

  test('when all calls were free', () => {
    const free = { name: 'embedded:rules', costPico: 0n, calls: 12, tokens: 3400 };
    const text = describeBudget({
      caps: [status],
      spentPico: nothing,
      byCategory: [{ ...free, name: 'llm' }],
      byAgent: [],
      byModel: [free],
    });
    expect(text).toContain('Nothing has been spent this month: all 12 calls were free.');
    expect(text).toContain('By model: embedded:rules $0.00 (12 calls, 3,400 tokens).');
  });

  test('without any cap', () => {
    const text = describeBudget({
      caps: [],
      spentPico: nothing,
      byCategory: [],
      byAgent: [],
      byModel: [],
    });
    expect(text).toContain('There is no cap on anything.');
  });
});

import { describe, expect, test } from '@jest/globals';
import { parseUsd } from '@371os/kernel';
import {
  departmentsFor,
  describeDelegations,
  readDirective,
} from '../../plugins/plugin-csuite/src/domain/directive.ts';
import {
  reviewOutcomes,
  successPercent,
  type PastTask,
} from '../../plugins/plugin-csuite/src/domain/outcome-review.ts';
import {
  describeOutcomes,
  readOutcomeQuestion,
} from '../../plugins/plugin-csuite/src/domain/outcome-words.ts';
import {
  analyseSpending,
  type SpendingRow,
} from '../../plugins/plugin-csuite/src/domain/spending-analysis.ts';
import {
  asksForSpendingAnalysis,
  describeSpending,
} from '../../plugins/plugin-csuite/src/domain/spending-words.ts';

const usd = parseUsd;

function row(iso: string, costUsd: string, more: Partial<SpendingRow> = {}): SpendingRow {
  return {
    tsMs: Date.parse(iso),
    category: 'llm',
    agent: 'CTO Zara',
    provider: 'openrouter',
    model: 'qwen2-72b',
    task: undefined,
    costPico: usd(costUsd),
    ...more,
  };
}

const cap = { category: 'llm', limitPico: usd('20'), remainingPico: usd('14') };
const tenDaysIn = Date.parse('2026-03-11T00:00:00Z');

describe('an analysis of spending', () => {
  const rows = [
    row('2026-03-01T08:00:00Z', '1', { task: 't1' }),
    row('2026-03-10T09:00:00Z', '4.50', { agent: 'CEO Mimi', model: 'gpt-4o-mini', task: 't2' }),
    row('2026-03-10T10:00:00Z', '0.50', { task: 't1' }),
    row('2026-03-10T11:00:00Z', '0', { agent: undefined, provider: 'embedded', model: 'rules' }),
  ];

  test('adds up by agent, model, day and task, and says what it assumes', () => {
    expect(describeSpending(analyseSpending(rows, [cap], tenDaysIn))).toBe(
      [
        'Spent since 2026-03-01 UTC: $6.00.',
        // 6.00 in 10 days; 21 days are left
        'llm: $0.60 a day; forecast to the end of 2026-03-31: about $18.60. What is left of the $20.00 cap lasts 23.3 days at that rate: it holds to the end of the month.',
        'By agent: CEO Mimi $4.50 (1 call); CTO Zara $1.50 (2 calls); no agent $0.00 (1 call).',
        'By model: openrouter:gpt-4o-mini $4.50 (1 call); openrouter:qwen2-72b $1.50 (2 calls); embedded:rules $0.00 (1 call).',
        'By day: 2026-03-01 $1.00 (1 call); 2026-03-10 $5.00 (3 calls).',
        'Most expensive tasks: t2 $4.50 (1 call); t1 $1.50 (2 calls).',
        'Estimates assume that spending goes on as over the last 10.0 days of this month. The ledger knows what the agents spend; it knows no bank account.',
      ].join('\n'),
    );
  });

  test.each([
    // in 10 of 31 days; 6.4516129032258... comes to the cap of 20
    ['6.451612903225', 'it holds to the end of the month'],
    ['6.4516129033', 'it runs out before the month does'],
  ])('%s: the cap %s', (spent, outcome) => {
    const analysis = analyseSpending([row('2026-03-01T08:00:00Z', spent)], [cap], tenDaysIn);
    expect(describeSpending(analysis)).toContain(outcome);
  });

  test('takes the first hours of a month for a whole day', () => {
    const at = Date.parse('2026-02-01T01:00:00Z');
    const [forecast] = analyseSpending([row('2026-02-01T00:30:00Z', '1')], [cap], at).forecasts;
    expect(forecast).toMatchObject({ burnPerDayPico: usd('1'), monthEndPico: usd('28') });
    expect(forecast!.runwayTenths).toBe(140n);
  });

  test('knows no runway without spending or without a cap', () => {
    const quiet = describeSpending(analyseSpending([], [cap], tenDaysIn));
    expect(quiet).toContain('llm: nothing spent, so there is nothing to forecast.');
    const rows = [row('2026-03-02T00:00:00Z', '0.001', { category: 'gas' })];
    const uncapped = describeSpending(analyseSpending(rows, [cap], tenDaysIn));
    expect(uncapped).toContain('gas: $0.0001 a day');
    expect(uncapped).toContain('It has no monthly cap.');
  });

  test.each([
    'analyse our spending',
    'Forecast our costs to the end of the month',
    'What is our burn rate?',
    'how long will the budget last?',
    'How many months of runway do we have?',
    'which tasks cost the most this month?',
    'which tasks were the most expensive?',
    'please break down the spending by agent',
    'What were the five most expensive tasks this month?',
    'give me a forecast of our costs',
    'how fast are we burning money',
    'where will our spending end up at the end of the month?',
  ])('%p asks for it', (text) => expect(asksForSpendingAnalysis(text)).toBe(true));

  test.each([
    'how much of our budget is left?',
    'write an article about burn rate',
    'analyse the costs of moving to Kubernetes',
    'forecast our revenue for next quarter',
    'the budget page is broken',
    'analyse our competitors',
    '',
  ])('%p does not', (text) => expect(asksForSpendingAnalysis(text)).toBe(false));
});

let lastId = 0;
function task(agent: string, state: string, more: Partial<PastTask> = {}): PastTask {
  lastId += 1;
  const id = String(lastId);
  return { id, agent, state, answer: '', costPico: 0n, isConfidential: false, ...more };
}

function tasks(count: number, make: () => PastTask): PastTask[] {
  return Array.from({ length: count }, make);
}

describe('a review of past tasks', () => {
  test.each([
    // under half of at least five ended tasks
    [2, 3, true],
    [2, 2, false],
    [3, 3, false],
    [1, 4, true],
    [0, 4, false],
    [5, 5, false],
  ])('%d completed and %d failed: suggested is %p', (completed, failed, isSuggested) => {
    const { suggestions } = reviewOutcomes([
      ...tasks(completed, () => task('CTO Zara', 'COMPLETED')),
      ...tasks(failed, () => task('CTO Zara', 'FAILED', { answer: `reason ${String(lastId)}` })),
      ...tasks(9, () => task('CTO Zara', 'CANCELED')),
    ]);
    expect(suggestions.some((line) => line.includes('under half'))).toBe(isSuggested);
  });

  test.each([
    [2, false],
    [3, true],
  ])('the same failure %d times: suggested is %p', (count, isSuggested) => {
    const { suggestions, failures } = reviewOutcomes(
      tasks(count, () => task('CTO Zara', 'REJECTED', { answer: 'No key  is set.\n' })),
    );
    expect(failures).toEqual([{ reason: 'No key is set.', count }]);
    expect(suggestions.some((line) => line.startsWith('The same failure'))).toBe(isSuggested);
  });

  test.each([
    [2, false],
    [3, true],
  ])('%d tasks waiting for the same: suggested is %p', (count, isSuggested) => {
    const { suggestions, waiting } = reviewOutcomes(
      tasks(count, () => task('CTO Zara', 'INPUT_REQUIRED', { waitingFor: 'language-model' })),
    );
    expect(waiting).toEqual([{ what: 'language-model', count }]);
    expect(suggestions.some((line) => line.includes('language-model'))).toBe(isSuggested);
  });

  test.each([
    ['0.20', false],
    ['0.200000000001', true],
  ])('%s a completed task beside 0.10 of the others: dear is %p', (costUsd, isDear) => {
    const { suggestions } = reviewOutcomes([
      ...tasks(5, () => task('CEO Mimi', 'COMPLETED', { costPico: usd(costUsd) })),
      task('CTO Zara', 'COMPLETED', { costPico: usd('0.05') }),
      task('CTO Zara', 'FAILED', { costPico: usd('0.05') }),
    ]);
    expect(suggestions.some((line) => line.startsWith('CEO Mimi costs'))).toBe(isDear);
  });

  test('repeats nothing of a confidential task', () => {
    const secret = { answer: 'The merger with Initech fell through.', isConfidential: true };
    const review = reviewOutcomes(tasks(4, () => task('CEO Mimi', 'FAILED', secret)));
    expect(describeOutcomes(review)).not.toContain('Initech');
  });

  test('is said with figures first and suggestions last', () => {
    const review = reviewOutcomes([
      ...tasks(2, () => task('CTO Zara', 'COMPLETED', { costPico: usd('0.01') })),
      task('CTO Zara', 'FAILED', { answer: 'It took too long.', costPico: usd('0.01') }),
      task('CFO Maya', 'INPUT_REQUIRED', { waitingFor: 'language-model' }),
    ]);
    expect(describeOutcomes(review)).toBe(
      'Of the last 4 tasks:\n' +
        'CTO Zara: 2 completed, 1 failed, 0 waiting (66 % success, $0.015 a completed task).\n' +
        'CFO Maya: 0 completed, 0 failed, 1 waiting (none ended).\n' +
        'Failures: It took too long. (1)\n' +
        'Waiting for: language-model (1)\n' +
        'No rule sees anything to change.',
    );
    expect(successPercent(review.agents[1]!)).toBeUndefined();
  });

  test('of nothing says so', () =>
    expect(describeOutcomes(reviewOutcomes([]))).toBe(
      'There are no past tasks yet, so there is nothing to learn from.',
    ));

  test.each([
    ['review the last 50 tasks', { limit: '50' }],
    ['What can we learn from past tasks?', {}],
    ['which agents fail most often?', {}],
    ['what is the success rate of our agents?', {}],
    ['why do our tasks fail?', {}],
    ['hold a retrospective', {}],
    ['how did the agents do this week?', {}],
  ])('%p asks for it', (text, words) => expect(readOutcomeQuestion(text)).toEqual(words));

  test.each([
    'review this pull request',
    'why do the unit tests fail?',
    'write training material for new hires',
    'list my tasks',
    'what can we learn from Toyota?',
    '',
  ])('%p does not', (text) => expect(readOutcomeQuestion(text)).toBeUndefined());
});

describe('a directive', () => {
  test.each([
    ['prepare the quarterly budget', ['CFO']],
    ['ship the export feature', ['CTO']],
    ['fix the security of the application and its infrastructure', ['CTO']],
    ['plan two campaigns', ['CMO']],
    ['more community outreach', ['CCO']],
    ['outreach, marketing, security and financial plans', ['CFO', 'CTO', 'CMO', 'CCO']],
    ['be kind to communities', ['CCO']],
    ['trade securities', []],
    ['be bold', []],
    ['FINANCIAL REPORT', ['CFO']],
  ])('%p concerns %j', (directive, roles) =>
    expect(departmentsFor(directive).map(({ role }) => role)).toEqual(roles),
  );

  test.each([
    ['directive: prepare the quarterly budget', 'prepare the quarterly budget'],
    [
      'Please delegate: a marketing campaign and a security review',
      'a marketing campaign and a security review',
    ],
    ['Mimi, delegate the quarterly budget to the departments', 'the quarterly budget'],
    ['have the departments plan the spring campaign', 'plan the spring campaign'],
    ['Delegate to the departments: cut infrastructure costs', 'cut infrastructure costs'],
  ])('%p is read', (text, directive) => expect(readDirective(text)).toEqual({ directive }));

  test.each([
    'what should our strategy be?',
    'how do I delegate better?',
    'who directs the marketing?',
    'delegate to Zara',
    '',
  ])('%p is left to judgement', (text) => expect(readDirective(text)).toBeUndefined());

  test('is answered with who has what, and what nobody has', () => {
    const text = describeDelegations('x', [
      { role: 'CFO', words: ['budget'], agent: 'CFO Maya', taskId: '12345678-9abc' },
      { role: 'CCO', words: ['community', 'outreach'] },
    ]);
    expect(text).toBe(
      'CFO Maya (CFO) has it as task 12345678, because of "budget".\n' +
        'CCO: nobody here has this role, so its part ("community", "outreach") was not given to anyone.',
    );
    expect(describeDelegations('be bold', [])).toMatch(/^Noted: "be bold" It has no word/);
  });
});

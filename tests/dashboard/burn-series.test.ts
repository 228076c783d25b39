import { expect, test } from '@jest/globals';
import type { PanelData } from '@371os/plugin-dashboard';
import { burnSeries } from '../../plugins/plugin-dashboard/src/page/burn-series.ts';
import { dollars, span } from '../../plugins/plugin-dashboard/src/page/words.ts';

const START = Date.parse('2026-02-01T00:00:00Z');
const END = Date.parse('2026-03-01T00:00:00Z');
const HOUR = 3_600_000;

const budget: PanelData['budget'] = {
  spentUsd: { day: '1.00', week: '3.00', month: '3.00' },
  caps: [],
  categories: [
    {
      ...{ category: 'llm', spentUsd: '3.00', perDayUsd: '1.20', forecastUsd: '33.60' },
      ...{ limitUsd: '20.00', runwayDays: '14.1' },
    },
  ],
  byAgent: [],
  byModel: [],
  byCategory: [],
  monthStartMs: START,
  monthEndMs: END,
  days: [
    { day: '2026-02-01', category: 'llm', costUsd: '2.00' },
    { day: '2026-02-02', category: 'akash', costUsd: '9.00' },
    { day: '2026-02-03', category: 'llm', costUsd: '1.00' },
  ],
};

test('spending grows day by day until now, and leads on to the forecast', () => {
  const now = START + 60 * HOUR;
  expect(burnSeries(budget, 'llm', now)).toEqual({
    moments: [START, START + 24 * HOUR, START + 48 * HOUR, now, END].map((ms) => ms / 1_000),
    spent: [0, 2, 2, 3, null],
    forecast: [null, null, null, 3, 33.6],
    cap: [20, 20, 20, 20, 20],
  });
});

test('a cap that is far away is not drawn, so that the spending can be seen', () => {
  const [line] = budget.categories;
  const under = (limitUsd: string): PanelData['budget'] => ({
    ...budget,
    categories: [{ ...line!, limitUsd }],
  });
  expect(burnSeries(under('168.00'), 'llm', START + HOUR).cap[0]).toBe(168);
  expect(burnSeries(under('168.01'), 'llm', START + HOUR).cap[0]).toBeNull();
});

test('a clock that is wrong draws nothing outside the month, and no cap is no line', () => {
  const late = burnSeries(budget, 'akash', END + HOUR);
  expect(late.moments.at(-1)).toBe(END / 1_000);
  expect(late.spent.at(-1)).toBe(9);
  expect(new Set(late.cap)).toEqual(new Set([null]));
  expect(burnSeries(budget, 'llm', START - HOUR)).toMatchObject({
    spent: [0, null],
    forecast: [0, 33.6],
  });
});

test.each([
  ['0.00', '$0.00'],
  ['4.2', '$4.20'],
  ['0.0041234', '$0.0041'],
  ['0.000000001234', '$0.0000000012'],
  ['1234.5', '$1234.50'],
])('%s dollars are shown as %s', (usd, shown) => {
  expect(dollars(usd)).toBe(shown);
});

test.each([
  [12_000, '12 s'],
  [180_000, '3 min'],
  [5 * HOUR, '5 h'],
  [72 * HOUR, '3 days'],
])('%d ms are %s', (ms, words) => {
  expect(span(ms)).toBe(words);
});

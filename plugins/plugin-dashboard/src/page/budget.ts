import type { BudgetPanel, CapLine, CategoryLine, ShareLine } from '../domain/panels.ts';
import { BurnChart } from './burn-chart.ts';
import { burnSeries } from './burn-series.ts';
import { make } from './elements.ts';
import { keepChildren } from './keep-children.ts';
import { panelBody } from './panel-body.ts';
import { tableOf } from './tables.ts';
import { counted, dollars } from './words.ts';

const LONG_DAYS = 365;

/** How the budget stands, how fast it burns, and who spends it on what. */
export function budgetView(): ReturnType<typeof panelBody<BudgetPanel>> {
  const tiles = make('ul', { class: 'tiles' });
  const caps = make('ul', { class: 'meters', attributes: { 'aria-label': 'Caps' } });
  const burn = burnFigure();
  const shares = make('div', { class: 'columns' });
  const halves = make('div', { class: 'halves' }, make('div', {}, tiles, caps), burn.element);
  return panelBody<BudgetPanel>('budget', [halves, shares], (budget) => {
    keepChildren(tiles, tilesOf(budget), { keyOf: ([name]) => name, make: tileOf });
    keepChildren(caps, budget.caps, {
      keyOf: ({ name, window }) => `${name}/${window}`,
      make: meterOf,
    });
    burn.show(budget);
    const lists = [
      { by: 'Agent', shares: budget.byAgent },
      { by: 'Model', shares: budget.byModel },
      { by: 'Category', shares: budget.byCategory },
    ];
    keepChildren(shares, lists, { keyOf: ({ by }) => by, make: sharesOf });
  });
}

function tilesOf({ spentUsd }: BudgetPanel): (readonly [name: string, usd: string])[] {
  return [
    ['Spent today', spentUsd.day],
    ['This week', spentUsd.week],
    ['This month', spentUsd.month],
  ];
}

function tileOf([name, usd]: readonly [string, string]): HTMLElement {
  return make(
    'li',
    { class: 'tile' },
    make('p', { class: 'soft' }, name),
    make('p', { class: 'figure', title: `${usd} USD` }, dollars(usd)),
  );
}

function meterOf({
  name,
  window,
  limitUsd,
  spentUsd,
  reservedUsd,
  remainingUsd,
}: CapLine): HTMLElement {
  const used = Number(spentUsd) + Number(reservedUsd);
  const reserved = Number(reservedUsd) > 0 ? `, ${dollars(reservedUsd)} reserved` : '';
  const words = `${dollars(remainingUsd)} left of ${dollars(limitUsd)} a ${window} (${dollars(spentUsd)} spent${reserved})`;
  const meter = make('progress', {
    attributes: {
      max: String(Math.max(Number(limitUsd), used, Number.MIN_VALUE)),
      value: String(used),
      'aria-label': `${name}: ${words}`,
    },
  });
  return make('li', {}, make('p', {}, make('strong', {}, name), ' ', words), meter);
}

function sharesOf({ by, shares }: { by: string; shares: readonly ShareLine[] }): HTMLElement {
  const title = `By ${by.toLowerCase()}`;
  const head = [by, 'Calls', 'This month', 'Forecast'];
  const rows = shares.map(({ name, calls, costUsd, forecastUsd }) => [
    ...[name, calls.toLocaleString('en-US'), dollars(costUsd), dollars(forecastUsd)],
  ]);
  const table =
    rows.length > 0
      ? tableOf(`Spending ${title.toLowerCase()}`, head, rows, [1, 2, 3])
      : make('p', { class: 'note' }, 'Nothing yet.');
  return make('div', {}, make('h3', {}, title), table);
}

interface BurnFigure {
  readonly element: HTMLElement;
  show(budget: BudgetPanel): void;
}

// The chart shows one category at a time, since each has a cap of its own.
function burnFigure(): BurnFigure {
  const select = make('select', {});
  const label = make('label', {}, 'Burn this month on ', select);
  const caption = make('figcaption', {});
  const chart = new BurnChart();
  const element = make('figure', {}, label, chart.element, caption);
  let latest: BudgetPanel | undefined;
  let isFirst = true;
  const draw = (): void => {
    const line = latest?.categories.find(({ category }) => category === select.value);
    if (!latest || !line) return;
    const words = forecastWords(line);
    caption.textContent = words;
    chart.show(burnSeries(latest, line.category, Date.now()), words);
  };
  select.addEventListener('change', draw);
  return {
    element,
    show: (budget) => {
      latest = budget;
      element.hidden = budget.categories.length === 0;
      keepChildren(
        select,
        budget.categories.map(({ category }) => category),
        {
          keyOf: (category) => category,
          make: (category) => make('option', { attributes: { value: category } }, category),
        },
      );
      if (isFirst) select.value = mostSpentOn(budget);
      isFirst = false;
      draw();
    },
  };
}

function mostSpentOn({ categories }: BudgetPanel): string {
  const bySpent = categories.toSorted(
    (left, right) => Number(right.spentUsd) - Number(left.spentUsd),
  );
  return bySpent[0]?.category ?? '';
}

function forecastWords({
  category,
  spentUsd,
  perDayUsd,
  forecastUsd,
  limitUsd,
  runwayDays,
}: CategoryLine): string {
  const cap = limitUsd === null ? 'It has no monthly cap.' : `The cap is ${dollars(limitUsd)}.`;
  if (Number(spentUsd) === 0) return `Nothing is spent on ${category} yet this month. ${cap}`;
  const lasts =
    runwayDays === null ? '' : ` What is left lasts ${runwayWords(Number(runwayDays))}.`;
  return `${category}: ${dollars(spentUsd)} spent, ${dollars(perDayUsd)} a day; forecast for the month's end ${dollars(forecastUsd)} (dashed). ${cap}${lasts}`;
}

function runwayWords(days: number): string {
  return days > LONG_DAYS
    ? 'for more than a year at this pace'
    : `${counted(days, 'day')} at this pace`;
}

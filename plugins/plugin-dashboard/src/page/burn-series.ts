import type { BudgetPanel } from '../domain/panels.ts';

const DAY_MS = 86_400_000;
// A cap so many times as high as what will be spent would press the line to the ground.
const FAR = 5;

/** What a chart of one category draws: moments in seconds, and amounts in dollars at each of them. */
export interface BurnSeries {
  readonly moments: number[];
  readonly spent: (number | null)[];
  readonly forecast: (number | null)[];
  /** Null where there is none, or none near. */
  readonly cap: (number | null)[];
}

/** The spending of a category from the month's beginning until now, and where it leads. */
export function burnSeries(
  { days, categories, monthStartMs, monthEndMs }: BudgetPanel,
  category: string,
  nowMs: number,
): BurnSeries {
  const line = categories.find((one) => one.category === category);
  const now = Math.min(Math.max(nowMs, monthStartMs), monthEndMs);
  const moments = [monthStartMs];
  const spent: (number | null)[] = [0];
  let total = 0;
  for (let day = monthStartMs; day < now; day += DAY_MS) {
    const name = new Date(day).toISOString().slice(0, 10);
    total += Number(
      days.find((one) => one.day === name && one.category === category)?.costUsd ?? 0,
    );
    moments.push(Math.min(day + DAY_MS, now));
    spent.push(total);
  }
  const forecast: (number | null)[] = spent.map((_, index) =>
    index === spent.length - 1 ? total : null,
  );
  if (now < monthEndMs) {
    moments.push(monthEndMs);
    spent.push(null);
    forecast.push(Number(line?.forecastUsd ?? total));
  }
  const limit = Number(line?.limitUsd ?? Infinity);
  const most = Math.max(total, Number(line?.forecastUsd ?? 0));
  const isFar = !Number.isFinite(limit) || (most > 0 && limit > FAR * most);
  const cap = moments.map(() => (isFar ? null : limit));
  return { moments: moments.map((ms) => ms / 1_000), spent, forecast, cap };
}

import { forecastBurn, monthAt, type Burn, type MonthProgress, type PicoUsd } from '@371os/kernel';

/** A line of the ledger, as far as an analysis needs it. */
export interface SpendingRow {
  /** Milliseconds since 1970. */
  readonly tsMs: number;
  readonly category: string;
  readonly agent: string | undefined;
  readonly provider: string;
  readonly model: string;
  readonly task: string | undefined;
  readonly costPico: PicoUsd;
}

/** What the organisation may spend on a category this month. */
export interface MonthlyCap {
  readonly category: string;
  readonly limitPico: PicoUsd;
  /** Never below zero. */
  readonly remainingPico: PicoUsd;
}

export interface SpendingTotal {
  readonly name: string;
  readonly costPico: PicoUsd;
  readonly calls: number;
}

/** How fast one category spends, and what that comes to. */
export interface CategoryForecast extends Burn {
  readonly category: string;
  readonly spentPico: PicoUsd;
  /** Absent without a cap. */
  readonly limitPico?: PicoUsd | undefined;
}

export interface SpendingAnalysis extends MonthProgress {
  readonly totalPico: PicoUsd;
  readonly forecasts: readonly CategoryForecast[];
  readonly byAgent: readonly SpendingTotal[];
  readonly byModel: readonly SpendingTotal[];
  /** Oldest first, `2026-03-18`. */
  readonly byDay: readonly SpendingTotal[];
  readonly tasks: readonly SpendingTotal[];
}

/**
 * Analyses this month's ledger.
 * @param rows those of the current UTC month; free calls count as calls
 * @param caps the organisation's monthly caps
 */
export function analyseSpending(
  rows: readonly SpendingRow[],
  caps: readonly MonthlyCap[],
  nowMs: number,
): SpendingAnalysis {
  const month = monthAt(nowMs);
  return {
    ...month,
    totalPico: sum(rows),
    forecasts: forecastsOf(rows, caps, month),
    byAgent: dearestFirst(totalsBy(rows, ({ agent }) => agent ?? 'no agent')),
    byModel: dearestFirst(totalsBy(rows, ({ provider, model }) => `${provider}:${model}`)),
    byDay: totalsBy(rows, ({ tsMs }) => new Date(tsMs).toISOString().slice(0, 10)).sort(byName),
    tasks: dearestFirst(totalsBy(rows, ({ task }) => task)).filter(({ costPico }) => costPico > 0n),
  };
}

function forecastsOf(
  rows: readonly SpendingRow[],
  caps: readonly MonthlyCap[],
  month: MonthProgress,
): CategoryForecast[] {
  const categories = new Set([
    ...rows.filter(({ costPico }) => costPico > 0n).map(({ category }) => category),
    ...caps.map(({ category }) => category),
  ]);
  return [...categories].map((category) => {
    const spentPico = sum(rows.filter((row) => row.category === category));
    const cap = caps.find((candidate) => candidate.category === category);
    const burn = forecastBurn(spentPico, cap?.remainingPico, month);
    return { category, spentPico, limitPico: cap?.limitPico, ...burn };
  });
}

function totalsBy(
  rows: readonly SpendingRow[],
  nameOf: (row: SpendingRow) => string | undefined,
): SpendingTotal[] {
  const totals = new Map<string, SpendingTotal>();
  for (const row of rows) {
    const name = nameOf(row);
    if (name === undefined) continue;
    const { costPico, calls } = totals.get(name) ?? { costPico: 0n, calls: 0 };
    totals.set(name, { name, costPico: costPico + row.costPico, calls: calls + 1 });
  }
  return [...totals.values()];
}

function dearestFirst(totals: SpendingTotal[]): SpendingTotal[] {
  return totals.sort((left, right) =>
    left.costPico === right.costPico
      ? byName(left, right)
      : left.costPico < right.costPico
        ? 1
        : -1,
  );
}

function byName(left: SpendingTotal, right: SpendingTotal): number {
  return left.name < right.name ? -1 : left.name > right.name ? 1 : 0;
}

function sum(rows: readonly SpendingRow[]): PicoUsd {
  return rows.reduce((total, { costPico }) => total + costPico, 0n);
}

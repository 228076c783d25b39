import type { IAgentRuntime } from '@elizaos/core';
import { forecastBurn, formatUsd, monthAt, systemClock, type MonthProgress } from '@371os/kernel';
import type {
  BudgetSummary,
  CapStatus,
  SpendingShare,
  TreasuryService,
} from '@371os/plugin-treasury';
import type { BudgetPanel, CapLine, CategoryLine, ShareLine } from '../domain/panels.ts';
import type { PanelSource } from '../ports/panel-source.ts';
import { panelOf } from './colleagues.ts';

/** How the budget stands, how fast it burns, and what that comes to. */
export function budgetPanel(runtime: IAgentRuntime): PanelSource<'budget'> {
  return panelOf<'budget', TreasuryService>({
    ...{ name: 'budget', everyMs: 3_000, runtime },
    ...{ service: 'treasury', plugin: '@371os/plugin-treasury' },
    read: async (treasury) => {
      const [summary, days] = [await treasury.summary(), await treasury.days()];
      return {
        ...presentSummary(summary, monthAt(systemClock())),
        days: days.map(({ costPico, ...day }) => ({ ...day, costUsd: formatUsd(costPico) })),
      };
    },
  });
}

function presentSummary(summary: BudgetSummary, month: MonthProgress): Omit<BudgetPanel, 'days'> {
  const { spentPico, caps, byCategory, byAgent, byModel } = summary;
  const share = (one: SpendingShare): ShareLine => shareLine(one, month);
  return {
    spentUsd: {
      day: formatUsd(spentPico.day),
      week: formatUsd(spentPico.week),
      month: formatUsd(spentPico.month),
    },
    caps: caps.map(capLine),
    categories: categoriesOf(summary, month),
    byAgent: byAgent.map(share),
    byModel: byModel.map(share),
    byCategory: byCategory.map(share),
    monthStartMs: month.monthStartMs,
    monthEndMs: month.monthEndMs,
  };
}

function capLine(cap: CapStatus): CapLine {
  const { category, scope, scopeId, window } = cap;
  return {
    name: scope === 'organisation' ? category : `${category}, ${scope} ${scopeId}`,
    window,
    limitUsd: formatUsd(cap.limitPico),
    spentUsd: formatUsd(cap.spentPico),
    reservedUsd: formatUsd(cap.reservedPico),
    remainingUsd: formatUsd(cap.remainingPico),
  };
}

function shareLine({ name, calls, costPico }: SpendingShare, month: MonthProgress): ShareLine {
  const { monthEndPico } = forecastBurn(costPico, undefined, month);
  return { name, calls, costUsd: formatUsd(costPico), forecastUsd: formatUsd(monthEndPico) };
}

// What is spent on, and what has a cap of the whole company for the month.
function categoriesOf({ caps, byCategory }: BudgetSummary, month: MonthProgress): CategoryLine[] {
  const monthly = caps.filter(
    ({ scope, window }) => scope === 'organisation' && window === 'month',
  );
  const names = new Set([...monthly.map((cap) => cap.category), ...byCategory.map(nameOf)]);
  return [...names].map((category) => {
    const cap = monthly.find((one) => one.category === category);
    const spent = byCategory.find(({ name }) => name === category)?.costPico ?? 0n;
    const burn = forecastBurn(spent, cap?.remainingPico, month);
    return {
      category,
      spentUsd: formatUsd(spent),
      perDayUsd: formatUsd(burn.burnPerDayPico),
      forecastUsd: formatUsd(burn.monthEndPico),
      limitUsd: cap ? formatUsd(cap.limitPico) : null,
      runwayDays: burn.runwayTenths === undefined ? null : tenths(burn.runwayTenths),
    };
  });
}

function nameOf({ name }: SpendingShare): string {
  return name;
}

function tenths(value: bigint): string {
  return `${String(value / 10n)}.${String(value % 10n)}`;
}

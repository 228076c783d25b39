import { formatUsd } from '@371os/kernel';
import type { Approval } from '../domain/approval.ts';
import type { BudgetSummary, LedgerRow, SpendingShare } from '../domain/spending.ts';

// Amounts are sent as exact decimal texts: a JSON number would round them.

/** A budget's state as JSON. */
export function presentBudget(summary: BudgetSummary): Record<string, unknown> {
  return {
    caps: summary.caps.map(({ limitPico, spentPico, reservedPico, remainingPico, ...cap }) => ({
      ...cap,
      limitUsd: formatUsd(limitPico),
      spentUsd: formatUsd(spentPico),
      reservedUsd: formatUsd(reservedPico),
      remainingUsd: formatUsd(remainingPico),
    })),
    spentUsd: Object.fromEntries(
      Object.entries(summary.spentPico).map(([window, amount]) => [window, formatUsd(amount)]),
    ),
    byCategory: summary.byCategory.map(presentShare),
    byAgent: summary.byAgent.map(presentShare),
    byModel: summary.byModel.map(presentShare),
  };
}

/** A ledger row as JSON. */
export function presentLedgerRow({ tsMs, costPico, ...row }: LedgerRow): Record<string, unknown> {
  return { ...row, ts: new Date(tsMs).toISOString(), costUsd: formatUsd(costPico) };
}

/** A request as JSON. */
export function presentApproval(approval: Approval): Record<string, unknown> {
  const { id, kind, digest, plan, summary, requester, state } = approval;
  return {
    ...{ id, kind, digest, plan, summary, requester, state },
    amountUsd: formatUsd(approval.amountPico),
    expiresAt: new Date(approval.expiresAtMs).toISOString(),
  };
}

function presentShare({ costPico, ...share }: SpendingShare): Record<string, unknown> {
  return { ...share, costUsd: formatUsd(costPico) };
}

import type { IAgentRuntime, Provider, ProviderResult } from '@elizaos/core';
import { hasRole, principalOf, usdNumber } from '@371os/kernel';
import { describeLeft } from '../domain/budget-words.ts';
import type { BudgetSummary } from '../domain/spending.ts';
import { TREASURY_SERVICE, type TreasuryService } from '../services/treasury-service.ts';

const FRESH_MS = 5_000;

const seen = new WeakMap<IAgentRuntime, { atMs: number; summary: Promise<BudgetSummary> }>();

/** Puts what is left into the prompts of those who may know it. */
export const budgetProvider: Provider = {
  name: 'BUDGET',
  description: 'How much of the budget for models is left.',
  get: async (runtime, message): Promise<ProviderResult> => {
    if (!hasRole(principalOf(runtime, message), 'admin')) return {};
    const treasury = runtime.getService<TreasuryService>(TREASURY_SERVICE);
    if (!treasury) return {};
    try {
      const { caps, spentPico } = await recentSummary(runtime, treasury);
      const values = { spentThisMonthUsd: usdNumber(spentPico.month) };
      return { text: `# Budget\n${describeLeft(caps)}`, values };
    } catch (error) {
      // A provider that throws would cost the person the answer.
      runtime.logger.warn({ src: 'treasury:budget', error }, 'the budget is not known');
      return { text: '# Budget\nThe ledger cannot be trusted now, so nothing is spent.' };
    }
  },
};

function recentSummary(runtime: IAgentRuntime, treasury: TreasuryService): Promise<BudgetSummary> {
  const recent = seen.get(runtime);
  const nowMs = Date.now();
  if (recent && nowMs - recent.atMs < FRESH_MS) return recent.summary;
  const summary = treasury.summary();
  seen.set(runtime, { atMs: nowMs, summary });
  return summary;
}

import { ruledAction, usdNumber } from '@371os/kernel';
import { asksForBudget } from '../domain/budget-question.ts';
import { describeBudget } from '../domain/budget-words.ts';
import { treasuryOf } from '../services/treasury-service.ts';

/** Answers from the ledger what is left and what it was spent on. */
export const showBudget = ruledAction({
  name: 'SHOW_BUDGET',
  similes: ['BUDGET_STATUS', 'HOW_MUCH_IS_LEFT', 'WHAT_WAS_SPENT', 'SPENDING_REPORT'],
  description:
    'Tells how much of the budget is left and what it was spent on, from the ledger: by window, by agent and by model.',
  adminsOnly: 'see the budget',
  validate: (_runtime, message) =>
    Promise.resolve(/budget|spen[dt]|money|cost/i.test(message.content.text ?? '')),
  rule: (text) => (asksForBudget(text) ? {} : undefined),
  example: [
    'How much of our budget is left, and what did we spend it on?',
    '$16.80 is left of the monthly llm budget of $20.00 (84 %): $3.20 is spent since 2026-03-01 UTC.',
  ],
  async work({ runtime }) {
    const summary = await (await treasuryOf(runtime)).summary();
    const spentThisMonthUsd = usdNumber(summary.spentPico.month);
    return { text: describeBudget(summary), values: { spentThisMonthUsd } };
  },
});

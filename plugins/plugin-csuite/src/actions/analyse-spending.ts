import { usdNumber } from '@371os/kernel';
import { asksForSpendingAnalysis, describeSpending } from '../domain/spending-words.ts';
import { officerAction } from './officer-action.ts';

/** Analyses this month's ledger. */
export const analyseSpending = officerAction({
  name: 'ANALYSE_SPENDING',
  role: 'CFO',
  similes: ['BURN_RATE', 'FORECAST_COSTS', 'BUDGET_RUNWAY', 'MOST_EXPENSIVE_TASKS'],
  description:
    'Analyses the ledger of this month: totals by agent, model and day, burn a day, forecast to the end of the month, how long each cap lasts, and the most expensive tasks.',
  parameters: {},
  adminsOnly: 'see what is spent',
  rule: (text) => (asksForSpendingAnalysis(text) ? {} : undefined),
  example: [
    'Forecast our costs to the end of the month',
    'llm: $0.42 a day; forecast to the end of 2026-03-31: about $13.02.',
  ],
  work: async ({ desk }) => {
    const analysis = await desk.analyseSpending();
    return {
      text: describeSpending(analysis),
      values: { spentThisMonthUsd: usdNumber(analysis.totalPico) },
    };
  },
});

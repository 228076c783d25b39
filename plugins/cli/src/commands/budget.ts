import { Option, type Command } from 'commander';
import type { Budget, LedgerFilter, LedgerRow } from '@371os/client';
import { columns } from '../columns.ts';
import type { Sessions } from '../program.ts';

export function addBudget(program: Command, sessions: Sessions): void {
  program
    .command('budget')
    .description('what is left of each cap, and what was spent on what')
    .action(async () => {
      const { client, print } = sessions();
      const budget = await client().budget();
      print(budget, () => words(budget));
    });

  program
    .command('ledger')
    .description('every cost, the newest first')
    .option('--category <name>', 'only of this category: llm, akash, gas or tools')
    .option('--agent <name>', 'only of this agent')
    .addOption(new Option('--window <window>', 'of this one').choices(['day', 'week', 'month']))
    .action(async (filter: LedgerFilter) => {
      const { client, print } = sessions();
      const rows = await client().ledger(filter);
      print({ rows }, () =>
        columns([
          ['when', 'cost', 'what'],
          ...rows.map((row) => [row.ts, `$${row.costUsd}`, describe(row)]),
        ]),
      );
    });
}

function words({ caps, byCategory }: Budget): string {
  const head = ['cap', 'limit', 'spent', 'reserved', 'left'];
  const rows = caps.map((cap) => [
    `${cap.category} ${cap.scope} ${cap.window}`,
    ...[cap.limitUsd, cap.spentUsd, cap.reservedUsd, cap.remainingUsd].map((usd) => `$${usd}`),
  ]);
  const spent = byCategory.map(({ name, costUsd }) => `${name} $${costUsd}`).join(', ');
  return `${columns([head, ...rows])}\n\nSpent this month: ${spent || 'nothing'}`;
}

function describe({ category, provider, model, agent }: LedgerRow): string {
  return `${category} ${provider}:${model}${agent ? ` by ${agent}` : ''}`;
}

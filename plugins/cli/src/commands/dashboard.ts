import type { Command } from 'commander';
import type { Sessions } from '../program.ts';

export function addDashboard(program: Command, sessions: Sessions): void {
  program
    .command('dashboard')
    .description(
      'print a link that signs one browser in to the dashboard, once, within ten minutes',
    )
    .action(async () => {
      const { client, print } = sessions();
      const url = await client().dashboardLink();
      print({ url }, () => url);
    });
}

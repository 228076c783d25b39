import type { Command } from 'commander';
import { columns } from '../columns.ts';
import type { Sessions } from '../program.ts';

export function addDashboard(program: Command, sessions: Sessions): void {
  const dashboard = program
    .command('dashboard')
    .description(
      'print a link that signs one browser in to the dashboard, once, within ten minutes',
    )
    .action(async () => {
      const { client, print } = sessions();
      const url = await client().dashboardLink();
      print({ url }, () => url);
    });

  const browsers = dashboard.command('sessions').description('browsers that are signed in');

  browsers
    .command('list')
    .description('all of them, newest first')
    .action(async () => {
      const { client, print } = sessions();
      const known = await client().dashboardSessions();
      print({ sessions: known }, () =>
        known.length === 0
          ? 'No browser is signed in.'
          : columns([
              ['id', 'browser', 'by', 'since', 'until'],
              ...known.map(({ id, browser, way, begunAtMs, expiresAtMs }) => [
                ...[id, browser, way, moment(begunAtMs), moment(expiresAtMs)],
              ]),
            ]),
      );
    });

  browsers
    .command('end <id>')
    .description('sign one of them out')
    .action(async (id: string) => {
      const { client, print } = sessions();
      await client().endDashboardSession(id);
      print({ id }, () => `Signed out: ${id}`);
    });
}

function moment(ms: number): string {
  return new Date(ms).toISOString();
}

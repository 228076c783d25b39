import type { Command } from 'commander';
import { columns } from '../columns.ts';
import { settle, wordsOf } from '../outcome.ts';
import type { Sessions } from '../program.ts';

export function addApprovals(program: Command, sessions: Sessions): void {
  const approvals = program.command('approvals').description("what waits for a person's yes");

  approvals
    .command('list')
    .description('all that wait')
    .action(async () => {
      const { client, print } = sessions();
      const waiting = await client().approvals();
      print({ approvals: waiting }, () =>
        waiting.length === 0
          ? 'Nothing waits for a yes.'
          : columns([
              ['id', 'amount', 'until', 'what'],
              ...waiting.map(({ id, amountUsd, expiresAt, summary }) => [
                ...[id, `$${amountUsd}`, expiresAt, summary],
              ]),
            ]),
      );
    });

  approvals
    .command('approve <id>')
    .description('say yes, and have it carried out')
    .action(async (id: string) => {
      const session = sessions();
      const done = await session.client().approve(id);
      session.print(done, () => wordsOf(done));
      settle(session, [done]);
    });

  approvals
    .command('decline <id>')
    .description('say no')
    .action(async (id: string) => {
      const { client, print } = sessions();
      const approval = await client().decline(id);
      print({ approval }, () => `Declined: ${approval.summary}`);
    });
}

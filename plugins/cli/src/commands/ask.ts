import type { Command } from 'commander';
import type { Sessions } from '../program.ts';

export function addAsk(program: Command, sessions: Sessions): void {
  program
    .command('ask <message>')
    .description('send a message and print the answer')
    .option('--room <name>', 'conversation of this name')
    .option('--agent <name>', 'the agent to talk to; the front desk chooses otherwise')
    .action(async (text: string, where: { room?: string; agent?: string }) => {
      const { client, print, terminal, fail } = sessions();
      const reply = await client().ask({
        ...{ text, ...where },
        onProgress: ({ kind, agent }) => {
          if (kind === 'routing') terminal.writeError(`… asking ${String(agent)}\n`);
        },
      });
      print(reply, () => reply.text);
      if (reply.error) fail();
    });
}

import type { Command } from 'commander';
import type { Agent } from '@371os/client';
import { columns } from '../columns.ts';
import type { Sessions } from '../program.ts';

export function addAgents(program: Command, sessions: Sessions): void {
  const agents = program.command('agents').description('who there is');

  agents
    .command('list')
    .description('all agents that take tasks')
    .action(async () => {
      const { client, print } = sessions();
      const found = await client().listAgents();
      print({ agents: found }, () => table(found));
    });

  agents
    .command('status <name>')
    .description('one agent, by its name or role')
    .action(async (name: string) => {
      const { client, print } = sessions();
      const agent = await client().getAgent(name);
      print({ agent }, () => `${table([agent])}\n\nCan: ${agent.capabilities.join(', ')}`);
    });
}

function table(agents: readonly Agent[]): string {
  return columns([
    ['name', 'role', 'availability', 'open', 'failures', 'a task'],
    ...agents.map((agent) => [
      ...[agent.name, agent.role, agent.availability],
      ...[`${agent.openTasks}/${agent.concurrency}`, String(agent.failuresInARow)],
      agent.usdPerTask === undefined ? 'unknown' : `$${agent.usdPerTask.toFixed(4)}`,
    ]),
  ]);
}

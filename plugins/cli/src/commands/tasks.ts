import type { Command } from 'commander';
import type { CompanyTask } from '@371os/client';
import { brief, columns } from '../columns.ts';
import { isAtWork, settle, whereToLook } from '../outcome.ts';
import type { Sessions } from '../program.ts';
import { wholeNumber } from '../whole-number.ts';

const MOST_TASKS = 200;

export function addTasks(program: Command, sessions: Sessions): void {
  const tasks = program.command('tasks').description('what the company was asked to do');

  tasks
    .command('submit <what>')
    .description('have something done, and wait for it')
    .option('--agent <name>', 'who is to do it; the front desk chooses otherwise')
    .action(async (text: string, { agent }: { agent?: string }) => {
      const session = sessions();
      const { client, print, terminal } = session;
      const made = await client().submitTask({
        ...{ text, agent },
        onProgress: (event) => {
          if (event['kind'] === 'routing')
            terminal.writeError(`… asking ${String(event['agent'])}\n`);
        },
      });
      print({ tasks: made }, () => made.map(told).join('\n\n'));
      settle(session, made);
    });

  tasks
    .command('list')
    .description('the newest first')
    .option('--limit <number>', 'how many, 200 at most', wholeNumber(1, MOST_TASKS), 20)
    .action(async ({ limit }: { limit: number }) => {
      const { client, print } = sessions();
      const found = await client().listTasks({ limit });
      print({ tasks: found }, () => table(found));
    });

  tasks
    .command('show <id>')
    .description('one task; the beginning of its id is enough')
    .action(async (id: string) => {
      const { client, print } = sessions();
      const task = await client().getTask(id);
      print({ task }, () => whole(task));
    });

  tasks
    .command('cancel <id>')
    .description('end a task and its parts')
    .action(async (id: string) => {
      const { client, print } = sessions();
      const task = await client().cancelTask(id);
      print({ task }, () => whole(task));
    });
}

function table(tasks: readonly CompanyTask[]): string {
  if (tasks.length === 0) return 'There are no tasks.';
  return columns([
    ['id', 'state', 'agent', 'cost', 'what'],
    ...tasks.map(({ id, state, agent, costUsd, text }) => [
      ...[id.slice(0, 8), state, agent, `$${costUsd.toFixed(4)}`],
      brief(text),
    ]),
  ]);
}

function told(task: CompanyTask): string {
  return isAtWork(task) ? `${whole(task)}\n${whereToLook(task.id)}` : whole(task);
}

function whole({ id, state, agent, costUsd, model, reason, text, answer }: CompanyTask): string {
  return [
    `${id}  ${state}  ${agent}  $${costUsd.toFixed(4)}  ${model}`,
    `asked: ${text}`,
    ...(reason ? [`why ${agent}: ${reason}`] : []),
    '',
    answer,
  ].join('\n');
}

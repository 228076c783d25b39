// A process of its own whose front desk hands tasks to an agent of another organisation over A2A:
// `remote-worker.ts JSON`, where JSON has the place of the database and the settings. It takes orders on
// stdin, a line each: `kill WHEN POINT`, which has it kill itself right before or after it writes that
// down; `ask AGENT TEXT`, with `_` for spaces in its name; `cancel`, which ends the last task; `look`.
import { createInterface } from 'node:readline';
import { OWNER } from '@371os/kernel';
import coordinationPlugin from '@371os/plugin-coordination';
import { RoutedCompany } from '../router/company-fixture.ts';
import { aroundStatements } from './on-statement.ts';

const { dataDir, settings } = JSON.parse(process.argv[2] ?? '{}') as {
  dataDir: string;
  settings: Record<string, string>;
};

/** What is written down on the way of a task to another organisation, in its order. */
const POINTS: Readonly<Record<string, string>> = {
  given: 'INSERT INTO coordination.a2a_remote_tasks',
  taken: 'SET remote_id =',
  ended: 'SET has_ended = true WHERE task_id',
  forgotten: 'DELETE FROM coordination.a2a_remote_tasks',
};

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

let point: { readonly when: string; readonly text: string } | undefined;
const company = await RoutedCompany.start(settings, [coordinationPlugin], dataDir);
const { router, tasks, treasury } = company;

aroundStatements(company.agent('Front Desk').db, (when, { text }) => {
  if (when === point?.when && text.includes(point.text)) process.kill(process.pid, 'SIGKILL');
});

const ORDERS: Record<string, (...words: string[]) => Promise<void> | void> = {
  kill: (when = '', what = '') => {
    point = { when, text: POINTS[what] ?? what };
    say('armed');
  },
  ask: async (agent = '', ...words) => {
    const named = agent.replaceAll('_', ' ');
    await router.ask({ text: words.join(' '), principal: OWNER, room: 'main', agent: named });
  },
  cancel: async () => {
    const [task] = await tasks.list({ limit: 1 });
    if (task) await tasks.cancel(task.id, OWNER);
  },
  look: async () => {
    const agents = await router.listAgents();
    const rows = await treasury.ledger({ category: 'tools' });
    const { caps } = await treasury.summary();
    say(
      `sees ${JSON.stringify({
        agents: agents.map(({ name }) => name),
        tasks: (await tasks.list({})).map(({ id, state, answer }) => ({ id, state, answer })),
        costs: rows.map(({ costPico, task }) => ({ cost: costPico.toString(), task })),
        reserved: caps
          .filter(({ category, scope }) => category === 'tools' && scope === 'organisation')
          .map(({ reservedPico }) => reservedPico.toString()),
      })}`,
    );
  },
};

say('ready');
for await (const line of createInterface({ input: process.stdin })) {
  const [order = '', ...words] = line.split(' ');
  void Promise.resolve(ORDERS[order]?.(...words)).catch((error: unknown) => {
    say(`error ${String(error)}`);
  });
}
process.exit(0);

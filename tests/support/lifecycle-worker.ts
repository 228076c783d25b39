// A process of its own that creates and retires agents: `lifecycle-worker.ts JSON`, where JSON has the
// place of the database and the settings. It takes orders on stdin, a line each: `create NAME`,
// `retire NAME`, `look NAME`; and `signal SIGNAL WHEN STATE`, which has it send itself a signal right
// before or after it writes down that an agent goes into a state.
import { createInterface } from 'node:readline';
import type { UUID } from '@elizaos/core';
import { OWNER } from '@371os/kernel';
import lifecyclePlugin, { lifecycleOf, provideAgentHost } from '@371os/plugin-lifecycle';
import registryPlugin from '@371os/plugin-registry';
import type { SQL } from 'drizzle-orm';
import { PgDialect } from 'drizzle-orm/pg-core';
import { answering, RoutedCompany } from '../router/company-fixture.ts';

interface Executor {
  execute(this: unknown, statement: SQL): Promise<unknown>;
}

const { dataDir, settings } = JSON.parse(process.argv[2] ?? '{}') as {
  dataDir: string;
  settings: Record<string, string>;
};

let point: { signal: NodeJS.Signals; when: string; state: string } | undefined;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Sends this process the signal that it waits for, once, when it comes to the point. */
function pass(when: string, state: string | undefined): void {
  if (point?.when !== when || point.state !== state) return;
  const { signal } = point;
  point = undefined;
  process.kill(process.pid, signal);
}

const dialect = new PgDialect();

/** The state that a statement moves an agent into. */
function stateIn(statement: SQL): string | undefined {
  const { sql, params } = dialect.sqlToQuery(statement);
  if (!sql.includes('INSERT INTO lifecycle.transitions')) return undefined;
  return sql.includes('INSERT INTO lifecycle.agents') ? 'creating' : String(params[1]);
}

// Each agent has a connection of its own to the one database, all of one class.
function watchStatements(database: Executor): void {
  let owner = database;
  while (!Object.hasOwn(owner, 'execute')) owner = Object.getPrototypeOf(owner) as Executor;
  const { execute } = owner;
  owner.execute = async function (statement) {
    const state = stateIn(statement);
    pass('before', state);
    const result = await execute.call(this, statement);
    pass('after', state);
    return result;
  };
}

const starting = Promise.withResolvers<RoutedCompany>();
provideAgentHost({
  startAgent: async ({ id, name, settings: own = {} }) => {
    const company = await starting.promise;
    const works = answering((text) => `Done: ${text}`);
    await company.hireAs(id as UUID, name, own, works, [lifecyclePlugin]);
  },
});
const company = await RoutedCompany.start(settings, [registryPlugin, lifecyclePlugin], dataDir);
watchStatements(company.agent('Front Desk').db as Executor);
starting.resolve(company);
const desk = await (await lifecycleOf(company.agent('Front Desk'))).desk();

const ORDERS: Record<string, (...words: string[]) => Promise<void> | void> = {
  signal: (signal = '', when = '', state = '') => {
    point = { signal: signal as NodeJS.Signals, when, state };
    say('armed');
  },
  create: async (name = '') => {
    await desk.create({ name }, { requester: OWNER }, true);
  },
  retire: async (name = '') => {
    const { approval } = await desk.retire(name, undefined, { requester: OWNER });
    await company.treasury.grant(approval.id, { principal: OWNER });
  },
  ask: async (name = '') => {
    const { tasks } = await company.router.ask({
      ...{ text: 'count the chairs', principal: OWNER, room: 'main', agent: name },
    });
    say(`answered ${JSON.stringify(tasks.map(({ state, answer }) => ({ state, answer })))}`);
  },
  look: async (name = '') => {
    // Before it is written down there is none.
    const agent = await desk.find(name).catch(() => undefined);
    const status = agent && (await desk.status(agent.id, OWNER));
    const running = company.names().filter((one) => one === name).length;
    const open = await company.tasks.list({ agent: name, states: ['SUBMITTED', 'WORKING'] });
    const { registration, id } = agent ?? {};
    say(
      `sees ${JSON.stringify({ id, state: agent?.state, running, open: open.length, registration, journal: status?.journal })}`,
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

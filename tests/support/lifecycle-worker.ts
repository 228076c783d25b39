// A process of its own that creates and retires agents: `lifecycle-worker.ts JSON`, where JSON has the
// place of the database and the settings; with those of Akash it hosts agents there, too. It takes
// orders on stdin, a line each: `create NAME [HOSTING]`, `ask NAME TEXT`, `retire NAME`, `restart NAME`, `look NAME`,
// and for one on Akash `move NAME`, `allow NAME MOST`, `open NAME INDEX`, `close NAME INDEX DRAIN_MS`,
// `give NAME TEXT`;
// and `signal SIGNAL WHEN POINT`, which has it send itself a signal right before or after it writes
// down that an agent goes into a state, or how far a step is (`create/register/done`), or an instance
// (`instance/ready`), or that one is given a task (`task/given`).
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import type { UUID } from '@elizaos/core';
import { OWNER } from '@371os/kernel';
import akashPlugin from '@371os/plugin-akash';
import lifecyclePlugin, { lifecycleOf, provideAgentHost } from '@371os/plugin-lifecycle';
import registryPlugin from '@371os/plugin-registry';
import resiliencePlugin, { resilienceOf } from '@371os/plugin-resilience';
import { answering, RoutedCompany } from '../router/company-fixture.ts';
import { aroundStatements, type Statement } from './on-statement.ts';

const { dataDir, settings } = JSON.parse(process.argv[2] ?? '{}') as {
  dataDir: string;
  settings: Record<string, string>;
};

const SAGAS: Readonly<Record<string, string>> = {
  create: 'saga:lifecycle/create/',
  place: 'saga:akash/',
};
let point: { signal: NodeJS.Signals; when: string; what: string } | undefined;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Sends this process the signal that it waits for, once, when it comes to the point. */
function pass(when: string, what: string | undefined): void {
  if (point?.when !== when || point.what !== what) return;
  const { signal } = point;
  point = undefined;
  process.kill(process.pid, signal);
}

const INSTANCES = 'lifecycle.hosted_instances';
const HOSTED_POINTS = [
  { point: 'instance/opening', has: [INSTANCES, "SET state = 'opening'"] },
  { point: 'instance/draining', has: [INSTANCES, "SET state = 'draining'"] },
  { point: 'instance/ready', has: [INSTANCES, "SET state = 'ready'"] },
  { point: 'instance/closed', has: [INSTANCES, "SET state = 'closed'"] },
  { point: 'task/given', has: ['INSERT INTO lifecycle.hosted_tasks'] },
  { point: 'task/released', has: ['UPDATE lifecycle.hosted_tasks'] },
];

/** What a statement writes down: a state of an agent, or how far a step is. */
function pointOf({ text: sql, params }: Statement): string | undefined {
  const hosted = HOSTED_POINTS.find(({ has }) => has.every((words) => sql.includes(words)));
  if (hosted) return hosted.point;
  if (sql.includes('INSERT INTO tasks.steps')) return stepIn(params.slice(3).map(String));
  // The front desk is nobody's to create or retire.
  if (!sql.includes('INSERT INTO lifecycle.transitions') || params[0] === frontDesk.agentId)
    return undefined;
  return sql.includes('INSERT INTO lifecycle.agents') ? 'creating' : String(params[1]);
}

function stepIn([owner = '', name, state]: readonly string[]): string {
  const [kind = 'task'] = Object.keys(SAGAS).filter((one) => owner.startsWith(SAGAS[one] ?? ''));
  return `${kind}/${String(name)}/${String(state)}`;
}

// Longer than half a second, after which it is noted that an agent is busy.
const SLOW_MS = 3_000;

async function work(text: string): Promise<string> {
  if (text.includes('slowly')) await pause(SLOW_MS);
  return `Done: ${text}`;
}

const starting = Promise.withResolvers<RoutedCompany>();
provideAgentHost({
  startAgent: async ({ id, name, settings: own = {} }) => {
    if (name.startsWith('Refused')) throw new RangeError('the host is out of memory');
    const company = await starting.promise;
    await company.hireAs(id as UUID, name, own, answering(work), [lifecyclePlugin]);
  },
});
const hosting = 'AKASH_RPC_URL' in settings ? [akashPlugin] : [];
const moving = 'RESILIENCE_FAILOVER' in settings ? [resiliencePlugin] : [];
const plugins = [registryPlugin, ...hosting, lifecyclePlugin, ...moving];
const company = await RoutedCompany.start(settings, plugins, dataDir);
const frontDesk = company.agent('Front Desk');
aroundStatements(frontDesk.db, (when, statement) => {
  pass(when, pointOf(statement));
});
starting.resolve(company);
const lifecycle = await lifecycleOf(frontDesk);
const desk = await lifecycle.desk();
const instances = await lifecycle.hostedInstances();

const ORDERS: Record<string, (...words: string[]) => Promise<void> | void> = {
  signal: (signal = '', when = '', what = '') => {
    point = { signal: signal as NodeJS.Signals, when, what };
    say('armed');
  },
  create: async (name = '', where = 'in-process') => {
    await desk.create({ name, hosting: where }, { requester: OWNER }, true);
  },
  retire: async (name = '') => {
    const { approval } = await desk.retire(name, undefined, { requester: OWNER });
    await company.treasury.grant(approval.id, { principal: OWNER });
  },
  restart: async (name = '') => {
    await desk.restart(name, { requester: OWNER });
  },
  allow: async (name = '', most = '') => {
    const range = { min: 0, max: Number(most) };
    const asked = await instances.ask(name, range, { requester: OWNER, isAgain: true });
    await company.treasury.grant(asked?.approval.id ?? '', { principal: OWNER });
    say('allowed');
  },
  open: (name = '', index = '') => instances.open(name, Number(index)),
  close: (name = '', index = '', drainMs = '') =>
    instances.close(name, Number(index), Number(drainMs)),
  give: async (name = '', ...words) => {
    const { id } = await company.tasks.submit({
      ...{ agent: name, text: words.join(' '), roomId: 'room', isConfidential: false },
      requester: { id: OWNER.id, role: 'owner' },
    });
    say(`given ${id}`);
  },
  ask: async (name = '', ...words) => {
    const { tasks } = await company.router.ask({
      ...{ text: words.join(' '), principal: OWNER, room: 'main', agent: name },
    });
    say(`answered ${JSON.stringify(tasks.map(({ state, answer }) => ({ state, answer })))}`);
  },
  move: async (name = '') => {
    await (await resilienceOf(frontDesk)).failovers.failOver(name, OWNER);
  },
  look: async (name = '') => {
    // Before it is written down there is none.
    const agent = await desk.find(name).catch(() => undefined);
    const status = agent && (await desk.status(agent.id, OWNER));
    const running = company.names().filter((one) => one === name).length;
    const tasks = (await company.tasks.list({ agent: name })).map(
      ({ id: taskId, state, answer }) => ({
        ...{ id: taskId, state, answer },
      }),
    );
    const { registration, placement, progress, id, state } = agent ?? {};
    const journal = status?.journal;
    const places = (await instances.find(name))?.instances.map(({ index, state: now }) => ({
      ...{ index, state: now },
    }));
    say(
      `sees ${JSON.stringify({ id, state, progress, running, tasks, registration, placement, journal, places })}`,
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

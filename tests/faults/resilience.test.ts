import { afterAll, beforeAll, expect, test } from '@jest/globals';
import lifecyclePlugin from '@371os/plugin-lifecycle';
import resiliencePlugin from '@371os/plugin-resilience';
import tasksPlugin, { type Task, type TasksService } from '@371os/plugin-tasks';
import type { SqlExecutor } from '@371os/plugin-treasury';
import { sql } from 'drizzle-orm';
import { openDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { FaultFigures } from '../support/fault-figures.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { ResilienceProcess } from '../support/resilience-process.ts';
import type { Word } from '../support/resilience-worker.ts';
import { startTasksOnPostgres, taskFor } from '../tasks/agent-fixture.ts';

const AGENTS = ['Agent 1', 'Agent 2', 'Agent 3'];
const CANDIDATES = 3;
const CUT_MS = 3_000;

type Fault = 'kill' | 'stop' | 'blackhole' | 'cut';
// What happens in each round to whoever works for each agent, and to whoever leads.
const ROUNDS: readonly (readonly [Fault, Fault])[] = [
  ['kill', 'kill'],
  ['stop', 'stop'],
  ['blackhole', 'blackhole'],
  ['cut', 'kill'],
  ['kill', 'stop'],
];

const figures = new FaultFigures({
  'a process is taken to be dead': 10_000,
  'its task is taken over': 15_000,
  'from there to the first task done': 15_000,
  'connections cut to task done': 15_000,
  'another one leads': 8_000,
});

let postgres: TestPostgres;
let database: SqlExecutor & { close(): Promise<void> };
let tasks: TasksService;
const started: ResilienceProcess[] = [];

beforeAll(async () => {
  postgres = await startPostgres();
  database = await openDatabase([tasksPlugin, lifecyclePlugin, resiliencePlugin], {
    postgresUrl: postgres.url,
  });
  await database.execute(sql`CREATE SCHEMA bench`);
  await database.execute(
    sql`CREATE TABLE bench.effects (task text, part text, worker text, times integer, PRIMARY KEY (task, part))`,
  );
  ({ tasks } = await startTasksOnPostgres({ postgresUrl: postgres.url }));
  await tasks.openDatabase();
  const agents = [...AGENTS, ...AGENTS, ...Array.from({ length: CANDIDATES }, () => undefined)];
  await Promise.all(agents.map((agent) => start(agent)));
}, 120_000);
afterAll(async () => {
  await Promise.all(started.map((one) => one.kill()));
  await tasks.stop();
  await database.close();
  await postgres.stop();
});

let starts = 0;
async function start(agent: string | undefined): Promise<ResilienceProcess> {
  starts += 1;
  const one = await ResilienceProcess.start(postgres.url, { name: `p${String(starts)}`, agent });
  started.push(one);
  return one;
}

function holderOf(agent: string): ResilienceProcess | undefined {
  return started.find((one) => one.agent === agent && one.holds);
}

/** All that was said, the oldest first. */
function said(what: Word['what']): (Word & { by: ResilienceProcess })[] {
  return started
    .flatMap((by) => by.words.map((word) => ({ ...word, by })))
    .filter((word) => word.what === what)
    .toSorted((one, other) => one.at - other.at);
}

function leader(): ResilienceProcess | undefined {
  return said('leads').at(-1)?.by;
}

/** Waits for something that is said after a fault by somebody else than the victim. */
async function heard(
  what: Word['what'],
  sinceMs: number,
  isIt: (word: Word & { by: ResilienceProcess }) => boolean,
): Promise<number> {
  let at = 0;
  await eventually(async () => {
    const word = said(what).find((one) => one.at >= sinceMs && isIt(one));
    expect(word).toBeDefined();
    at = word!.at;
  });
  return at;
}

async function begin(fault: Fault, victim: ResilienceProcess): Promise<void> {
  figures.count();
  if (fault === 'kill') await victim.kill();
  else if (fault === 'stop') victim.pause();
  else victim.network.set(fault);
}

/** What ends a fault; another process comes in the place of one that was killed. */
async function end(fault: Fault, victim: ResilienceProcess): Promise<void> {
  if (fault === 'kill') await start(victim.agent);
  else if (fault === 'stop') victim.wake();
  else victim.network.set('pass');
}

const acknowledged: string[] = [];
async function submit(agent: string, hangs?: string): Promise<Task> {
  const task = await tasks.submit(taskFor(agent, { data: hangs === undefined ? {} : { hangs } }));
  acknowledged.push(task.id);
  return task;
}

/** Strikes whoever works for an agent in the middle of a task, and follows what becomes of it. */
async function strike(agent: string, fault: Fault): Promise<void> {
  await eventually(async () => expect(holderOf(agent)).toBeDefined());
  const victim = holderOf(agent)!;
  await submit(agent);
  const { id } = await submit(agent, victim.name);
  const isIt = (word: Word): boolean => word.task === id;
  await heard('stands', 0, isIt);
  const atMs = Date.now();
  await begin(fault, victim);
  await submit(agent);
  if (fault === 'cut') {
    await new Promise((done) => setTimeout(done, CUT_MS));
    await end(fault, victim);
    figures.note('connections cut to task done', (await heard('done', atMs, isIt)) - atMs);
    return;
  }
  const isElse = ({ by }: { by: ResilienceProcess }): boolean => by !== victim;
  const gone = await heard('gone', atMs, (word) => isElse(word) && word.agent === agent);
  const begun = await heard('begun', atMs, (word) => isElse(word) && isIt(word));
  const done = await heard('done', atMs, (word) => isElse(word) && isIt(word));
  figures.note('a process is taken to be dead', gone - atMs);
  figures.note('its task is taken over', begun - atMs);
  figures.note('from there to the first task done', done - gone);
  const completed = await tasks.waitFor(id);
  await end(fault, victim);
  // One that wakes, or hears of the world again, knows that it is not the one any more.
  if (fault !== 'kill') await heard('lets go', atMs, ({ by }) => by === victim);
  expect(await tasks.get(id)).toEqual(completed);
}

/** Strikes whoever leads. */
async function strikeLeader(fault: Fault): Promise<void> {
  await eventually(async () => expect(leader()?.isRunning).toBe(true));
  const victim = leader()!;
  const before = victim.last('leads')!.epoch!;
  const atMs = Date.now();
  await begin(fault, victim);
  const next = await heard('leads', atMs, ({ epoch = 0 }) => epoch > before);
  figures.note('another one leads', next - atMs);
  await end(fault, victim);
}

test.each(ROUNDS)('%s in the middle of tasks, and %s of whoever leads', async (fault, ofLeader) => {
  await Promise.all([...AGENTS.map((agent) => strike(agent, fault)), strikeLeader(ofLeader)]);
});

test('nothing that was acknowledged is lost, and nothing done twice', async () => {
  await Promise.all(acknowledged.map((id) => tasks.waitFor(id)));
  const all = await Promise.all(acknowledged.map((id) => tasks.get(id)));
  expect(all.map(({ state }) => state)).toEqual(all.map(() => 'COMPLETED'));
  const { rows } = await database.execute(
    sql`SELECT task, part, worker, times FROM bench.effects ORDER BY task, part`,
  );
  const effects = rows as { task: string; part: string; times: number }[];
  expect(effects).toHaveLength(2 * acknowledged.length);
  const again = effects.filter(({ times }) => times > 1).length;
  process.stdout.write(`effects that were tried again under their key: ${String(again)}\n`);
});

test('one leads at a time, by their own word', () => {
  const words = said('leads');
  const epochs = words.map(({ epoch }) => epoch ?? 0);
  expect(epochs).toEqual(epochs.toSorted((one, other) => one - other));
  const leaders = new Map<number, Set<string>>();
  for (const { epoch = 0, by } of words)
    leaders.set(epoch, (leaders.get(epoch) ?? new Set()).add(by.name));
  expect([...leaders.values()].filter(({ size }) => size > 1)).toEqual([]);
  expect(leaders.size).toBeGreaterThan(ROUNDS.length);
});

test('detection, takeover and recovery are within their bounds', () => {
  expect(figures.report()).toEqual([]);
});

// A backlog of 2,000 tasks on PostgreSQL, drained by 1, 2 and 4 worker processes, beside bare pg-boss
// with the same lanes, whose jobs have the same durable effect: one row each. Then workers that are
// killed in the middle of a task, and how long it takes until another one has done it.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import type { SqlExecutor } from '@371os/plugin-treasury';
import { sql } from 'drizzle-orm';
import { PgBoss } from 'pg-boss';
import { startPostgres } from '../support/postgres.ts';
import { startTasksOnPostgres, taskFor } from '../tasks/agent-fixture.ts';
import { median, percentile, report, tell } from './report.ts';
import type { ScaleOutOrder } from './scale-out-child.ts';

process.env['LOG_LEVEL'] = 'fatal';

const BACKLOG = 2_000;
const LANES = 4;
const REPEATS = 3;
const PROCESSES = [1, 2, 4];
const KILLS_AT_ONCE = 4;
const KILL_ROUNDS = 3;
const CHILD = new URL('./scale-out-child.ts', import.meta.url).pathname;

// Without a listener a signal ends this process before it can end those that it has started.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

interface Child {
  readonly process: ChildProcess;
  readonly lines: Interface;
}

async function start(order: ScaleOutOrder): Promise<Child> {
  const child = spawn(process.execPath, [...process.execArgv, CHILD, JSON.stringify(order)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  const lines = createInterface({ input: child.stdout });
  await says(lines, 'ready');
  return { process: child, lines };
}

async function says(lines: Interface, wanted: string): Promise<void> {
  for (;;) if (((await once(lines, 'line')) as [string])[0] === wanted) return;
}

async function kill({ process: child }: Child): Promise<void> {
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

const postgres = await startPostgres({ durable: true });
const { url } = postgres;
const { runtime, tasks } = await startTasksOnPostgres({ postgresUrl: url }, 'Bench');
await tasks.openDatabase();
const database = runtime.db as SqlExecutor;
await run('CREATE SCHEMA bench');
await run('CREATE TABLE bench.effects (task text, worker text)');
const boss = new PgBoss({ connectionString: url, schema: 'bare', schedule: false });
boss.on('error', () => undefined);
await boss.start();

interface Engine {
  readonly name: 'ours' | 'bare';
  submit(queue: string): Promise<void>;
  /** How many have ended well, in the engine's own table. */
  countCompleted(queue: string): Promise<number>;
}

const ours: Engine = {
  name: 'ours',
  submit: async (queue) => {
    await tasks.submitAll(
      Array.from({ length: BACKLOG }, (_, index) =>
        taskFor(queue, { id: `${queue}-${String(index)}` }),
      ),
    );
  },
  countCompleted: (queue) =>
    count(`FROM tasks.tasks WHERE agent = '${queue}' AND state = 'COMPLETED'`),
};
const bare: Engine = {
  name: 'bare',
  submit: async (queue) => {
    await boss.createQueue(queue, { heartbeatSeconds: 10 });
    await boss.insert(
      queue,
      Array.from({ length: BACKLOG }, (_, index) => ({
        data: { key: `${queue}-${String(index)}` },
      })),
    );
  },
  countCompleted: (queue) => count(`FROM bare.job WHERE name = '${queue}' AND state = 'completed'`),
};

async function count(from: string): Promise<number> {
  const [row] = await run(`SELECT count(*)::integer AS count ${from}`);
  return (row as { count: number }).count;
}

async function run(statement: string): Promise<unknown[]> {
  return (await database.execute(sql.raw(statement))).rows;
}

interface Drained {
  readonly perSecond: number;
  readonly duplicates: number;
  readonly lost: number;
}

async function drain(
  { name: engine, submit, countCompleted }: Engine,
  processes: number,
  repeat: number,
): Promise<Drained> {
  const queue = `${engine}-${String(processes)}-${String(repeat)}`;
  await submit(queue);
  const children = await Promise.all(
    Array.from({ length: processes }, (_, index) =>
      start({ url, engine, queue, lanes: LANES, name: `worker ${String(index)}` }),
    ),
  );
  // What earlier runs left for PostgreSQL to do is not a part of this one.
  await run('VACUUM ANALYZE');
  const done = Promise.withResolvers<undefined>();
  let left = BACKLOG;
  for (const { lines } of children)
    lines.on('line', () => (left -= 1) === 0 && done.resolve(undefined));
  const begin = performance.now();
  for (const child of children) child.process.stdin?.write('go\n');
  await done.promise;
  while ((await countCompleted(queue)) < BACKLOG) await delay(2);
  const seconds = (performance.now() - begin) / 1_000;
  await Promise.all(children.map(kill));
  const effects = await count(`FROM bench.effects WHERE task LIKE '${queue}-%'`);
  const distinct = await count(
    `FROM (SELECT DISTINCT task FROM bench.effects WHERE task LIKE '${queue}-%') AS one`,
  );
  return { perSecond: BACKLOG / seconds, duplicates: effects - distinct, lost: BACKLOG - distinct };
}

async function compare(processes: number): Promise<void> {
  const drained: Record<Engine['name'], Drained[]> = { ours: [], bare: [] };
  // In turn, so that a machine that slows down slows both.
  for (let repeat = 0; repeat < REPEATS; repeat += 1)
    for (const engine of [ours, bare]) {
      const one = await drain(engine, processes, repeat);
      tell(`${engine.name}, ${String(processes)} processes: ${one.perSecond.toFixed(0)} a second`);
      drained[engine.name].push(one);
    }
  const rateOf = (all: readonly Drained[]): number => median(all.map(({ perSecond }) => perSecond));
  report({
    bench: `2,000 tasks drained by ${String(processes)} worker process${processes > 1 ? 'es' : ''}`,
    unit: 'a second',
    value: rateOf(drained.ours),
    baseline: 'bare pg-boss',
    baselineValue: rateOf(drained.bare),
  });
  const sum = (key: 'duplicates' | 'lost'): number =>
    drained.ours.reduce((total, one) => total + one[key], 0);
  print({
    bench: `of these, done twice or lost`,
    duplicates: sum('duplicates'),
    lost: sum('lost'),
  });
}

function print(line: Record<string, string | number>): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** How long it takes from a kill to the end of the task that it interrupted, in milliseconds. */
async function takeOver(number: number): Promise<number> {
  const queue = `killed-${String(number)}`;
  const order = { url, engine: 'ours', queue, lanes: 1 } as const;
  const victim = await start({ ...order, name: 'victim', hangs: true });
  const heir = await start({ ...order, name: 'heir' });
  const hangs = says(victim.lines, 'hangs');
  victim.process.stdin?.write('go\n');
  const { id } = await tasks.submit(taskFor(queue));
  await hangs;
  heir.process.stdin?.write('go\n');
  // Somewhere between two heartbeats.
  await delay(Math.random() * 5_000);
  await kill(victim);
  const begin = performance.now();
  const { state } = await tasks.waitFor(id, { timeoutMs: 60_000 });
  if (state !== 'COMPLETED') throw new RangeError(`a killed worker's task ended as ${state}`);
  const took = performance.now() - begin;
  await kill(heir);
  return took;
}

try {
  for (const processes of PROCESSES) await compare(processes);

  const took: number[] = [];
  for (let round = 0; round < KILL_ROUNDS; round += 1) {
    const numbers = Array.from(
      { length: KILLS_AT_ONCE },
      (_, index) => round * KILLS_AT_ONCE + index,
    );
    took.push(...(await Promise.all(numbers.map(takeOver))));
    tell(`${String(took.length)} workers killed`);
  }
  const killed = await count(
    `FROM bench.effects WHERE task IN (SELECT id FROM tasks.tasks WHERE agent LIKE 'killed-%')`,
  );
  print({
    bench: 'take-over after kill -9, to the end of the task',
    unit: 's',
    kills: took.length,
    p50: Number((median(took) / 1_000).toFixed(1)),
    p95: Number((percentile(took, 0.95) / 1_000).toFixed(1)),
    goal: 15,
    duplicates: killed - took.length,
  });
} finally {
  for (const child of running) child.kill('SIGKILL');
  await boss.stop({ graceful: false });
  await tasks.stop();
  await runtime.adapter.close();
  await postgres.stop();
}
process.exit(0);

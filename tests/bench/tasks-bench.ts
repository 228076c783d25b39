// Tasks a second, and the time from submitting one to its end, beside bare pg-boss with the same
// lanes and settings that keeps a job and completes it. On PGlite in memory and, where POSTGRES_URL
// is set, in a new database on that server. One JSON line for each.
import { randomUUID } from 'node:crypto';
import { fromPglite, PgBoss, type ConstructorOptions } from 'pg-boss';
import type { TasksService } from '@371os/plugin-tasks';
import { startPostgres } from '../support/postgres.ts';
import { median, millisecondsOf, report } from './report.ts';
import {
  startTasksAgent,
  startTasksOnPostgres,
  taskFor,
  type TasksAgent,
} from '../tasks/agent-fixture.ts';

process.env['LOG_LEVEL'] = 'fatal';

const LANES = 4;
const BACKLOG = 500;
const ONE_BY_ONE = 100;
const WARM_UP = 50;
const REPEATS = 3;

/** Submits so many at once, or one after the other, and resolves when all are done. */
type Workload = (count: number) => Promise<void>;

interface Engine {
  readonly together: Workload;
  readonly oneByOne: Workload;
}

async function ours(tasks: TasksService): Promise<Engine> {
  await tasks.work('Bench', () => Promise.resolve({ state: 'COMPLETED', answer: 'done' }), {
    concurrency: LANES,
  });
  const one = async (): Promise<void> => {
    const { id } = await tasks.submit(taskFor('Bench'));
    await tasks.waitFor(id);
  };
  return engineOf(one);
}

function engineOf(one: () => Promise<void>): Engine {
  return {
    together: async (count) => {
      await Promise.all(Array.from({ length: count }, one));
    },
    oneByOne: async (count) => {
      for (let index = 0; index < count; index += 1) await one();
    },
  };
}

async function bare(options: ConstructorOptions): Promise<Engine> {
  const boss = new PgBoss({ ...options, schema: 'bare', useListenNotify: true, schedule: false });
  boss.on('error', () => undefined);
  await boss.start();
  await boss.createQueue('bench', { notify: true, heartbeatSeconds: 10, retryDelay: 0 });
  const ends = new Map<string, () => void>();
  const lane = async (): Promise<void> => {
    let id = '';
    const settings = { batchSize: 1, pollingIntervalSeconds: 0.5, notifyPollingIntervalSeconds: 2 };
    id = await boss.work<{ key: string }>('bench', settings, (jobs) => {
      // A lane that has done one looks for the next at once, as ours do.
      boss.notifyWorker(id);
      for (const { data } of jobs) ends.get(data.key)?.();
      return Promise.resolve();
    });
  };
  for (let index = 0; index < LANES; index += 1) await lane();
  return engineOf(async () => {
    const key = randomUUID();
    const { promise, resolve } = Promise.withResolvers<undefined>();
    ends.set(key, () => resolve(undefined));
    await boss.send('bench', { key });
    await promise;
  });
}

async function compare(
  where: string,
  agent: TasksAgent,
  options: (connection: unknown) => ConstructorOptions,
): Promise<void> {
  const engines = [
    await ours(agent.tasks),
    await bare(options(await agent.runtime.getConnection())),
  ];
  const together: number[][] = [[], []];
  const oneByOne: number[][] = [[], []];
  for (const engine of engines) await engine.together(WARM_UP);
  // In turn, so that a machine that slows down slows both.
  for (let repeat = 0; repeat < REPEATS; repeat += 1)
    for (const [index, engine] of engines.entries()) {
      together[index]?.push(await millisecondsOf(() => engine.together(BACKLOG)));
      oneByOne[index]?.push(await millisecondsOf(() => engine.oneByOne(ONE_BY_ONE)));
    }
  const [rate, bareRate] = together.map((times) => (BACKLOG * 1_000) / median(times));
  report({
    bench: `tasks of a backlog on ${where}`,
    unit: 'a second',
    value: rate ?? Number.NaN,
    baseline: 'bare pg-boss',
    baselineValue: bareRate ?? Number.NaN,
  });
  const [time, bareTime] = oneByOne.map((times) => median(times) / ONE_BY_ONE);
  report({
    bench: `submitting a task to its end on ${where}`,
    unit: 'ms',
    value: time ?? Number.NaN,
    baseline: 'bare pg-boss',
    baselineValue: bareTime ?? Number.NaN,
  });
}

await compare('PGlite', await startTasksAgent(), (connection) => ({
  db: fromPglite(connection as Parameters<typeof fromPglite>[0]),
  backend: 'pglite',
}));
if (process.env['POSTGRES_URL']) {
  const { url } = await startPostgres();
  await compare('PostgreSQL', await startTasksOnPostgres({ postgresUrl: url }), () => ({
    connectionString: url,
  }));
}
process.exit(0);

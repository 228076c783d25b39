// A process of its own that works on a backlog: `scale-out-child.ts JSON`. It says `ready`, begins when
// it reads a line, and says a dot for each task that it has done. A task is one row of `bench.effects`.
import { stringToUuid } from '@elizaos/core';
import { createDatabaseAdapter } from '@elizaos/plugin-sql';
import type { SqlExecutor } from '@371os/plugin-treasury';
import { sql } from 'drizzle-orm';
import { PgBoss } from 'pg-boss';
import { startTasksOnPostgres } from '../tasks/agent-fixture.ts';

export interface ScaleOutOrder {
  readonly url: string;
  readonly engine: 'ours' | 'bare';
  readonly name: string;
  readonly queue: string;
  readonly lanes: number;
  /** Says `hangs` in the middle of the first task, and does not end it. */
  readonly hangs?: boolean;
}

const order = JSON.parse(process.argv[2] ?? '{}') as ScaleOutOrder;
const adapter = createDatabaseAdapter({ postgresUrl: order.url }, stringToUuid('bench'));
const database = adapter.db as SqlExecutor;

async function work(taskId: string): Promise<void> {
  if (order.hangs === true) {
    process.stdout.write('hangs\n');
    await new Promise(() => undefined);
  }
  await database.execute(
    sql`INSERT INTO bench.effects (task, worker) VALUES (${taskId}, ${order.name})`,
  );
  process.stdout.write('.\n');
}

async function begin(): Promise<void> {
  if (order.engine === 'bare') await beginBare();
  else await (await opened)?.();
}

// Opened before the start is given: what is measured is the work.
const opened = order.engine === 'ours' ? open() : undefined;

async function open(): Promise<() => Promise<void>> {
  const { tasks } = await startTasksOnPostgres({ postgresUrl: order.url }, order.name);
  await tasks.openDatabase();
  return async () => {
    const handler = async ({ id }: { id: string }): Promise<{ state: 'COMPLETED'; answer: '' }> => {
      await work(id);
      return { state: 'COMPLETED', answer: '' };
    };
    await tasks.work(order.queue, handler, { concurrency: order.lanes });
  };
}

const boss = new PgBoss({ connectionString: order.url, schema: 'bare', schedule: false, max: 8 });
boss.on('error', () => undefined);
if (order.engine === 'bare') await boss.start();
await opened;

async function beginBare(): Promise<void> {
  for (let lane = 0; lane < order.lanes; lane += 1) {
    let id = '';
    const settings = { batchSize: 1, pollingIntervalSeconds: 0.5 };
    id = await boss.work<{ key: string }>(order.queue, settings, async (jobs) => {
      for (const { data } of jobs) await work(data.key);
      // A lane that has done one looks for the next at once, as ours do.
      boss.notifyWorker(id);
    });
  }
}

process.stdout.write('ready\n');
process.stdin.once('data', () => void begin());
process.stdin.once('end', () => process.exit(0));

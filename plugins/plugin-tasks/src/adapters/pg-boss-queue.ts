import { logger } from '@elizaos/core';
import { sql, type SQL } from 'drizzle-orm';
import { fromPglite, PgBoss, type ConstructorOptions } from 'pg-boss';
import { z } from 'zod';
import type { Job, JobQueue, NewJob } from '../ports.ts';

type PgLite = Parameters<typeof fromPglite>[0];

const QUEUE = { retryLimit: 0, retentionSeconds: 31_536_000, deleteAfterSeconds: 3_600 };
const LOST = 'lost';
// The number in the statement that is taken down, in whose place the wanted one is put.
const MOST = 1_000_003;
const ANY_COUNT = `LIMIT ${String(MOST)}`;
const MAINTENANCE = {
  schema: 'pgboss',
  schedule: false,
  superviseIntervalSeconds: 2,
  monitorIntervalSeconds: 1,
  maintenanceIntervalSeconds: 300,
  flowIntervalSeconds: 3_600,
};
// Nobody else can have died, and each look keeps the one connection busy for 30 ms.
const ALONE = { superviseIntervalSeconds: 15, monitorIntervalSeconds: 10 };
// Without them a connection that a router has forgotten is waited for, for ever.
const POSTGRES = { max: 8, query_timeout: 10_000, connectionTimeoutMillis: 5_000 };
// The handler has its own time-out; this is for one that never gets to it.
const GRACE_SECONDS = 60;

const jobData = z.object({ taskId: z.string(), jobId: z.string() });

/** pg-boss over the database that ElizaOS has open. */
export class PgBossQueue implements JobQueue {
  readonly #boss: PgBoss;
  readonly #prepared = new Map<string, Promise<void>>();
  readonly #statements = new Map<string, readonly string[]>();
  readonly #handings = new Map<string, string>();
  #lost: (job: Job) => Promise<void> = () => Promise.resolve();

  /** @param connection what `getConnection` of ElizaOS's database adapter returns */
  constructor(connection: unknown) {
    this.#boss = new PgBoss(optionsFor(connection));
    // Without a listener an error of a connection would end the process.
    this.#boss.on('error', (error) =>
      logger.warn({ src: 'tasks:queue', error: error.message }, 'the queue of tasks stumbled'),
    );
    this.#boss.on('warning', ({ message }) => logger.debug({ src: 'tasks:queue' }, message));
  }

  async start(): Promise<void> {
    await this.#boss.start();
    await this.#boss.createQueue(LOST, QUEUE);
    await this.#boss.work(LOST, { batchSize: 1, pollingIntervalSeconds: 1 }, (jobs) =>
      runEach(jobs, this.#lost),
    );
  }

  async stop(): Promise<void> {
    await this.#boss.offWork(LOST, { wait: true });
    await this.#boss.stop({ graceful: false });
  }

  onLost(run: (job: Job) => Promise<void>): void {
    this.#lost = run;
  }

  prepare(queue: string): Promise<void> {
    const known = this.#prepared.get(queue);
    if (known) return known;
    const made = this.#makeQueue(queue).catch((error: unknown) => {
      this.#prepared.delete(queue);
      throw error;
    });
    this.#prepared.set(queue, made);
    return made;
  }

  // pg-boss runs its statements by itself, but task and job must be written as one. So its statements
  // are taken down, once, to become a part of ours.
  async #makeQueue(queue: string): Promise<void> {
    await this.#boss.createQueue(queue, { ...QUEUE, deadLetter: LOST });
    const inserting = await takenDown((db) => this.#boss.insert(queue, [], { db }));
    this.#statements.set(queue, inserting.split('$1'));
    const handing = await takenDown((db) => this.#boss.fetch(queue, { batchSize: MOST, db }));
    this.#handings.set(queue, handing);
  }

  insertion(queue: string, jobs: readonly NewJob[], taskIds: SQL): SQL {
    const wanted = sql`(SELECT coalesce(json_agg(job), '[]') FROM
      json_array_elements(${JSON.stringify(jobs.map(presentJob))}::json) AS job
      WHERE job->'data'->>'taskId' IN (${taskIds}))`;
    const [first = '', ...rest] = this.#statements.get(queue) ?? [];
    return sql.join([sql.raw(first), ...rest.flatMap((part) => [wanted, sql.raw(part)])]);
  }

  handingOut(queue: string, count: number): SQL {
    // Not a parameter: without one the database plans the statement once.
    return sql.raw(this.#handings.get(queue)?.replace(ANY_COUNT, `LIMIT ${String(count)}`) ?? '');
  }

  async touch(queue: string, ids: readonly string[]): Promise<void> {
    await this.#boss.touch(queue, [...ids]);
  }

  async complete(queue: string, ids: readonly string[]): Promise<void> {
    await this.#boss.complete(queue, [...ids]);
  }

  async lose(queue: string, id: string): Promise<void> {
    await this.#boss.fail(queue, id);
  }

  async discard(queue: string, ids: readonly string[]): Promise<void> {
    await this.prepare(queue);
    await this.#boss.cancel(queue, [...ids]);
  }

  async listen(
    channel: string,
    onMessage: (text: string) => void,
    onGap: () => void,
  ): Promise<void> {
    const handle = await this.#boss.getDb().listen?.(channel, onMessage, onGap);
    if (handle) this.#boss.once('stopped', () => void handle.close());
  }
}

/** Brings the queue's own tables up to date, and works on no job. */
export async function migrateQueue(connection: unknown): Promise<void> {
  const boss = new PgBoss({ ...optionsFor(connection), supervise: false });
  await boss.start();
  await boss.stop({ graceful: false });
}

interface Database {
  executeSql(text: string): Promise<{ rows: unknown[] }>;
}

/** The statement that pg-boss would run. */
async function takenDown(run: (db: Database) => Promise<unknown>): Promise<string> {
  let taken = '';
  const executeSql = (text: string): Promise<{ rows: unknown[] }> => {
    taken = text;
    return Promise.resolve({ rows: [] });
  };
  await run({ executeSql });
  return taken;
}

async function runEach(
  jobs: readonly { data: unknown }[],
  run: (job: Job) => Promise<void>,
): Promise<void> {
  for (const { data } of jobs) {
    const job = jobData.safeParse(data);
    if (job.success) await run({ id: job.data.jobId, taskId: job.data.taskId });
  }
}

function optionsFor(connection: unknown): ConstructorOptions {
  if (isPgLite(connection))
    return {
      ...MAINTENANCE,
      ...ALONE,
      db: fromPglite(connection),
      backend: 'pglite',
      reindex: false,
      monitorVacuum: false,
    };
  const connectionString = (connection as { options?: { connectionString?: string } }).options
    ?.connectionString;
  return { ...MAINTENANCE, ...POSTGRES, ...(connectionString ? { connectionString } : {}) };
}

/** PGlite has one process and one connection. */
export function isPgLite(connection: unknown): connection is PgLite {
  return typeof (connection as { exec?: unknown } | null)?.exec === 'function';
}

function presentJob(job: NewJob): Record<string, unknown> {
  return {
    id: job.id,
    data: { taskId: job.taskId, jobId: job.id },
    priority: 10 - job.priority,
    ...(job.delayMs > 0 ? { startAfter: String(job.delayMs / 1_000) } : {}),
    expireInSeconds: Math.ceil(job.timeoutMs / 1_000) + GRACE_SECONDS,
    heartbeatSeconds: job.leaseSeconds,
  };
}

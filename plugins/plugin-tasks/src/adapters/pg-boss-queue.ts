import { logger } from '@elizaos/core';
import { sql, type SQL } from 'drizzle-orm';
import { fromPglite, PgBoss, type ConstructorOptions } from 'pg-boss';
import { z } from 'zod';
import type { Job, JobQueue, NewJob } from '../ports.ts';

type PgLite = Parameters<typeof fromPglite>[0];

// Measured: without the listener a worker takes one job a poll; a poll finds what waited for its time.
const QUEUE = { retryLimit: 0, retentionSeconds: 31_536_000, deleteAfterSeconds: 3_600 };
const LOST = 'lost';
const WORKER = { batchSize: 1, pollingIntervalSeconds: 0.5, notifyPollingIntervalSeconds: 2 };
const MAINTENANCE = {
  schema: 'pgboss',
  useListenNotify: true,
  schedule: false,
  superviseIntervalSeconds: 2,
  monitorIntervalSeconds: 1,
  maintenanceIntervalSeconds: 300,
  flowIntervalSeconds: 3_600,
};
// Without them a connection that a router has forgotten is waited for, for ever.
const POSTGRES = { max: 8, query_timeout: 10_000, connectionTimeoutMillis: 5_000 };
// The handler has its own time-out; this is for one that never gets to it.
const GRACE_SECONDS = 60;

const jobData = z.object({ taskId: z.string(), jobId: z.string() });

/** pg-boss over the database that ElizaOS has open. */
export class PgBossQueue implements JobQueue {
  readonly #boss: PgBoss;
  readonly #prepared = new Map<string, Promise<string>>();
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
      this.#each(jobs, this.#lost),
    );
  }

  async stop(): Promise<void> {
    await this.#boss.offWork(LOST, { wait: true });
    await this.#boss.stop({ graceful: false });
  }

  onLost(run: (job: Job) => Promise<void>): void {
    this.#lost = run;
  }

  async prepare(queue: string): Promise<void> {
    await this.#insertionText(queue);
  }

  insertion(queue: string, jobs: readonly NewJob[]): SQL {
    const payload = JSON.stringify(jobs.map(presentJob));
    const [first = '', ...rest] = this.#texts.get(queue)?.split('$1') ?? [];
    return sql.join([sql.raw(first), ...rest.flatMap((part) => [sql`${payload}`, sql.raw(part)])]);
  }

  readonly #texts = new Map<string, string>();

  #insertionText(queue: string): Promise<string> {
    const known = this.#prepared.get(queue);
    if (known) return known;
    const made = this.#makeQueue(queue).catch((error: unknown) => {
      this.#prepared.delete(queue);
      throw error;
    });
    this.#prepared.set(queue, made);
    return made;
  }

  // pg-boss looks its queues up in a connection of its own, which must not happen while a
  // transaction holds the only connection of PGlite. So its statement is taken down beforehand.
  async #makeQueue(queue: string): Promise<string> {
    await this.#boss.createQueue(queue, { ...QUEUE, notify: true, deadLetter: LOST });
    let statement = '';
    const executeSql = (text: string): Promise<{ rows: unknown[] }> => {
      statement = text;
      return Promise.resolve({ rows: [] });
    };
    await this.#boss.insert(queue, [], { db: { executeSql } });
    this.#texts.set(queue, statement);
    return statement;
  }

  async work(
    queue: string,
    lanes: number,
    run: (job: Job) => Promise<void>,
  ): Promise<() => Promise<void>> {
    await this.prepare(queue);
    const workers = await Promise.all(
      Array.from({ length: lanes }, () => this.#startLane(queue, run)),
    );
    return async () => {
      await Promise.all(workers.map((id) => this.#boss.offWork(queue, { id, wait: true })));
    };
  }

  // A lane that has done one job looks for the next one at once: pg-boss would let it sleep until
  // the next notification or poll, with a backlog waiting.
  async #startLane(queue: string, run: (job: Job) => Promise<void>): Promise<string> {
    let id = '';
    id = await this.#boss.work(queue, WORKER, async (jobs) => {
      await this.#each(jobs, run);
      this.#boss.notifyWorker(id);
    });
    return id;
  }

  async #each(jobs: readonly { data: unknown }[], run: (job: Job) => Promise<void>): Promise<void> {
    for (const { data } of jobs) {
      const job = jobData.safeParse(data);
      if (job.success) await run({ id: job.data.jobId, taskId: job.data.taskId });
    }
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

function optionsFor(connection: unknown): ConstructorOptions {
  if (isPgLite(connection))
    return {
      ...MAINTENANCE,
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

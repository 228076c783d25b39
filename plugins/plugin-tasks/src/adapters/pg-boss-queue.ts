import { logger } from '@elizaos/core';
import { sql, type SQL } from 'drizzle-orm';
import { fromPglite, PgBoss, type ConstructorOptions } from 'pg-boss';
import { z } from 'zod';
import type { Job, JobQueue, NewJob } from '../ports.ts';

type PgLite = Parameters<typeof fromPglite>[0];

const QUEUE = { retryLimit: 0, retentionSeconds: 31_536_000, deleteAfterSeconds: 3_600 };
const LOST = 'lost';
// Lanes are woken when there is work; the poll is for what a process that died would have woken.
const LANE = { batchSize: 1, pollingIntervalSeconds: 15 };
const MAINTENANCE = {
  schema: 'pgboss',
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

interface Lane {
  id: string;
  isBusy: boolean;
}

/** pg-boss over the database that ElizaOS has open. */
export class PgBossQueue implements JobQueue {
  readonly #boss: PgBoss;
  readonly #prepared = new Map<string, Promise<void>>();
  readonly #statements = new Map<string, readonly string[]>();
  readonly #lanes = new Map<string, Lane[]>();
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

  // pg-boss runs its statement by itself, but task and job must be written as one. So its statement
  // is taken down, once, to become a part of ours.
  async #makeQueue(queue: string): Promise<void> {
    await this.#boss.createQueue(queue, { ...QUEUE, deadLetter: LOST });
    const executeSql = (text: string): Promise<{ rows: unknown[] }> => {
      this.#statements.set(queue, text.split('$1'));
      return Promise.resolve({ rows: [] });
    };
    await this.#boss.insert(queue, [], { db: { executeSql } });
  }

  insertion(queue: string, jobs: readonly NewJob[]): SQL {
    const payload = JSON.stringify(jobs.map(presentJob));
    const [first = '', ...rest] = this.#statements.get(queue) ?? [];
    return sql.join([sql.raw(first), ...rest.flatMap((part) => [sql`${payload}`, sql.raw(part)])]);
  }

  async work(
    queue: string,
    count: number,
    run: (job: Job) => Promise<void>,
  ): Promise<() => Promise<void>> {
    await this.prepare(queue);
    const started = await Promise.all(
      Array.from({ length: count }, () => this.#startLane(queue, run)),
    );
    this.#lanes.set(queue, [...(this.#lanes.get(queue) ?? []), ...started]);
    return () => this.#stopLanes(queue, started);
  }

  // A lane that has done one job looks for the next one at once: pg-boss would let it sleep until
  // the next poll, with a backlog waiting.
  async #startLane(queue: string, run: (job: Job) => Promise<void>): Promise<Lane> {
    const lane: Lane = { id: '', isBusy: false };
    lane.id = await this.#boss.work(queue, LANE, async (jobs) => {
      lane.isBusy = true;
      try {
        await runEach(jobs, run);
      } finally {
        lane.isBusy = false;
        this.#boss.notifyWorker(lane.id);
      }
    });
    return lane;
  }

  async #stopLanes(queue: string, stopped: readonly Lane[]): Promise<void> {
    const left = this.#lanes.get(queue)?.filter((lane) => !stopped.includes(lane)) ?? [];
    this.#lanes.set(queue, left);
    await Promise.all(stopped.map(({ id }) => this.#boss.offWork(queue, { id, wait: true })));
  }

  // One lane for one job: if all looked, all but one would look in vain. They take turns, since the
  // one that was woken last may still be on its way to its job.
  wake(queue: string): void {
    const lanes = this.#lanes.get(queue);
    const index = lanes?.findIndex(({ isBusy }) => !isBusy) ?? -1;
    const [lane] = index < 0 ? [] : (lanes?.splice(index, 1) ?? []);
    if (!lane) return;
    lanes?.push(lane);
    this.#boss.notifyWorker(lane.id);
  }

  wakeAll(): void {
    for (const lanes of this.#lanes.values())
      for (const { id } of lanes) this.#boss.notifyWorker(id);
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

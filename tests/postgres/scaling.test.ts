import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { stringToUuid } from '@elizaos/core';
import { createDatabaseAdapter } from '@elizaos/plugin-sql';
import type { SqlExecutor } from '@371os/plugin-treasury';
import { sql } from 'drizzle-orm';
import {
  emptyEnvironment,
  makeDataDirectory,
  removeDataDirectory,
  startCompany,
  type CompanyProcess,
} from '../support/company.ts';
import { eventually } from '../support/eventually.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { startScriptedModel, type ScriptedModel } from '../support/scripted-model.ts';

const KAI = 'CMO Kai';
const ANSWER = 'A short post for the launch.';
const BURST = 80;

interface Scaled {
  readonly current: number;
  readonly count: number;
  readonly instances: readonly {
    readonly index: number;
    readonly state: string;
    readonly running?: number;
    readonly cpuPercent?: number;
    readonly memoryMb?: number;
  }[];
  readonly cost: {
    readonly instanceSeconds: number;
    readonly fixedInstanceSeconds: number;
    readonly costUsd: number;
    readonly fixedCostUsd: number;
    readonly savedShare: number;
  };
  readonly journal: readonly { readonly current: number; readonly count: number }[];
}

let postgres: TestPostgres;
let model: ScriptedModel;
let front: CompanyProcess;
let environment: NodeJS.ProcessEnv;
let directory: string;
const seen = new Set<number>();

beforeAll(async () => {
  postgres = await startPostgres({ vectors: true });
  model = await startScriptedModel({ reply: { text: ANSWER, delayMs: 1_500 } });
  directory = makeDataDirectory();
  environment = await emptyEnvironment(directory, {
    POSTGRES_URL: postgres.url,
    TASKS_CONCURRENCY: '2',
    RESILIENCE_SCALING: JSON.stringify({ [KAI]: { min: 1, max: 3, queueDepth: 4 } }),
    RESILIENCE_SCALING_EVERY_MS: '500',
    RESILIENCE_SCALING_DOWN_MS: '2000',
    RESILIENCE_INSTANCE_USD_PER_HOUR: '0.36',
    OPENAI_BASE_URL: model.baseUrl,
    OPENAI_API_KEY: 'sk-scripted-0123456789',
    OPENAI_LARGE_MODEL: 'gpt-4o-mini',
    OPENAI_SMALL_MODEL: 'gpt-4o-mini',
  });
  front = await start();
}, 120_000);
afterAll(async () => {
  for (const pid of seen) if (runs(pid)) process.kill(pid, 'SIGKILL');
  await postgres.stop();
  await model.close();
  removeDataDirectory(directory);
}, 60_000);

function start(): Promise<CompanyProcess> {
  return startCompany(environment, 'start', ['--agents', `Front Desk,${KAI}`]);
}

async function query<Row>(text: string): Promise<Row[]> {
  const adapter = createDatabaseAdapter({ postgresUrl: postgres.url }, stringToUuid('scaling'));
  try {
    return (await (adapter.db as SqlExecutor).execute(sql.raw(text))).rows as Row[];
  } finally {
    await adapter.close();
  }
}

async function scaled(): Promise<Scaled> {
  const { body } = await front.get('/resilience/scaling');
  return (body as { agents: [Scaled] }).agents[0];
}

async function replicaPids(): Promise<number[]> {
  const rows = await query<{ pid: number | null }>('SELECT pid FROM resilience.replicas');
  const pids = rows.flatMap(({ pid }) => pid ?? []);
  for (const pid of pids) seen.add(pid);
  return pids;
}

function runs(pid: number): boolean {
  try {
    return readFileSync(`/proc/${String(pid)}/cmdline`, 'utf8').includes('--replica');
  } catch {
    return false;
  }
}

test('a burst has real processes come, which share it, each task done once, and go again', async () => {
  // Whoever asks over HTTP is not kept waiting for a whole burst; what became of it is in the tables.
  for (let place = 0; place < BURST; place += 1)
    front
      .ask(`Write post number ${String(place)}`, { agent: KAI, room: `room ${String(place)}` })
      .catch(() => undefined);
  await eventually(async () => {
    expect((await scaled()).instances.map(({ index }) => index)).toEqual([0, 1, 2]);
  });
  // A process of its own takes its time on a machine that is busy.
  for (const index of [1, 2])
    await eventually(async () => {
      expect((await scaled()).instances[index]).toMatchObject({ index, state: 'ready' });
    });
  await eventually(async () => {
    const { instances } = await scaled();
    const busy = instances.filter(({ running = 0 }) => running > 0).map(({ index }) => index);
    expect(busy).toEqual(expect.arrayContaining([1, 2]));
    for (const { memoryMb = 0 } of instances) expect(memoryMb).toBeGreaterThan(50);
  });
  const pids = await replicaPids();
  expect(pids).toHaveLength(2);
  expect(pids.every(runs)).toBe(true);

  await eventually(async () => {
    const [row] = await query<{ open: string }>(
      `SELECT count(*)::text AS open FROM tasks.tasks WHERE agent = '${KAI}' AND state = 'SUBMITTED'`,
    );
    expect(row?.open).toBe('0');
  });
  await eventually(async () => {
    const tasks = await query<{ state: string; answer: string; attempt: number; times: string }>(
      `SELECT state, answer, attempt, count(*)::text AS times FROM tasks.tasks
        WHERE agent = '${KAI}' GROUP BY 1, 2, 3`,
    );
    const once = { state: 'COMPLETED', answer: ANSWER, attempt: 1, times: String(BURST) };
    expect(tasks).toEqual([once]);
  });
  await eventually(async () => {
    expect((await scaled()).instances.map(({ index }) => index)).toEqual([0]);
  });
  expect(pids.some(runs)).toBe(false);
  const { cost, journal } = await scaled();
  process.stdout.write(
    `scaling: ${cost.instanceSeconds.toFixed(1)} instance-seconds ($${cost.costUsd.toFixed(6)}) beside a fixed fleet's ${cost.fixedInstanceSeconds.toFixed(1)} ($${cost.fixedCostUsd.toFixed(6)}): ${(cost.savedShare * 100).toFixed(0)} % less\n`,
  );
  expect(cost.savedShare).toBeGreaterThan(0);
  expect(journal).toContainEqual(expect.objectContaining({ current: 1, count: 3 }));
}, 90_000);

test('a replica that is killed comes back, the next leader goes on with it, and a stop ends it', async () => {
  expect(
    (await front.post('/resilience/scaling', { agent: KAI, count: 2 }, 'mallory')).status,
  ).toBe(403);
  await front.post('/resilience/scaling', { agent: KAI, count: 2 });
  let killed = 0;
  await eventually(async () => {
    expect((await scaled()).instances).toMatchObject([{ index: 0 }, { index: 1, state: 'ready' }]);
    [killed = 0] = await replicaPids();
  });
  process.kill(killed, 'SIGKILL');
  let heir = 0;
  await eventually(async () => {
    [heir = 0] = await replicaPids();
    expect(heir).not.toBe(killed);
    expect(runs(heir)).toBe(true);
  });

  front.process.kill('SIGKILL');
  front = await start();
  await eventually(async () => {
    expect((await scaled()).instances).toMatchObject([{ index: 0 }, { index: 1, state: 'ready' }]);
  });
  expect(await replicaPids()).toEqual([heir]);
  expect(await front.stop()).toBe(0);
  expect(runs(heir)).toBe(false);
  // What took longer to end than the front to stop is taken away by whoever leads next.
  expect(await query('SELECT claim FROM resilience.replicas WHERE is_wanted')).toEqual([]);
}, 120_000);

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import lifecyclePlugin, { listProcesses, machineIdentity } from '@371os/plugin-lifecycle';
import resiliencePlugin, {
  Database,
  DrillStore,
  ProcessSite,
  type Drill,
} from '@371os/plugin-resilience';
import tasksPlugin, { type TasksService } from '@371os/plugin-tasks';
import { sql } from 'drizzle-orm';
import { openDatabase, type TestDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { ResilienceProcess } from '../support/resilience-process.ts';
import { RpcProxy } from '../support/rpc-proxy.ts';
import { startTestNetworks, type TestNetworks } from '../registry/agent-fixture.ts';
import { startTasksOnPostgres } from '../tasks/agent-fixture.ts';

const AGENT = 'Agent 1';

let postgres: TestPostgres;
let database: TestDatabase;
let tasks: TasksService;
let store: DrillStore;
let networks: TestNetworks;
let road: RpcProxy;
let other: RpcProxy;
const started: ResilienceProcess[] = [];

beforeAll(async () => {
  [postgres, networks] = await Promise.all([startPostgres(), startTestNetworks()]);
  road = await RpcProxy.start(networks.evm.addresses.rpcUrl);
  other = await RpcProxy.start(networks.evm.addresses.rpcUrl);
  database = await openDatabase([tasksPlugin, lifecyclePlugin, resiliencePlugin], {
    postgresUrl: postgres.url,
  });
  await database.execute(sql`CREATE SCHEMA bench`);
  await database.execute(
    sql`CREATE TABLE bench.effects (task text, part text, worker text, times integer, PRIMARY KEY (task, part))`,
  );
  ({ tasks } = await startTasksOnPostgres({ postgresUrl: postgres.url }));
  await tasks.openDatabase();
  store = new DrillStore(new Database(database));
  await Promise.all([AGENT, AGENT, undefined, undefined].map((agent) => start(agent)));
}, 120_000);
afterAll(async () => {
  await Promise.all(started.map((one) => one.kill()));
  await tasks.stop();
  await database.close();
  await postgres.stop();
  await road.stop();
  await other.stop();
  await networks.stop();
});

let starts = 0;
async function start(agent: string | undefined): Promise<void> {
  starts += 1;
  const name = `p${String(starts)}`;
  const registry = agent === undefined ? registryByTwo() : undefined;
  started.push(await ResilienceProcess.start(postgres.url, { name, agent, registry }));
}

// Two ways to one chain, which fail one by one.
function registryByTwo(): Record<string, string> {
  const nodes = { REGISTRY_RPC_URL: road.url, REGISTRY_RPC_FALLBACKS: other.url };
  return { ...networks.settings, ...nodes, REGISTRY_TIMEOUT_MS: '1000' };
}

/** Approves a drill of whoever works for the agent, and returns who that is. */
async function drill(
  id: string,
  kind: 'kill' | 'stop',
  seconds: number,
): Promise<ResilienceProcess> {
  await eventually(async () => expect(started.some(({ holds }) => holds)).toBe(true));
  const site = new ProcessSite({
    ...{ machine: machineIdentity(), pid: process.pid, elapsedMs: () => performance.now() },
    processes: () => listProcesses(database),
    tasks: () => Promise.resolve(tasks),
  });
  const target = await site.plan({ kind, target: AGENT, seconds });
  const plan = { version: 1 as const, kind, target, seconds };
  await store.add({ id, plan, requesterId: 'owner', approvedBy: 'owner', roomId: '' });
  return started.find(({ name }) => name === target.name)!;
}

async function found(id: string): Promise<Drill> {
  return (await store.list()).find((one) => one.id === id)!;
}

async function ended(id: string): Promise<Drill> {
  await eventually(async () => expect((await found(id)).endedAtMs).toBeDefined());
  return found(id);
}

function isPaused({ pid }: ResilienceProcess): boolean {
  return /\) T /.test(readFileSync(`/proc/${String(pid)}/stat`, 'utf8'));
}

async function paused(victim: ResilienceProcess): Promise<void> {
  await eventually(async () => expect(isPaused(victim)).toBe(true));
}

test('kill: who leads kills the process, and measures until another one has done a task', async () => {
  const victim = await drill('killed', 'kill', 0);
  const { state, outcome, detectedMs = 0, recoveredMs = 0 } = await ended('killed');
  expect({ state, outcome }).toMatchObject({ state: 'succeeded' });
  expect(victim.isRunning).toBe(false);
  expect(detectedMs).toBeGreaterThan(2_000);
  expect(recoveredMs).toBeGreaterThan(detectedMs);
  await start(AGENT);
});

test('stop: whoever drills is killed, and the next who leads has the process go on', async () => {
  const victim = await drill('orphan', 'stop', 60);
  await paused(victim);
  const leader = started.filter(({ isRunning }) => isRunning).find((one) => one.last('leads'));
  await leader!.kill();
  await eventually(async () => expect(isPaused(victim)).toBe(false));
  expect(await ended('orphan')).toMatchObject({ state: 'failed' });
  expect(await store.openFaults()).toEqual([]);
});

test('stop: somebody ends it before its time, and the process goes on at once', async () => {
  const victim = await drill('aborted', 'stop', 60);
  await paused(victim);
  expect(await store.abort('telegram:7')).toEqual(['aborted']);
  await eventually(async () => expect(isPaused(victim)).toBe(false));
  const { state, outcome } = await ended('aborted');
  expect({ state, outcome }).toEqual({
    state: 'aborted',
    outcome: 'telegram:7 ended it before its time.',
  });
});

/** Which node has answered a process last. */
function readsBy(one: ResilienceProcess): string | undefined {
  return one.last('reads')?.node;
}

async function allReadBy(node: string, sinceMs: number): Promise<void> {
  const readers = started.filter(({ isRunning, agent }) => isRunning && agent === undefined);
  expect(readers).not.toEqual([]);
  await eventually(async () => {
    expect(readers.map((one) => [one.name, readsBy(one)])).toEqual(
      readers.map(({ name }) => [name, node]),
    );
    for (const one of readers) expect(one.last('reads')!.at).toBeGreaterThan(sinceMs);
  });
}

async function drillChain(id: string): Promise<void> {
  const target = {
    ...({ type: 'endpoint', dependency: 'chain RPC' } as const),
    origin: road.url,
    ...{ purpose: `EVM ${String(networks.evm.addresses.chainId)}`, others: [other.url] },
  };
  const plan = { version: 1 as const, kind: 'blackhole' as const, target, seconds: 120 };
  await store.add({ id, plan, requesterId: 'owner', approvedBy: 'owner', roomId: '' });
}

test('blackhole of a node: every process reads by the other one, and by the first when it is over', async () => {
  await start(undefined);
  await allReadBy(road.url, 0);
  await drillChain('node');
  const { state, outcome, recoveredMs } = await ended('node');
  expect({ state, outcome }).toEqual({
    state: 'succeeded',
    outcome: expect.stringContaining('Another node answered'),
  });
  expect(recoveredMs).toBeGreaterThan(900);
  expect((await store.lastSuccesses()).has('chain RPC')).toBe(true);
  await allReadBy(road.url, Date.now());
});

test('blackhole of a node: whoever drills is killed, and the others reach it again', async () => {
  // The other one fails, too, so that nothing takes its place and the drill lasts.
  other.watch = () => false;
  await drillChain('node orphan');
  await eventually(async () => expect((await found('node orphan')).state).toBe('running'));
  const leader = started.filter(({ isRunning }) => isRunning).find((one) => one.last('leads'));
  await leader!.kill();
  const { state, outcome } = await ended('node orphan');
  expect({ state, outcome }).toEqual({
    state: 'failed',
    outcome: 'Whoever carried it out was gone before it ended.',
  });
  // Whoever leads now has ended it, and takes its fault back next.
  await eventually(async () => expect(await store.openFaults()).toEqual([]));
  await allReadBy(road.url, Date.now());
});

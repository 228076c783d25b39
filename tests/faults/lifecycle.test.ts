import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readSettings } from '@371os/kernel';
import { mayBecome, type AgentState } from '@371os/plugin-lifecycle';
import { didOf, openNetwork, registrySettings, type RegistryNetwork } from '@371os/plugin-registry';
import { startTestNetworks, type TestNetworks } from '../registry/agent-fixture.ts';
import { WorkerProcess } from '../support/worker-process.ts';
import { eventually } from '../support/eventually.ts';

const START_MS = 120_000;
const directory = mkdtempSync(join(tmpdir(), '371os-lifecycle-'));

interface Sight {
  readonly id: string;
  readonly state: AgentState;
  /** Runtimes of that name in the process. */
  readonly running: number;
  /** Tasks that have not ended. */
  readonly open: number;
  readonly registration?: { readonly status: string };
  readonly journal: readonly {
    readonly number: number;
    readonly from: AgentState | 'none';
    readonly to: AgentState;
    readonly generation: number;
  }[];
}

let networks: TestNetworks;
let network: RegistryNetwork;
let worker: WorkerProcess;
let settings: Record<string, string>;

async function start(): Promise<void> {
  const order = { dataDir: join(directory, 'pglite'), settings };
  worker = await WorkerProcess.start('lifecycle-worker.ts', order);
}

beforeAll(async () => {
  networks = await startTestNetworks();
  const direct: Record<string, string> = networks.settings;
  network = openNetwork(readSettings(registrySettings, (key) => direct[key]));
  const quiet = { REGISTRY_INDEX_MS: '86400000', REGISTRY_HEARTBEAT_MS: '86400000' };
  settings = { ...direct, ...quiet, LIFECYCLE_SWEEP_MS: '1000', LIFECYCLE_DRAIN_MS: '2000' };
  await start();
}, START_MS);

afterAll(async () => {
  await worker.kill();
  await networks.stop();
  rmSync(directory, { recursive: true, force: true });
});

async function look(name: string): Promise<Sight> {
  worker.order(`look ${name}`);
  return JSON.parse(await worker.says('sees')) as Sight;
}

/** Has the worker send itself a signal at a point, and returns once it has done so or come through. */
async function signalAt(signal: string, when: string, state: string): Promise<void> {
  worker.order(`signal ${signal} ${when} ${state}`);
  await worker.says('armed');
}

async function inState(name: string, state: AgentState): Promise<Sight> {
  let sight: Sight | undefined;
  await eventually(async () => {
    sight = await look(name);
    expect(sight).toMatchObject({ state });
  });
  return sight as Sight;
}

/** Numbers in the registry under an agent's DID. */
async function registrationsOf(id: string): Promise<number> {
  const events = await network.identities.events({ fromBlock: 0 });
  const wanted = `0x${Buffer.from(didOf(id)).toString('hex')}`;
  return events.filter(
    (event) => event.kind === 'metadata' && event.key === 'did' && event.value === wanted,
  ).length;
}

// Whatever happened, the journal is one unbroken life.
function expectOneLife({ journal }: Sight): void {
  expect(journal.map(({ number }) => number)).toEqual(journal.map((_, index) => index + 1));
  journal.forEach(({ from, to, generation }, index) => {
    const before = journal[index - 1];
    expect(from).toBe(before?.to ?? 'none');
    if (from !== 'none') expect(mayBecome(from, to)).toBe(true);
    expect(generation).toBeGreaterThanOrEqual(before?.generation ?? 0);
  });
}

describe('a process that dies', () => {
  test.each([
    ...[
      ['before', 'creating'],
      ['after', 'creating'],
      ['before', 'initialising'],
      ['after', 'initialising'],
      ['before', 'ready'],
      ['after', 'ready'],
    ].map(([when = '', state = '']) => ({ when, state })),
  ])(
    '$when an agent is written down as $state leaves one that gets ready, registered once',
    async ({ when, state }) => {
      const name = `Born-${when}-${state}`;
      await signalAt('SIGKILL', when, state);
      worker.order(`create ${name}`);
      await worker.gone();
      await start();
      const sight = await inState(name, 'ready');
      expect(sight).toMatchObject({ running: 1, registration: { status: 'active' } });
      expectOneLife(sight);
      expect(await registrationsOf(sight.id)).toBe(1);
      worker.order(`ask ${name}`);
      expect(await worker.says('answered')).toContain('Done: count the chairs');
      worker.order(`retire ${name}`);
      await inState(name, 'stopped');
    },
    START_MS,
  );

  test.each([
    ...[
      ['before', 'draining'],
      ['after', 'draining'],
    ].map(([when = '', state = '']) => ({ when, state })),
  ])(
    '$when an agent is written down as $state leaves none, and nothing of it',
    async ({ when, state }) => {
      const name = `Gone-${when}-${state}`;
      worker.order(`create ${name}`);
      await inState(name, 'ready');
      await signalAt('SIGKILL', when, state);
      worker.order(`retire ${name}`);
      await worker.gone();
      await start();
      const sight = await inState(name, 'stopped');
      expect(sight).toMatchObject({ running: 0, open: 0, registration: { status: 'retired' } });
      expectOneLife(sight);
      // Its name is free again.
      worker.order(`create ${name}`);
      expect((await inState(name, 'ready')).running).toBe(1);
      worker.order(`retire ${name}`);
      await inState(name, 'stopped');
    },
    START_MS,
  );
});

describe('a process that stands still for longer than its leases', () => {
  test.each(['creating', 'ready'])(
    'when an agent goes into the state %s goes on with the same life',
    async (state) => {
      const name = `Still-${state}`;
      await signalAt('SIGSTOP', 'after', state);
      worker.order(`create ${name}`);
      await worker.stoppedFor(STILL_MS);
      const sight = await inState(name, 'ready');
      expect(sight.running).toBe(1);
      expectOneLife(sight);
      expect(await registrationsOf(sight.id)).toBe(1);
    },
    START_MS,
  );
});

// Leases of tasks and sagas last 10 s.
const STILL_MS = 12_000;

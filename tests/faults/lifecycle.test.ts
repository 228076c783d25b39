import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readSettings } from '@371os/kernel';
import { openNetwork, registrySettings, type RegistryNetwork } from '@371os/plugin-registry';
import { startTestNetworks, type TestNetworks } from '../registry/agent-fixture.ts';
import {
  expectOneLife,
  LifecycleProcess,
  nameFor,
  registrationsOf,
  type Point,
  type Sight,
} from '../support/lifecycle-process.ts';

const START_MS = 240_000;
const ALIVE = { running: 1, registration: { status: 'active' } };
const GONE = { running: 0, registration: { status: 'retired' } };
const DONE = { state: 'COMPLETED', answer: 'Done: count slowly' };

/** A company and its networks: no two of them may share a key. */
interface Place {
  readonly networks: TestNetworks;
  readonly network: RegistryNetwork;
  readonly company: LifecycleProcess;
}

// One falls before something is written down, the other one after: most of the time both wait.
const WHEN = ['before', 'after'] as const;
let places: readonly Place[];

beforeAll(async () => {
  places = await Promise.all(WHEN.map(open));
}, START_MS);

afterAll(async () => {
  for (const { company, networks } of places) {
    await company.end();
    await networks.stop();
  }
});

async function open(): Promise<Place> {
  const networks = await startTestNetworks();
  const direct: Record<string, string> = networks.settings;
  const network = openNetwork(readSettings(registrySettings, (key) => direct[key]));
  const company = await LifecycleProcess.start({
    ...{ ...direct, REGISTRY_INDEX_MS: '86400000', REGISTRY_HEARTBEAT_MS: '86400000' },
    ...{ LIFECYCLE_SWEEP_MS: '1000', LIFECYCLE_DRAIN_MS: '2000' },
  });
  return { networks, network, company };
}

async function create(company: LifecycleProcess, name: string): Promise<Sight> {
  company.order(`create ${name}`);
  return company.inState(name, 'ready', ALIVE);
}

async function retire(company: LifecycleProcess, name: string): Promise<Sight> {
  company.order(`retire ${name}`);
  return company.inState(name, 'stopped', GONE);
}

async function whileBorn({ company, network }: Place, point: Point): Promise<void> {
  const name = nameFor('Born', point);
  await company.arm(point);
  company.order(`create ${name}`);
  await company.fall(point);
  const sight = await company.inState(name, 'ready', ALIVE);
  expectOneLife(sight);
  expect(await registrationsOf(network, sight.id)).toBe(1);
  company.order(`ask ${name} count the chairs`);
  expect(await company.says('answered')).toContain('Done: count the chairs');
  await retire(company, name);
}

async function whenItBegins({ company }: Place, point: Point): Promise<void> {
  const name = nameFor('Busy', point);
  await create(company, name);
  await company.arm(point);
  company.order(`ask ${name} count slowly`);
  await afterItsTask(company, name, point);
}

async function whenItIsDone({ company }: Place, point: Point): Promise<void> {
  const name = nameFor('Done', point);
  await create(company, name);
  company.order(`ask ${name} count slowly`);
  await company.inState(name, 'busy');
  await company.arm(point);
  await afterItsTask(company, name, point);
}

async function afterItsTask(company: LifecycleProcess, name: string, point: Point): Promise<void> {
  await company.fall(point);
  const sight = await company.inState(name, 'ready', { running: 1, tasks: [DONE] });
  expectOneLife(sight);
  await retire(company, name);
}

async function whileEnded({ company }: Place, point: Point): Promise<void> {
  const name = nameFor('Gone', point);
  await create(company, name);
  await company.arm(point);
  company.order(`retire ${name}`);
  await company.fall(point);
  expectOneLife(await company.inState(name, 'stopped', GONE));
  // Its name is free again.
  await create(company, name);
  await retire(company, name);
}

async function whileTakenBack({ company }: Place, point: Point): Promise<void> {
  const name = nameFor('Refused', point);
  await company.arm(point);
  company.order(`create ${name}`);
  await company.fall(point);
  const sight = await company.inState(name, 'failed', GONE);
  expectOneLife(sight);
  expect(sight.journal.map(({ to }) => to)).not.toContain('ready');
}

const SCENARIOS = [
  { what: 'creating', outcome: 'has it get ready, registered once', run: whileBorn },
  { what: 'initialising', outcome: 'has it get ready, registered once', run: whileBorn },
  { what: 'ready', outcome: 'has it get ready, registered once', run: whileBorn },
  { what: 'busy', outcome: 'has it do its task, and be ready again', run: whenItBegins },
  { what: 'ready', outcome: 'again has it be so, its task done once', run: whenItIsDone },
  { what: 'draining', outcome: 'leaves none, and nothing of it', run: whileEnded },
  { what: 'stopped', outcome: 'leaves none, and nothing of it', run: whileEnded },
  { what: 'failed', outcome: 'leaves none, and nothing of it', run: whileTakenBack },
] as const;

// Whoever follows one that died is the one that dies next: a start for each point is enough.
describe.each([
  { fate: 'dies', signal: 'SIGKILL' as const },
  { fate: 'stands still for longer than its leases', signal: 'SIGSTOP' as const },
])('a process that $fate', ({ signal }) => {
  test.each(SCENARIOS)(
    'right before or after an agent is written down as $what $outcome',
    async ({ what, run }) => {
      await Promise.all(places.map((place, at) => run(place, { signal, what, when: whenAt(at) })));
    },
    START_MS,
  );
});

function whenAt(place: number): Point['when'] {
  return WHEN[place] ?? 'after';
}

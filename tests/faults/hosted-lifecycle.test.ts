import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { readSettings } from '@371os/kernel';
import { openNetwork, registrySettings, type RegistryNetwork } from '@371os/plugin-registry';
import { startTestNetworks, type TestNetworks } from '../registry/agent-fixture.ts';
import { eventually } from '../support/eventually.ts';
import { startSmallAgents, type SmallAgents } from '../support/small-agents.ts';
import {
  around,
  expectOneLife,
  LifecycleProcess,
  nameFor,
  registrationsOf,
  type Point,
  type Sight,
} from '../support/lifecycle-process.ts';

const START_MS = 240_000;
const SIGNAL = 'SIGKILL';

let networks: TestNetworks;
let akash: SmallAgents;
let network: RegistryNetwork;
let company: LifecycleProcess;
let before: ReadonlySet<string> = new Set();

beforeAll(async () => {
  networks = await startTestNetworks();
  const direct: Record<string, string> = networks.settings;
  network = openNetwork(readSettings(registrySettings, (key) => direct[key]));
  akash = await startSmallAgents();
  // As the launcher does: ElizaOS keeps in its database what stands in a character.
  process.env['LIFECYCLE_SECRET'] = 'what-all-tokens-of-hosted-agents-are-made-of';
  company = await LifecycleProcess.start({
    ...{ ...direct, REGISTRY_INDEX_MS: '86400000', REGISTRY_HEARTBEAT_MS: '86400000' },
    ...{ ...akash.settings, AKASH_MORE_BIDS_MS: '300' },
    // Nobody is moved who was not asked to.
    ...{ RESILIENCE_FAILOVER: 'false', RESILIENCE_FAILOVER_EVERY_MS: '500' },
    ...{ TREASURY_AKASH_CAP_USD: '1000', LIFECYCLE_SWEEP_MS: '1000', LIFECYCLE_DRAIN_MS: '2000' },
  });
}, START_MS);

afterAll(async () => {
  delete process.env['LIFECYCLE_SECRET'];
  await company.end();
  await akash.stop();
  await networks.stop();
}, START_MS);

beforeEach(() => {
  const all = akash.devnet.chain.state.deployments.all(akash.devnet.tenant.address);
  before = new Set(all.map(({ dseq }) => dseq));
});

/**
 * Numbers of the deployments that are open on chain, and of those that have a lease; without those that
 * a test before this one has left, which has failed by that.
 */
function onChain(): { open: string[]; leased: string[] } {
  const isNew = (dseq: string): boolean => !before.has(dseq);
  return { open: akash.open().filter(isNew), leased: akash.leased().filter(isNew) };
}

function copiesOf(id: string): number[] {
  return akash.copiesOf(id);
}

async function retire(name: string): Promise<void> {
  company.order(`retire ${name}`);
  await company.inState(name, 'stopped', { registration: { status: 'retired' } });
}

/** Nothing is open on chain, and the one copy that there was ends: its provider sees to that. */
async function expectNothingLeft(id: string): Promise<void> {
  expect(onChain()).toEqual({ open: [], leased: [] });
  await eventually(async () => {
    expect(copiesOf(id)).toEqual([1, 0]);
  });
}

// tests/faults/akash.test.ts has more points of a placement.
const MADE = [
  ...around(SIGNAL, 'creating'),
  ...at('before', 'create/register/done'),
  ...at('after', 'create/provision/begun'),
  ...at('before', 'place/create/done'),
  ...around(SIGNAL, 'place/lease/done'),
  ...at('before', 'place/manifest/done', 'create/provision/done'),
  ...around(SIGNAL, 'initialising', 'ready'),
  ...at('before', 'create/announce/done'),
];

function at(when: Point['when'], ...points: string[]): Point[] {
  return points.map((what) => ({ signal: SIGNAL, when, what }));
}

describe('a process that dies while it makes an agent that is hosted on Akash', () => {
  test.each(MADE)(
    '$when $what: there is one, under one lease',
    async (point) => {
      const name = nameFor('Made', point);
      await company.arm(point);
      company.order(`create ${name} akash`);
      await company.fall(point);
      const sight = await company.inState(name, 'ready', {
        ...{ placement: {}, progress: '', registration: { status: 'active' } },
      });
      expectOneLife(sight);
      expect(await registrationsOf(network, sight.id)).toBe(1);
      const dseq = sight.placement?.dseq ?? '';
      expect(onChain()).toEqual({ open: [dseq], leased: [dseq] });
      expect(copiesOf(sight.id)).toEqual([1]);
      company.order(`ask ${name} count the chairs`);
      expect(await company.says('answered')).toContain('Done there: count the chairs');
      await retire(name);
      await expectNothingLeft(sight.id);
    },
    START_MS,
  );

  const UNDONE = at('before', 'create/provision/undone', 'create/register/undone', 'failed');

  test.each(UNDONE)(
    '$when $what, since nobody wants it any more: there is none, and no lease',
    async (point) => {
      const name = nameFor('Never', point);
      company.order(`create ${name} akash`);
      await eventually(async () => {
        const { id } = await company.look(name);
        expect(copiesOf(id)).toEqual([1]);
      });
      await company.arm(point);
      company.order(`retire ${name}`);
      await company.fall(point);
      const sight = await company.inState(name, 'failed', { registration: { status: 'retired' } });
      expectOneLife(sight);
      expect(sight.journal.map(({ to }) => to)).toEqual(['creating', 'failed']);
      await expectNothingLeft(sight.id);
    },
    START_MS,
  );
});

describe('a process that dies while an agent that is hosted on Akash works', () => {
  test.each(around(SIGNAL, 'ready'))(
    '$when it is noted that it is $what again: its task is done once, and it is ready',
    async (point) => {
      const name = nameFor('Busy', point);
      company.order(`create ${name} akash`);
      await company.inState(name, 'ready', { progress: '' });
      company.order(`ask ${name} count slowly`);
      await company.inState(name, 'busy');
      await company.arm(point);
      await company.fall(point);
      const tasks = [{ state: 'COMPLETED', answer: 'Done there: count slowly' }];
      const sight = await company.inState(name, 'ready', { tasks });
      expectOneLife(sight);
      await retire(name);
      await expectNothingLeft(sight.id);
    },
    START_MS,
  );
});

// Before the old lease is closed, between that and the new one, and after it.
const MOVED = [
  ...at('before', 'task/move/done', 'place/price-mint/begun', 'place/create/done'),
  ...at('after', 'place/lease/done'),
  ...at('before', 'place/ready/done'),
];

describe('a process that dies while it moves an agent that is hosted on Akash', () => {
  test.each(MOVED)(
    '$when $what: it is elsewhere, under one lease, and what it worked on is done once',
    async (point) => {
      const name = nameFor('Moved', point);
      company.order(`create ${name} akash`);
      const { id, placement } = await company.inState(name, 'ready', { progress: '' });
      company.order(`ask ${name} count slowly`);
      await company.inState(name, 'busy');
      await company.arm(point);
      company.order(`move ${name}`);
      await company.fall(point);
      const tasks = [{ state: 'COMPLETED', answer: 'Done there: count slowly' }];
      // Where it is now is in the deployment's record; the agent's has where it was made.
      expectOneLife(await company.inState(name, 'ready', { tasks }));
      await eventually(async () => {
        const { open, leased } = onChain();
        expect(open).toEqual([expect.not.stringMatching(placement?.dseq ?? '')]);
        expect(leased).toEqual(open);
      });
      expect(copiesOf(id)).toEqual([1, 0, 1]);
      company.order(`ask ${name} count the chairs`);
      expect(await company.says('answered')).toContain('Done there: count the chairs');
      await retire(name);
      expect(onChain()).toEqual({ open: [], leased: [] });
      await eventually(async () => {
        expect(copiesOf(id)).toEqual([1, 0, 1, 0]);
      });
    },
    START_MS,
  );
});

// Its place is emptied, saved and closed; then another one is opened, and its address published.
const RESTARTED = [
  ...at('after', 'draining'),
  ...at('before', 'instance/draining', 'task/save/done', 'instance/closed'),
  ...around(SIGNAL, 'initialising'),
  ...at('after', 'instance/opening', 'place/create/done', 'place/lease/done', 'instance/ready'),
  ...at('before', 'instance/ready', 'ready', 'task/announce/done'),
];

describe('a process that dies while it restarts an agent that is hosted on Akash', () => {
  test.each(RESTARTED)(
    '$when $what: it is the same one at a new place, alone, and what it worked on is done once',
    async (point) => {
      const name = nameFor('Restarted', point);
      company.order(`create ${name} akash`);
      const first = await company.inState(name, 'ready', { progress: '' });
      company.order(`give ${name} count slowly`);
      await company.inState(name, 'busy');
      await company.arm(point);
      company.order(`restart ${name}`);
      await company.fall(point);
      const sight = await restarted(name, first);
      expectOneLife(sight);
      expect(sight.id).toBe(first.id);
      const [task] = sight.tasks;
      const deeds = akash.deedsOf(task?.id ?? '');
      expect(deeds.filter((deed) => deed.startsWith('ends'))).toHaveLength(1);
      const dseq = sight.placement?.dseq ?? '';
      expect(onChain()).toEqual({ open: [dseq], leased: [dseq] });
      expect(copiesOf(sight.id)).toEqual([1, 0, 1]);
      expect(await registrationsOf(network, sight.id)).toBe(1);
      await retire(name);
      expect(onChain()).toEqual({ open: [], leased: [] });
      await eventually(async () => {
        expect(copiesOf(sight.id)).toEqual([1, 0, 1, 0]);
      });
    },
    START_MS,
  );
});

/** Waits until an agent is ready at another place than before, and all that it was given is done. */
async function restarted(name: string, { placement }: Sight): Promise<Sight> {
  const more = {
    ...{ progress: '', registration: { status: 'active' } },
    placement: { dseq: expect.not.stringMatching(`^${placement?.dseq ?? ''}$`) as unknown },
    tasks: [{ state: 'COMPLETED', answer: 'Done there: count slowly' }],
  };
  return company.inState(name, 'ready', more);
}

describe('a process that dies while it ends an agent that is hosted on Akash', () => {
  test.each(at('before', 'draining', 'task/close/done', 'stopped'))(
    '$when $what: there is none, and no lease',
    async (point) => {
      const name = nameFor('Gone', point);
      company.order(`create ${name} akash`);
      const { id } = await company.inState(name, 'ready', { progress: '' });
      await company.arm(point);
      company.order(`retire ${name}`);
      await company.fall(point);
      expectOneLife(
        await company.inState(name, 'stopped', { registration: { status: 'retired' } }),
      );
      await expectNothingLeft(id);
    },
    START_MS,
  );
});

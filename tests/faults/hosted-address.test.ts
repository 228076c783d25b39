// The registration of an agent that is hosted on Akash says where the agent answers, wherever that goes:
// to another provider, to no place at all and back, with one transaction for each.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { OWNER, readSettings } from '@371os/kernel';
import akashPlugin from '@371os/plugin-akash';
import lifecyclePlugin, { lifecycleOf, type AgentRecord } from '@371os/plugin-lifecycle';
import registryPlugin, {
  didOf,
  openNetwork,
  registryOf,
  registrySettings,
  type Published,
} from '@371os/plugin-registry';
import resiliencePlugin, { resilienceOf } from '@371os/plugin-resilience';
import { startTestNetworks, type TestNetworks } from '../registry/agent-fixture.ts';
import { RoutedCompany } from '../router/company-fixture.ts';
import { eventually } from '../support/eventually.ts';
import { startSmallAgents, type SmallAgents } from '../support/small-agents.ts';

const START_MS = 240_000;
const LONG_MS = 60_000;
const NAME = 'Analyst';
const SWEEP_MS = 1_000;

let networks: TestNetworks;
let akash: SmallAgents;
let company: RoutedCompany;
let desk: Awaited<ReturnType<Awaited<ReturnType<typeof lifecycleOf>>['desk']>>;

beforeAll(async () => {
  networks = await startTestNetworks();
  akash = await startSmallAgents();
  process.env['LIFECYCLE_SECRET'] = 'what-all-tokens-of-hosted-agents-are-made-of';
  company = await RoutedCompany.start(
    {
      ...{ ...networks.settings, REGISTRY_INDEX_MS: '86400000', REGISTRY_HEARTBEAT_MS: '86400000' },
      ...{ ...akash.settings, AKASH_MORE_BIDS_MS: '300', AKASH_WATCH_MS: '500' },
      ...{ TREASURY_AKASH_CAP_USD: '1000', LIFECYCLE_SWEEP_MS: String(SWEEP_MS) },
      RESILIENCE_SCALING_EVERY_MS: '600000',
    },
    [registryPlugin, akashPlugin, lifecyclePlugin, resiliencePlugin],
  );
  desk = await (await lifecycleOf(company.agent('Front Desk'))).desk();
  await desk.create({ name: NAME, hosting: 'akash' }, { requester: OWNER }, true);
  await eventually(async () => {
    expect(await desk.find(NAME)).toMatchObject({ state: 'ready', progress: '' });
  }, LONG_MS);
}, START_MS);

afterAll(async () => {
  delete process.env['LIFECYCLE_SECRET'];
  await company.stop();
  await akash.stop();
  await networks.stop();
}, START_MS);

async function instances() {
  return (await lifecycleOf(company.agent('Front Desk'))).hostedInstances();
}

async function published(): Promise<Published | undefined> {
  const { id } = await desk.find(NAME);
  const { publications } = await (await registryOf(company.agent('Front Desk'))).account();
  return (await publications.agent(didOf(id)))?.published;
}

/** How often the chain was told where its file is. */
async function changes(): Promise<number> {
  const direct: Record<string, string> = networks.settings;
  const { identities } = openNetwork(readSettings(registrySettings, (key) => direct[key]));
  const agentId = (await published())?.agentId;
  const events = await identities.events({ fromBlock: 0 });
  return events.filter((event) => event.kind === 'uri' && event.agentId === agentId).length;
}

/** Waits until the company and the registry know of a place, or of none. */
async function knownAt(dseq: string | undefined): Promise<AgentRecord> {
  await eventually(async () => {
    expect((await desk.find(NAME)).placement?.dseq).toBe(dseq);
    expect((await published())?.profile.deployment?.['dseq']).toBe(dseq);
    const { registration } = await desk.find(NAME);
    expect(registration?.cid).toBe((await published())?.cid);
  }, LONG_MS);
  return desk.find(NAME);
}

/** Nothing more is published by the looks that follow. */
async function staysAt(count: number): Promise<void> {
  const endMs = performance.now() + 3 * SWEEP_MS;
  await eventually(async () => {
    expect(await changes()).toBe(count);
    expect(performance.now()).toBeGreaterThan(endMs);
  });
}

describe('the registration of an agent on Akash', () => {
  test(
    'says the new address after a failover, in one transaction',
    async () => {
      const before = await changes();
      const [old] = akash.open();
      const { failovers } = await resilienceOf(company.agent('Front Desk'));
      const [moved] = await failovers.failOver(NAME, OWNER);
      await company.tasks.waitFor(moved?.task.id ?? '');
      const [dseq] = akash.open();
      expect(dseq).not.toBe(old);
      const { placement } = await knownAt(dseq);
      expect((await published())?.profile).toMatchObject({
        ...{ status: 'active', services: [{ name: 'web', endpoint: placement?.endpoint }] },
        deployment: { provider: placement?.provider },
      });
      expect(await company.command(`/status ${NAME}`)).toContain(placement?.endpoint);
      await staysAt(before + 1);
    },
    START_MS,
  );

  test(
    'says that it cannot be reached while it has no place, and is active at the next one',
    async () => {
      const before = await changes();
      await (await instances()).close(NAME, 0, 0);
      const asleep = await knownAt(undefined);
      expect(asleep).toMatchObject({ state: 'ready', registration: { status: 'active' } });
      expect((await published())?.profile).toMatchObject({ status: 'paused', services: [] });
      await (await instances()).open(NAME, 0);
      await eventually(() => {
        expect(akash.open()).toHaveLength(1);
        return Promise.resolve();
      }, LONG_MS);
      const { placement } = await knownAt(akash.open()[0]);
      expect((await published())?.profile).toMatchObject({
        ...{ status: 'active', services: [{ name: 'web', endpoint: placement?.endpoint }] },
      });
      await staysAt(before + 2);
    },
    START_MS,
  );

  test(
    'is not changed by what was made of an earlier one',
    async () => {
      const { id } = await desk.find(NAME);
      const { publications } = await (await registryOf(company.agent('Front Desk'))).account();
      const { sequence, profile } = (await published())!;
      const wish = (description: string) => ({
        did: didOf(id),
        name: NAME,
        profile: { ...profile, description },
      });
      const plans = await Promise.all(
        ['first', 'second'].map((one) => publications.plan(wish(one), 'update', sequence)),
      );
      const states: string[] = [];
      for (const [index, plan] of plans.entries()) {
        const begun = { id: `follow-up-${String(index)}`, plan, requesterId: OWNER.id };
        states.push(
          (await company.tasks.waitFor((await publications.beginWithin(begun)).id)).state,
        );
      }
      expect(states).toEqual(['COMPLETED', 'FAILED']);
      expect((await published())?.profile.description).toBe('first');
    },
    START_MS,
  );

  test(
    'says that it has ended, though it was moved in the same moment',
    async () => {
      const { failovers } = await resilienceOf(company.agent('Front Desk'));
      const [moved] = await failovers.failOver(NAME, OWNER);
      await company.tasks.waitFor(moved?.task.id ?? '');
      const { approval } = await desk.retire(NAME, undefined, { requester: OWNER });
      await company.treasury.grant(approval.id, { principal: OWNER });
      await eventually(async () => {
        expect(await desk.find(NAME)).toMatchObject({ state: 'stopped' });
      }, LONG_MS);
      const count = await changes();
      await staysAt(count);
      expect((await published())?.profile).toMatchObject({ status: 'retired', services: [] });
      expect((await desk.find(NAME)).registration).toMatchObject({ status: 'retired' });
    },
    START_MS,
  );
});

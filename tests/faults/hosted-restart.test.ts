// An agent that is hosted on Akash is restarted through chat: at a new place of the plan that was approved,
// with what it knew and what it was at, and never with two copies of it.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CompanyClient } from '@371os/client';
import { OWNER, readSettings } from '@371os/kernel';
import akashPlugin from '@371os/plugin-akash';
import lifecyclePlugin, {
  lifecycleOf,
  tokensFrom,
  type AgentRecord,
} from '@371os/plugin-lifecycle';
import registryPlugin, {
  didOf,
  openNetwork,
  registryOf,
  registrySettings,
} from '@371os/plugin-registry';
import { startTestNetworks, type TestNetworks } from '../registry/agent-fixture.ts';
import { RoutedCompany } from '../router/company-fixture.ts';
import { eventually } from '../support/eventually.ts';
import { registrationsOf } from '../support/lifecycle-process.ts';
import { startSmallAgents, type SmallAgents } from '../support/small-agents.ts';

const START_MS = 240_000;
const LONG_MS = 60_000;
const SECRET = 'what-all-tokens-of-hosted-agents-are-made-of';
const NAME = 'Analyst';
const ASKED = { requester: OWNER };
const MEMORY = { rooms: [{ id: 'main' }], memories: { facts: [{ id: 'f1', text: '12 chairs' }] } };

let networks: TestNetworks;
let akash: SmallAgents;
let company: RoutedCompany;
let desk: Awaited<ReturnType<Awaited<ReturnType<typeof lifecycleOf>>['desk']>>;

beforeAll(async () => {
  networks = await startTestNetworks();
  akash = await startSmallAgents();
  process.env['LIFECYCLE_SECRET'] = SECRET;
  company = await RoutedCompany.start(
    {
      ...{ ...networks.settings, REGISTRY_INDEX_MS: '86400000', REGISTRY_HEARTBEAT_MS: '86400000' },
      ...{ ...akash.settings, AKASH_MORE_BIDS_MS: '300', TREASURY_AKASH_CAP_USD: '1000' },
      ...{ LIFECYCLE_SWEEP_MS: '1000', LIFECYCLE_DRAIN_MS: '500' },
    },
    [registryPlugin, akashPlugin, lifecyclePlugin],
  );
  desk = await (await lifecycleOf(company.agent('Front Desk'))).desk();
  await desk.create({ name: NAME, hosting: 'akash' }, ASKED, true);
  await ready(NAME);
}, START_MS);

afterAll(async () => {
  delete process.env['LIFECYCLE_SECRET'];
  await company.stop();
  await akash.stop();
  await networks.stop();
}, START_MS);

async function ready(name: string): Promise<AgentRecord> {
  await eventually(async () => {
    expect(await desk.find(name)).toMatchObject({ state: 'ready', progress: '' });
  }, LONG_MS);
  return desk.find(name);
}

function thereOf({ id, generation, placement }: AgentRecord): CompanyClient {
  const token = tokensFrom(SECRET)({ id, generation });
  return new CompanyClient({ url: placement?.endpoint ?? '', token });
}

async function retire(name: string): Promise<string> {
  const { approval } = await desk.retire(name, undefined, ASKED);
  return company.treasury.grant(approval.id, { principal: OWNER });
}

async function statesOf(name: string): Promise<string[]> {
  return (await desk.status(name, OWNER)).journal.map(({ to }) => to);
}

function refunded(before: AgentRecord): void {
  const { dseq = '' } = before.placement ?? {};
  const { chain, tenant } = akash.devnet;
  const closed = chain.state.deployments.all(tenant.address).find((one) => one.dseq === dseq);
  expect(closed?.state).toBe('closed');
}

test('what an agent on Akash has logged is asked of its provider', async () => {
  await eventually(async () => {
    expect(await desk.logs(NAME, 5)).toEqual([`Answers as ${NAME}.`]);
  });
});

describe('an agent on Akash is restarted', () => {
  test(
    'at a new place, as the same agent, with its memory and the task that it is at',
    async () => {
      const before = await desk.find(NAME);
      await thereOf(before).restoreMemory(MEMORY);
      const { id: taskId } = await company.tasks.submit({
        ...{ agent: NAME, text: 'count very slowly', roomId: crypto.randomUUID() },
        ...{ isConfidential: false, requester: { id: OWNER.id, role: 'owner' } },
      });
      await eventually(async () => {
        expect(akash.deedsOf(taskId)).toEqual([expect.stringMatching(/^begins/)]);
        expect(await desk.find(NAME)).toMatchObject({ state: 'busy' });
      });
      expect(await company.command(`restart the agent ${NAME}`)).toMatch(
        /Analyst \(AGENT\) is (ready|busy) on Akash at http:\S+ again\./,
      );
      const after = await desk.find(NAME);
      expect(after.placement?.dseq).not.toBe(before.placement?.dseq);
      expect(after).toMatchObject({
        ...{ id: before.id, generation: before.generation, progress: '' },
        registration: { number: before.registration?.number, status: 'active' },
      });
      expect(akash.open()).toEqual([after.placement?.dseq]);
      expect(akash.leased()).toEqual(akash.open());
      refunded(before);
      expect(akash.copiesOf(after.id)).toEqual([1, 0, 1]);
      expect(await thereOf(after).saveMemory()).toEqual(MEMORY);
      await eventually(async () => {
        const { state, answer } = await company.tasks.get(taskId);
        expect({ state, answer }).toEqual({
          ...{ state: 'COMPLETED', answer: 'Done there: count very slowly' },
        });
      }, LONG_MS);
      expect(akash.deedsOf(taskId).map((deed) => deed.split(' ')[0])).toEqual([
        ...['begins', 'canceled', 'begins', 'ends'],
      ]);
      expect((await statesOf(NAME)).join(' ')).toMatch(/busy draining initialising ready/);
    },
    START_MS,
  );

  test('and its registration, still the one, says where it answers now', async () => {
    const { id, placement } = await desk.find(NAME);
    const direct: Record<string, string> = networks.settings;
    const network = openNetwork(readSettings(registrySettings, (key) => direct[key]));
    expect(await registrationsOf(network, id)).toBe(1);
    const { publications } = await (await registryOf(company.agent('Front Desk'))).account();
    const known = await publications.agent(didOf(id));
    expect(known?.published?.profile).toMatchObject({
      ...{ status: 'active', services: [{ name: 'web', endpoint: placement?.endpoint }] },
      deployment: { dseq: placement?.dseq },
    });
  });

  test(
    'once, though it is asked for twice',
    async () => {
      const before = await desk.find(NAME);
      const begun = await Promise.allSettled([
        desk.restart(NAME, ASKED),
        desk.restart(NAME, ASKED),
      ]);
      expect(begun.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      expect(await company.command(`/restart ${NAME}`)).toMatch(/cannot be restarted now/);
      const after = await ready(NAME);
      expect(after.placement?.dseq).not.toBe(before.placement?.dseq);
      expect(akash.copiesOf(after.id)).toEqual([1, 0, 1, 0, 1]);
      expect(akash.open()).toEqual([after.placement?.dseq]);
    },
    START_MS,
  );

  test(
    'or ends, when somebody has it retired meanwhile, with no place left',
    async () => {
      await desk.restart(NAME, ASKED);
      await eventually(async () => {
        expect(await desk.find(NAME)).toMatchObject({ state: 'initialising' });
      }, LONG_MS);
      expect(await retire(NAME)).toContain('Analyst has ended');
      expect(await desk.find(NAME)).toMatchObject({
        ...{ state: 'stopped', registration: { status: 'retired' } },
      });
      await eventually(async () => {
        expect(akash.open()).toEqual([]);
        expect((await desk.find(NAME)).placement).toBeUndefined();
      });
      expect(akash.copiesOf((await desk.find(NAME)).id).at(-1)).toBe(0);
    },
    START_MS,
  );

  test(
    'in a life after that, too',
    async () => {
      await desk.create({ name: NAME, from: NAME }, ASKED, true);
      const before = await ready(NAME);
      expect(await company.command(`/restart ${NAME}`)).toMatch(/is ready on Akash .* again\./);
      const after = await desk.find(NAME);
      expect(after.generation).toBe(before.generation);
      expect(akash.open()).toEqual([after.placement?.dseq]);
      refunded(before);
      expect(await thereOf(after).saveMemory()).toEqual(MEMORY);
      expect(await retire(NAME)).toMatch(
        /Its deployment \d+ is closed; \d+ uact of its deposit came back/,
      );
      expect(akash.open()).toEqual([]);
    },
    START_MS,
  );
});

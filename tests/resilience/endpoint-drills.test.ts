import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, test } from '@jest/globals';
import { cutOffOrigins, Fallbacks, OWNER, type Principal } from '@371os/kernel';
import lifecyclePlugin from '@371os/plugin-lifecycle';
import resiliencePlugin, {
  drillDeskOf,
  EndpointSite,
  resilienceOf,
  type ClassRisk,
  type DependencyClass,
  type Drill,
} from '@371os/plugin-resilience';
import { treasuryOf } from '@371os/plugin-treasury';
import { RegistryAgent, startTestNetworks, type TestNetworks } from '../registry/agent-fixture.ts';
import { eventually } from '../support/eventually.ts';
import { startTestIpfs, type TestIpfs } from '../support/ipfs-devnet.ts';
import { RpcProxy } from '../support/rpc-proxy.ts';

const START_MS = 120_000;
const ADMIN: Principal = { id: 'telegram:7', role: 'admin', proof: 'platform' };

let networks: TestNetworks;
let second: TestIpfs;
let road: RpcProxy;
let agent: RegistryAgent;
const calls: string[] = [];
/** What has come through while a drill cut the way off, and when. */
const leaks: { call: string; atMs: number }[] = [];
// What was sent just before the way was cut may come just after it.
const ON_ITS_WAY_MS = 500;
const TWO_RESTS_MS = 60_000;

beforeAll(async () => {
  networks = await startTestNetworks();
  second = await startTestIpfs();
  road = await RpcProxy.start(networks.evm.addresses.rpcUrl);
  road.watch = (call, when) => {
    const isCutOff = cutOffOrigins().of(road.url) !== undefined;
    if (when === 'after') return true;
    if (isCutOff) leaks.push({ call, atMs: Date.now() });
    else calls.push(call);
    return true;
  };
  // Of the lifecycle its tables are enough: nobody else shares this database.
  const { name, description, schema } = lifecyclePlugin;
  agent = await RegistryAgent.start(
    'Rex',
    {
      ...networks.settings,
      REGISTRY_RPC_URL: road.url,
      REGISTRY_RPC_FALLBACKS: elsewhere(networks.evm.addresses.rpcUrl),
      IPFS_API_FALLBACKS: elsewhere(second.apiUrl),
      REGISTRY_TIMEOUT_MS: '1000',
      RESILIENCE_CRITICAL: 'chain RPC,storage',
      RESILIENCE_PROBE_MS: '200',
    },
    [{ name, description, schema: schema! }, resiliencePlugin],
  );
  await resilienceOf(agent.runtime);
}, START_MS);
afterAll(async () => {
  await agent.runtime.stop();
  await road.stop();
  // The last test has ended the IPFS nodes.
  await networks.evm.stop();
  for (const { directory } of [networks.ipfs, second]) rmSync(directory, { recursive: true });
}, START_MS);

// Another host, to whoever goes by names.
function elsewhere(url: string): string {
  return url.replace('127.0.0.1', 'localhost');
}

async function approved(request: string): Promise<Drill> {
  const said = await agent.ask(ADMIN, request);
  expect(said).toMatch(/Plan \(nothing is done yet\)/);
  const id = /\/approve (\w+)/.exec(said)?.[1] ?? '';
  const { approvals } = await treasuryOf(agent.runtime);
  await approvals.grant(id, { principal: OWNER });
  let drill: Drill | undefined;
  await eventually(async () => {
    const all = await (await drillDeskOf(agent.runtime)).list(OWNER);
    drill = all.find((one) => one.id === id);
    expect(drill?.endedAtMs).toBeDefined();
    // The record is first, and each process heeds it.
    const { target } = drill!.plan;
    expect('origin' in target && cutOffOrigins().of(target.origin)).toBeUndefined();
  });
  return drill!;
}

const risks = async () => {
  const { measures } = await resilienceOf(agent.runtime);
  const { platformDependencyRisk: risk } = await measures.report();
  const of = (name: DependencyClass): ClassRisk =>
    risk.classes.find(({ dependency }) => dependency === name)!;
  return { ...risk, of };
};

describe('a drill of nodes', () => {
  it(
    'blackhole: the other node of the chain answers, and the first hears nothing',
    async () => {
      const { chain } = agent.registry.network;
      await chain.head();
      expect(calls).toContain('eth_getBlockByNumber');
      const drill = await approved('Run a blackhole drill on chain RPC for 20 s');
      expect(drill).toMatchObject({ state: 'succeeded' });
      expect(drill.plan.target).toMatchObject({ type: 'endpoint', origin: road.url });
      expect(drill.recoveredMs).toBeGreaterThanOrEqual(drill.detectedMs!);
      // The time-out of the adapter is a second: it was waited for, and then the other one asked.
      expect(drill.recoveredMs).toBeGreaterThan(900);
      // The probes go on: what is outside is to be known whatever is drilled.
      const cutAtMs = drill.begunAtMs! + ON_ITS_WAY_MS;
      const leaked = leaks.filter(({ call, atMs }) => call !== 'eth_chainId' && atMs > cutAtMs);
      expect(leaked).toEqual([]);
      await eventually(async () => {
        await chain.head();
        expect(agent.registry.network.nodes.chain.answeredBy).toBe(road.url);
      }, TWO_RESTS_MS);
      expect((await risks()).of('chain RPC').drilledAtMs).toBe(drill.endedAtMs);
    },
    START_MS,
  );

  it(
    'provider gone: content is kept and read at the other node, and is at the first again',
    async () => {
      const { content } = agent.registry.network;
      const drill = await approved('/drill provider gone IPFS 20');
      expect(drill).toMatchObject({ state: 'succeeded' });
      // On a busy machine an answer may be late, which has a node asked last for half a minute.
      await eventually(async () => {
        const cid = await content.add(Buffer.from('after the drill'));
        const read = await content.read(cid, { maxBytes: 100, timeoutMs: 1_000 });
        expect(Buffer.from(read).toString()).toBe('after the drill');
        expect(agent.registry.network.nodes.ipfs.answeredBy).toBe(networks.ipfs.apiUrl);
      }, TWO_RESTS_MS);
      expect((await risks()).of('storage').drilledAtMs).toBe(drill.endedAtMs);
    },
    START_MS,
  );

  it('says in its plan what answers instead, and shows no key of an address', async () => {
    const said = await agent.ask(ADMIN, '/drill blackhole EVM 20');
    expect(said).toContain(`calls to ${road.url}, which serves EVM`);
    expect(said).toContain('the calls of everybody here go there meanwhile');
    const nodes = new Fallbacks({
      addresses: ['https://a.example/v3/a-secret-key', 'https://b.example/another'],
    });
    const target = await siteOf(nodes).plan(wish('storage'));
    expect(target).toMatchObject({ origin: 'https://a.example', others: ['https://b.example'] });
  });
});

const wish = (target: string) => ({ kind: 'blackhole', target, seconds: 20 }) as const;

function siteOf(...pools: Fallbacks[]): EndpointSite {
  return new EndpointSite({
    heedFaults: () => Promise.resolve(),
    pools: () =>
      Promise.resolve(
        pools.map((nodes, at) => ({
          ...{
            dependency: 'storage',
            purpose: `IPFS ${String(at)}`,
            nodes,
            setting: 'THE_SETTING',
          },
          ask: () => Promise.resolve(),
        })),
      ),
  });
}

describe('what is refused, with the reason', () => {
  it.each([
    ['database', /one address of its database.*proxy/s],
    ['DNS', /by the operating system.*second resolver/s],
    ['registry', /one contract/],
    ['region', /with all its providers.*hosted agent/s],
    ['compute provider', /Name a hosted agent/],
  ])('%s', async (target, sentence) => {
    expect(await agent.ask(ADMIN, `/drill blackhole ${target} 20`)).toMatch(sentence);
  });

  it('a class that has no second node, or more than one pool', async () => {
    const alone = new Fallbacks({ addresses: ['http://a.example/1', 'http://a.example/2'] });
    await expect(siteOf(alone).plan(wish('ipfs'))).rejects.toThrow(
      /no other node could take the place.*Set THE_SETTING to a second one/,
    );
    const both = new Fallbacks({ addresses: ['http://a.example', 'http://b.example'] });
    await expect(siteOf(both, alone).plan(wish('storage'))).rejects.toThrow(
      /several. There are: IPFS 0, IPFS 1/,
    );
    await expect(siteOf().plan(wish('storage'))).rejects.toThrow(/no storage is configured/);
    expect(await siteOf(both).plan(wish('openai'))).toBeUndefined();
  });
});

test('an endpoint counts while its probe says that it serves', async () => {
  await eventually(async () => {
    const { of } = await risks();
    expect(of('storage')).toMatchObject({ effectiveSuppliers: 2, n: 2 });
    expect(of('chain RPC')).toMatchObject({ effectiveSuppliers: 2 });
  });
  expect((await risks()).level).toBe('medium');
  await second.pause();
  await eventually(async () => {
    const { of, limitingClass, level } = await risks();
    expect(of('storage')).toMatchObject({
      ...{ effectiveSuppliers: 1, level: 'high' },
      source: 'endpoints that answer their probes; localhost does not answer',
    });
    expect({ limitingClass, level }).toEqual({ limitingClass: 'storage', level: 'high' });
  });
  await networks.ipfs.pause();
  await eventually(async () => {
    expect((await risks()).of('storage')).toMatchObject({
      ...{ effectiveSuppliers: 0, reasons: ['nobody serves it now'], suppliers: [] },
    });
  });
  expect(await agent.ask(ADMIN, '/resilience')).toMatch(
    /storage \(critical\): high, 0 effective suppliers; nobody serves it now; from endpoints that answer their probes; .* does not answer/,
  );
});

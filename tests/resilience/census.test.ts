import { describe, expect, it, test } from '@jest/globals';
import type { Workplace } from '@371os/plugin-lifecycle';
import { classRisk, type ClassCensus, type DependencyClass } from '@371os/plugin-resilience';
import { ComputeCensus } from '../../plugins/plugin-resilience/src/adapters/compute-census.ts';
import { crossCommunityRedundancy } from '../../plugins/plugin-resilience/src/domain/redundancy.ts';
import { DnsCensus } from '../../plugins/plugin-resilience/src/adapters/dns-census.ts';
import {
  EndpointCensus,
  type Sight,
} from '../../plugins/plugin-resilience/src/adapters/endpoint-census.ts';
import {
  ModelCensus,
  type ModelsOf,
} from '../../plugins/plugin-resilience/src/adapters/model-census.ts';

const home = { node: 'north', machine: 'vm', region: 'eu' };

function suppliersOf(classes: readonly ClassCensus[], dependency: DependencyClass): unknown {
  const found = classes.find((one) => one.dependency === dependency);
  return found?.pools.map(({ suppliers }) => suppliers.map(({ name, weight }) => [name, weight]));
}

describe('the census of models', () => {
  const gateway = (resting: readonly string[], ...ids: string[]): ModelsOf => ({
    models: () => ({
      models: ids.map((id) => ({
        ...{ id, contextTokens: undefined },
        isLocal: id.startsWith('ollama'),
        hasKnownPrice: !id.endsWith('unpriced'),
      })),
      slots: { private: [], cheap: [], default: [], quality: [], long: [] },
    }),
    restingModels: () => resting.map((model) => ({ model, reason: 'rests' })),
  });
  const call = (provider: string, answered: number, failed = 0) => ({
    ...{ provider, model: 'm', answered, failed },
  });

  it('counts calls that were answered, those on this machine as its own', async () => {
    const census = new ModelCensus({
      home,
      calls: async () => [call('openai', 6, 3), call('ollama', 2), call('gone', 0, 9)],
      gateways: () => [gateway([], 'openai:a', 'ollama:b'), gateway([], 'anthropic:c')],
    });
    const { classes } = await census.take();
    expect(suppliersOf(classes, 'model provider')).toEqual([
      [
        ['openai', 6],
        ['vm', 2],
        ['gone', 0],
      ],
    ]);
    expect(classes[0]?.couldUse).toEqual(['anthropic:c']);
  });

  it('takes models that rest or have no price for ill, and a reseller to fail with its vendor', async () => {
    const census = new ModelCensus({
      home,
      calls: () => undefined,
      gateways: () => [
        gateway(['openai:a'], 'openai:a', 'openrouter:anthropic/c', 'ollama:b', 'x:unpriced'),
      ],
    });
    const { capabilities, classes } = await census.take();
    expect(classes[0]?.absent).toMatch(/^There is no ledger/);
    const [{ instances } = { instances: [] }] = capabilities;
    expect(instances).toMatchObject([
      { name: 'openai:a', operator: 'openai', isHealthy: false },
      { operator: 'anthropic', provider: 'openrouter', isHealthy: true },
      { operator: 'north', provider: 'vm', region: 'eu', isHealthy: true },
      { name: 'x:unpriced', isHealthy: false },
    ]);
  });

  it('has nothing to lose where no model is configured', async () => {
    const notUp: ModelsOf = {
      ...gateway([]),
      models: () => {
        throw new RangeError('not up');
      },
    };
    const census = new ModelCensus({ home, calls: async () => [], gateways: () => [notUp] });
    expect(await census.take()).toMatchObject({ capabilities: [] });
  });
});

describe('the census of computers', () => {
  const agent = (name: string, more: Partial<Workplace> = {}): Workplace => ({
    ...{ name, role: 'CFO', kind: 'here', place: 'vm', region: undefined, deploymentId: undefined },
    ...more,
  });
  const lease = (provider: string, region?: string) => ({ provider, region }) as never;

  it('counts agents where they run, and leases that are no agent', async () => {
    const census = new ComputeCensus({
      home,
      workplaces: async () => [
        agent('Maya'),
        agent('Zara', { role: 'CTO', kind: 'elsewhere', place: 'vm2' }),
        agent('Max', { kind: 'akash', place: 'akash1p', region: 'us', deploymentId: 'd1' }),
      ],
      places: async () => [],
      deployments: async () => [
        { id: 'd1', state: 'ACTIVE', placements: [lease('akash1p', 'us')] },
        { id: 'd2', state: 'ACTIVE', placements: [lease('akash1q'), lease('akash1p', 'us')] },
        { id: 'd3', state: 'CLOSED', placements: [lease('akash1z')] },
      ],
    });
    const { classes, capabilities } = await census.take();
    expect(suppliersOf(classes, 'compute provider')).toEqual([
      [
        ['vm', 1],
        ['vm2', 1],
        ['akash1p', 1],
        ['akash1q', 1],
        ['akash1p', 1],
      ],
    ]);
    expect(suppliersOf(classes, 'region')).toEqual([
      [
        ['eu', 1],
        ['eu', 1],
        ['us', 1],
        ['not known', 1],
        ['us', 1],
      ],
    ]);
    expect(capabilities).toMatchObject([
      {
        name: 'work of the CFO',
        instances: [
          { name: 'Maya', operator: 'north', provider: 'vm', region: 'eu' },
          { name: 'Max', operator: 'akash1p', provider: 'akash1p', region: 'us' },
        ],
      },
      { name: 'work of the CTO', instances: [{ operator: 'north', provider: 'vm2' }] },
    ]);
  });

  it('counts each place of a hosted agent as one more of it, and none without its lease', async () => {
    const at = (index: number, deploymentId: string, state: 'ready' | 'opening' = 'ready') => ({
      ...{ agent: 'Max', index, deploymentId, state },
    });
    const census = new ComputeCensus({
      home,
      workplaces: async () => [
        agent('Max', { kind: 'akash', place: 'akash1p', region: 'us', deploymentId: 'd1' }),
        agent('Nova', { role: 'CMO', kind: 'akash', place: 'akash1z', deploymentId: 'd4' }),
      ],
      places: async () => [at(0, 'd1'), at(1, 'd2'), at(2, 'd3', 'opening'), at(3, 'd5')],
      deployments: async () => [
        { id: 'd1', state: 'ACTIVE', placements: [lease('akash1p', 'us')] },
        { id: 'd2', state: 'ACTIVE', placements: [lease('akash1q', 'eu')] },
        { id: 'd3', state: 'DEPLOYING', placements: [] },
        { id: 'd4', state: 'DEPLOYING', placements: [lease('akash1z', 'us')] },
        { id: 'd5', state: 'CLOSED', placements: [lease('akash1y', 'us')] },
      ],
    });
    const { classes, capabilities } = await census.take();
    expect(suppliersOf(classes, 'compute provider')).toEqual([
      [
        ['akash1p', 1],
        ['akash1q', 1],
      ],
    ]);
    expect(capabilities).toEqual([
      {
        name: 'work of the CFO',
        instances: [
          { name: 'Max', operator: 'akash1p', provider: 'akash1p', region: 'us', isHealthy: true },
          {
            name: 'Max#1',
            operator: 'akash1q',
            provider: 'akash1q',
            region: 'eu',
            isHealthy: true,
          },
        ],
      },
      {
        name: 'work of the CMO',
        instances: [expect.objectContaining({ name: 'Nova', isHealthy: false })],
      },
    ]);
    expect(crossCommunityRedundancy(capabilities)).toMatchObject({ value: 0.5, minK: 0 });
  });

  it.each<[string, Partial<Workplace>, object]>([
    ['on the same machine', {}, { value: 0, minK: 1 }],
    ['on another machine that does not say where it is', { place: 'vm2' }, { value: 0, minK: 1 }],
    [
      'on a node of somebody else in the same region',
      { place: 'vm2', operator: 'south', region: 'eu' },
      { value: 0, minK: 1 },
    ],
    [
      'on a node of somebody else elsewhere',
      { place: 'vm2', operator: 'south', region: 'us' },
      { value: 1, minK: 2, removals: [] },
    ],
  ])('counts a replica %s for what it is worth', async (_where, replica, redundancy) => {
    const census = new ComputeCensus({
      home,
      workplaces: async () => [
        agent('Maya'),
        agent('Maya#1', { kind: 'place' in replica ? 'elsewhere' : 'here', ...replica }),
      ],
      ...{ places: async () => [], deployments: () => undefined },
    });
    const { capabilities } = await census.take();
    expect(capabilities).toMatchObject([{ instances: [{ name: 'Maya' }, { name: 'Maya#1' }] }]);
    expect(crossCommunityRedundancy(capabilities)).toMatchObject(redundancy);
  });

  test.each([
    [async () => [], /No agent is seen to work/],
    [() => undefined, /There is no roster/],
  ])('says when nobody works, or nobody knows', async (workplaces, absent) => {
    const census = new ComputeCensus({
      ...{ home, workplaces, places: () => undefined, deployments: () => undefined },
    });
    const { classes, capabilities } = await census.take();
    expect(classes[0]).toMatchObject({ absent: expect.stringMatching(absent), couldUse: [] });
    expect(suppliersOf(classes, 'compute provider')).toEqual([[]]);
    expect(capabilities).toEqual([]);
  });
});

describe('the census of endpoints', () => {
  const at = (purpose: string, address: string, ...probes: string[]) => ({
    ...{ purpose, address, probes },
  });
  const endpoints = {
    'chain RPC': [
      at('EVM 1', 'https://a.example/rpc', 'a'),
      at('EVM 1', 'https://a.example:8545', 'a8545'),
      at('EVM 1', 'https://b.example', 'b'),
      at('Akash', 'https://a.example:26657', 'akash'),
    ],
    registry: [at('identities', 'eip155:1:0x80', 'a', 'a8545', 'b')],
  };
  const census = async (...sights: Sight[]) => {
    const { classes } = await new EndpointCensus({
      endpoints: () => endpoints,
      sights: async () => sights,
    }).take();
    return {
      classes,
      of: (name: DependencyClass) => classes.find(({ dependency }) => dependency === name)!,
    };
  };
  const up = (name: string): Sight => ({ name, state: 'up' });
  const down = (name: string): Sight => ({ name, state: 'down' });

  it('has those of one host for one supplier, and those of another chain in another pool', async () => {
    const { classes, of } = await census(up('a'), up('a8545'), up('b'), up('akash'));
    expect(suppliersOf(classes, 'chain RPC')).toEqual([
      [
        ['a.example', 1],
        ['b.example', 1],
      ],
      [['a.example', 1]],
    ]);
    expect(suppliersOf(classes, 'registry')).toEqual([[['eip155:1:0x80', 1]]]);
    expect(of('chain RPC').source).toBe('endpoints that answer their probes');
    expect(of('storage')).toMatchObject({
      ...{ pools: [], absent: expect.stringContaining('IPFS_API_URL') },
    });
  });

  it('counts one while its probe says that it serves, and says of the others why not', async () => {
    const { of } = await census(down('a'), { ...up('a8545'), isEjected: true }, up('b'));
    expect(of('chain RPC')).toMatchObject({
      source:
        'endpoints that answer their probes; a.example does not answer; a.example was not probed yet',
      pools: [
        { name: 'EVM 1', suppliers: [{ name: 'b.example' }], isDown: false },
        { name: 'Akash', suppliers: [], isDown: false },
      ],
    });
    expect(of('registry').pools).toMatchObject([{ suppliers: [{ weight: 1 }], isDown: false }]);
  });

  it('tells a class that nobody serves from one that nobody has looked at', async () => {
    const terms = { nowMs: 0, drills: new Map([['registry', 0] as const]) };
    const risk = (part: ClassCensus) => classRisk(part, { ...terms, critical: new Set() });
    const lost = await census(down('a'), down('a8545'), down('b'));
    expect(risk(lost.of('registry'))).toMatchObject({
      ...{ level: 'high', effectiveSuppliers: 0, reasons: ['nobody serves it now'], n: 0 },
    });
    // The worst pool counts: nothing is known of Akash's, and all of the other is down.
    expect(risk(lost.of('chain RPC'))).toMatchObject({ level: 'high', pool: 'EVM 1' });
    const unseen = await census();
    expect(risk(unseen.of('registry'))).toMatchObject({
      ...{ level: null, effectiveSuppliers: null, reasons: ['It was not probed yet.'] },
    });
  });
});

test('the first resolver serves, the others could', async () => {
  const { classes } = await new DnsCensus(() => ['10.0.0.1', '10.0.0.2']).take();
  expect(suppliersOf(classes, 'DNS')).toEqual([[['10.0.0.1', 1]]]);
  expect(classes[0]?.couldUse).toEqual(['10.0.0.2']);
  expect((await new DnsCensus(() => []).take()).classes[0]?.pools).toEqual([
    { name: 'names', suppliers: [] },
  ]);
});

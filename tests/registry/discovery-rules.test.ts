import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseUsd } from '@371os/kernel';
import {
  aggregateFeedback,
  foldEvents,
  healthOf,
  NEWCOMER,
  profileOf,
  rankAgents,
  rateMetrics,
  readCriteria,
  readDiscoverRequest,
  readExecuteRequest,
  readMonitorRequest,
  readRating,
  readRatingRequest,
  recommendationsFor,
  registrationFileSchema,
  searchable,
  statisticsOf,
  termsOf,
  type AgentEvent,
  type Feedback,
  type IndexedAgent,
  type Measurement,
  type Tool,
} from '@371os/plugin-registry';

const NOW = 1_700_000_000_000;
const TRUSTED = new Set(['0xt1', '0xt2']);

const tool = (id: string, more: Partial<Tool> = {}): Tool => ({
  ...{ id, name: id, description: '', tags: [], inputSchema: undefined, outputSchema: undefined },
  ...{ pricePico: parseUsd('0.10'), priceText: '0.10 USDC', ...more },
});

const agent = (name: string, more: Partial<IndexedAgent> = {}): IndexedAgent => ({
  ...{ id: `eip155:1:0xr/${name}`, agentId: name, owner: `0x${name}`, wallet: undefined },
  ...{ cid: undefined, name, description: '', agentType: 'agent', isActive: true },
  ...{ promisesSigns: false, aliveUntilMs: undefined, blockNumber: 1, reputation: NEWCOMER },
  endpoints: [{ platform: 'mcp', url: 'https://a.example/mcp' }],
  tools: [tool('translate-text')],
  ...more,
});

const search = (agents: readonly IndexedAgent[], asked: Record<string, unknown> = {}) =>
  rankAgents(agents.map(searchable), readCriteria({ requirements: 'translate', ...asked }), NOW);
const names = (agents: readonly IndexedAgent[], asked?: Record<string, unknown>): string[] =>
  search(agents, asked).found.map((one) => one.agent.entry.name);

const said = (client: string, value: number, more: Partial<Feedback> = {}): Feedback => ({
  ...{ client, value: BigInt(value), decimals: 0, tag: 'starred', isRevoked: false, ...more },
});
const scoreOf = (feedback: Feedback[]): number => aggregateFeedback(feedback, TRUSTED).score;

describe('reputation', () => {
  it.each([
    ['nobody', [], 0.7, 0],
    ['one stranger', [said('0xa', 100)], (1.4 + 1) / 3, 1],
    ['zero is a rating', [said('0xa', 0)], 1.4 / 3, 1],
    ['a client has one voice, its mean', [said('0xa', 100), said('0xa', 0)], (1.4 + 0.5) / 3, 1],
    ['decimals', [said('0xa', 9_950, { decimals: 2 })], (1.4 + 0.995) / 3, 1],
    ['what was revoked', [said('0xa', 0, { isRevoked: true })], 0.7, 0],
    ['what is no rating', [said('0xa', 0, { tag: 'responseTime' })], 0.7, 0],
    ['what is out of range', [said('0xa', 101), said('0xb', -1)], 0.7, 0],
    ['the trusted', [said('0xt1', 0), said('0xt2', 0)], 1.4 / 4, 2],
  ])('of %s', (_what, feedback, score, raters) => {
    const reputation = aggregateFeedback(feedback, TRUSTED);
    expect(reputation.score).toBeCloseTo(score, 10);
    expect(reputation.raters).toBe(raters);
  });

  it('is not decided by one who says it often, nor by addresses that were made up', () => {
    const clients = fc.array(fc.integer({ min: 0, max: 100_000 }), { maxLength: 60 });
    fc.assert(
      fc.property(clients, fc.constantFrom(0, 100), fc.boolean(), (ids, value, isOne) => {
        const spam = ids.map((id) => said(isOne ? '0xspam' : `0x${String(id)}`, value));
        expect(scoreOf(spam)).toBeGreaterThanOrEqual(0.35);
        expect(scoreOf(spam)).toBeLessThanOrEqual(0.85 + 1e-9);
        const honest = [said('0xt1', 100 - value), said('0xt2', 100 - value)];
        const towardsHonest = value === 0 ? scoreOf(honest) : 1 - scoreOf(honest);
        expect(towardsHonest).toBeGreaterThan(0.5);
        const mixed = scoreOf([...spam, ...honest]);
        expect(value === 100 ? mixed < 0.7 : mixed > 0.5).toBe(true);
      }),
    );
  });

  it.each([
    [{ p95LatencyMs: 0, successShare: 1, averageCostUsd: 0 }, 1],
    [{ p95LatencyMs: 2_500, successShare: 0.5, averageCostUsd: 5 }, 0.5],
    [{ p95LatencyMs: 60_000, successShare: 0, averageCostUsd: 99 }, 0],
    [{ successShare: 0 }, 0],
    [{ p95LatencyMs: 2_500 }, 0.5],
    [{}, undefined],
  ])('of the metrics %j is %p', (metrics, rating) => {
    expect(rateMetrics(metrics)).toEqual(rating === undefined ? undefined : expect.closeTo(rating));
  });
});

describe('discovery', () => {
  it('finds newcomers with the defaults, and not those that were found wanting', () => {
    const bad = agent('bad', { reputation: { score: 0.69, raters: 3, trustedRaters: 0 } });
    const { found, leftOut } = search([agent('new'), bad]);
    expect(found.map((one) => one.agent.entry.name)).toEqual(['new']);
    expect(leftOut).toEqual({ reputation: 1 });
    expect(names([agent('new')], { minReputation: 0.8 })).toEqual([]);
    expect(names([bad], { minReputation: 0 })).toEqual(['bad']);
  });

  const priced = (name: string, price: string | undefined): IndexedAgent =>
    agent(name, {
      tools: [tool('translate', { pricePico: price === undefined ? undefined : parseUsd(price) })],
    });

  it.each([
    [
      'the price counts relative to the limit',
      [priced('dear', '0.9'), priced('cheap', '0.1')],
      {},
      ['cheap', 'dear'],
    ],
    [
      'free is a price, unknown is none',
      [priced('unknown', undefined), priced('free', '0')],
      {},
      ['free', 'unknown'],
    ],
    [
      'a limit of 0 leaves what is free',
      [priced('free', '0'), priced('dear', '0.01')],
      { maxCost: 0 },
      ['free'],
    ],
    [
      'at the limit is within it',
      [priced('a', '0.25'), priced('b', '0.250000000001')],
      { maxCost: 0.25 },
      ['a'],
    ],
    [
      'preferred ones come first',
      [priced('a', '0'), priced('b', '1')],
      { preferredProviders: 'b' },
      ['b', 'a'],
    ],
    [
      'excluded ones do not come',
      [priced('a', '0'), priced('b', '1')],
      { excludedProviders: ['0xa'] },
      ['b'],
    ],
    [
      'by type',
      [agent('a', { agentType: 'officer' }), agent('b')],
      { agentType: 'Officer' },
      ['a'],
    ],
    [
      'by platform',
      [agent('a', { endpoints: [{ platform: 'a2a', url: 'https://a.example' }] }), agent('b')],
      { platforms: 'a2a' },
      ['a'],
    ],
    ['by words', [agent('a'), agent('b', { tools: [tool('invoice')] })], {}, ['a']],
    ['plurals are the same word', [agent('a', { tools: [tool('translates')] })], {}, ['a']],
    ['only what works', [agent('a', { isActive: false }), agent('b')], {}, ['b']],
    [
      'what does not work, when asked',
      [agent('a', { isActive: false })],
      { activeOnly: 'false' },
      ['a'],
    ],
    ['no sign of life in time', [agent('a', { promisesSigns: true, aliveUntilMs: NOW })], {}, []],
    ['a sign of life', [agent('a', { promisesSigns: true, aliveUntilMs: NOW + 1 })], {}, ['a']],
  ])('%s', (_rule, agents, asked, expected) => {
    expect(names(agents, asked)).toEqual(expected);
  });

  it('explains each score: terms from 0 to 1 that add up to it', () => {
    const platforms = ['mcp', 'a2a', 'web'] as const;
    const endpoints = platforms.map((platform) => ({ platform, url: 'https://x.example' }));
    const reputation = { score: 0.9, raters: 9, trustedRaters: 9 };
    const tools = [tool('translate', { pricePico: parseUsd('0.5') })];
    const [one] = search([agent('a', { endpoints, tools, reputation })]).found;
    expect(termsOf(one!, readCriteria({ requirements: 'translate' }))).toEqual({
      reputation: { value: 0.9, weight: 0.4 },
      price: { value: 0.5, weight: 0.3 },
      platforms: { value: 1, weight: 0.3 },
    });
    expect(one!.score).toBeCloseTo(0.4 * 0.9 + 0.3 * 0.5 + 0.3);
  });

  it('counts all that fit, and keeps the best hundred in order', () => {
    const prices = fc.array(fc.integer({ min: 0, max: 999 }), { minLength: 101, maxLength: 150 });
    fc.assert(
      fc.property(prices, (each) => {
        const agents = each.map((price, index) => {
          const tools = [tool('translate', { pricePico: BigInt(price) * 10n ** 9n })];
          return agent(`n${String(index)}`, { tools });
        });
        const { found, totalFound } = search(agents);
        const kept = found.map((one) => Number(one.fit.tool!.pricePico! / 10n ** 9n));
        expect(totalFound).toBe(each.length);
        expect(kept).toEqual(each.toSorted((left, right) => left - right).slice(0, 100));
      }),
      { numRuns: 20 },
    );
  });

  it('keeps every score within 0 and 1, whatever agents there are', () => {
    const some = fc.record({
      price: fc.option(fc.bigInt({ min: 0n, max: 10n ** 14n }), { nil: undefined }),
      score: fc.double({ min: 0, max: 1, noNaN: true }),
      maxCost: fc.double({ min: 0, max: 100, noNaN: true }),
    });
    fc.assert(
      fc.property(some, ({ price, score, maxCost }) => {
        const tools = [tool('translate', { pricePico: price })];
        const reputation = { score, raters: 1, trustedRaters: 0 };
        for (const found of search([agent('a', { tools, reputation })], {
          maxCost,
          minReputation: 0,
        }).found) {
          expect(found.score).toBeGreaterThanOrEqual(0);
          expect(found.score).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  it.each([
    ['12', { maxCost: '12' }],
    ['no amount', { maxCost: 'much' }],
    ['out of range', { minReputation: 2 }],
    ['no such platform', { platforms: 'smoke' }],
    ['no words', { requirements: ' ' }],
  ])('refuses nonsense: %s', (what, asked) => {
    const read = () => readCriteria({ requirements: 'x', ...asked });
    if (what === '12') expect(read().maxCostPico).toBe(parseUsd('12'));
    else expect(read).toThrow(/^That cannot be done/);
  });
});

describe('an agent by its file and events', () => {
  const file = registrationFileSchema.parse({
    type: 'https://eips.ethereum.org/EIPS/eip-8004#registration-v1',
    name: 'Lingua',
    services: [
      { name: 'MCP', endpoint: 'https://l.example/mcp', skills: ['sing', 'translate'] },
      { name: 'email', endpoint: 'l@l.example' },
    ],
    capabilities: [
      { toolId: 'translate', name: 'Translate', costModel: { basePrice: '0', currency: 'ETH' } },
      { toolId: 'write', name: 'Write' },
    ],
    economics: { basePrice: '2', currency: 'AKT' },
  });

  it('has the tools, endpoints and prices that its file names', () => {
    const { tools, endpoints, isActive } = profileOf(file, 'bafy');
    expect(endpoints).toEqual([{ platform: 'mcp', url: 'https://l.example/mcp' }]);
    expect(isActive).toBe(true);
    expect(tools.map(({ id, pricePico, priceText }) => [id, pricePico, priceText])).toEqual([
      ['translate', 0n, '0 ETH'],
      ['write', undefined, '2 AKT'],
      ['sing', undefined, '2 AKT'],
    ]);
  });

  it('is what its events come to, and nothing before it is registered', () => {
    const events: AgentEvent[] = [
      { kind: 'transfer', to: '0xA' },
      { kind: 'registered', uri: 'u1', owner: '0xA' },
      { kind: 'metadata', key: 'k', value: '0x01' },
      { kind: 'feedback', client: '0xc', index: '1', value: '80', decimals: 0, tag: '' },
      { kind: 'uri', uri: 'u2' },
      { kind: 'transfer', to: '0xB' },
      { kind: 'revoked', client: '0xc', index: '1' },
    ];
    expect(foldEvents(events)).toMatchObject({
      owner: '0xB',
      uri: 'u2',
      metadata: { k: '0x01' },
      feedback: [{ isRevoked: true }],
    });
    expect(foldEvents(events.slice(0, 1))).toBeUndefined();
    expect(
      foldEvents([...events, { kind: 'transfer', to: `0x${'0'.repeat(40)}` }]),
    ).toBeUndefined();
  });
});

describe('the network', () => {
  const call = (latencyMs: number, isSuccess = true, name = 'a', cost = '0.01'): Measurement => ({
    ...{ agent: name, latencyMs, isSuccess, costPico: parseUsd(cost) },
  });
  const counts = { registered: 50, active: 50, failing: 0 };

  it('has no figures where nothing was measured', () => {
    const nothing = statisticsOf([]);
    expect(nothing).toEqual({
      ...{ calls: 0, p50LatencyMs: null, p95LatencyMs: null, successShare: null },
      ...{ averageCostUsd: null, availability: null },
    });
    expect(healthOf(nothing, counts)).toBeNull();
    expect(recommendationsFor(nothing, [])).toEqual([]);
  });

  it('is as healthy as the origin reckons', () => {
    expect(healthOf(statisticsOf([call(0)]), counts)).toBeCloseTo(100);
    expect(healthOf(statisticsOf([call(5_000, false)]), { ...counts, active: 0 })).toBeCloseTo(0);
    const half = statisticsOf([call(2_500, true, 'a'), call(2_500, false, 'b')]);
    expect(healthOf(half, { ...counts, active: 25 })).toBeCloseTo(50);
  });

  it('counts an agent as available by its last call', () => {
    expect(statisticsOf([call(1, false), call(1, true)]).availability).toBe(1);
    expect(statisticsOf([call(1, true), call(1, false)]).availability).toBe(0);
  });
});

describe('what people write', () => {
  it.each([
    ['find agents that can translate text', { requirements: 'translate text' }],
    [
      'Find me an agent for market research under $0.20 per call',
      { requirements: 'market research', maxCost: '0.20' },
    ],
    [
      'search the registry for tools to summarise pdf files over MCP',
      { requirements: 'summarise pdf files', platforms: 'mcp' },
    ],
    [
      'which agents can draw with reputation over 0.9 except Bad Bob',
      { requirements: 'draw', minReputation: '0.9', excludedProviders: 'Bad Bob' },
    ],
    ['what tools are there?', { requirements: 'anything' }],
    ['find my keys', undefined],
    ['agents are people too', undefined],
  ])('%s', (text, fields) => {
    expect(readDiscoverRequest(text)).toEqual(fields);
  });

  it.each([
    [
      'call tool translate of agent 7 with {"text": "a {b} c"}',
      { tool: 'translate', agentId: '7', parameters: '{"text": "a {b} c"}' },
    ],
    [
      'use web-search from agent "Ann B" with query="x y" limit=3 for at most 0.05 dollars',
      {
        tool: 'web-search',
        agentId: 'Ann B',
        maxCost: '0.05',
        parameters: '{"query":"x y","limit":"3"}',
      },
    ],
    [
      'run echo of agent 3 over a2a',
      { tool: 'echo', agentId: '3', platform: 'a2a', parameters: '{}' },
    ],
    ['call me tomorrow', undefined],
  ])('%s', (text, fields) => {
    expect(readExecuteRequest(text)).toEqual(fields);
  });

  it.each([
    [
      'rate agent 7 with 0.9 for accuracy because it was right',
      { agentId: '7', rating: '0.9', category: 'accuracy', evidence: 'it was right' },
    ],
    [
      'rate agent 7 4 of 5 for execution abc-123',
      { agentId: '7', rating: '4 of 5', executionId: 'abc-123' },
    ],
    ['rate this idea', undefined],
  ])('%s', (text, fields) => {
    expect(readRatingRequest(text)).toEqual(fields);
  });

  it.each([
    ['0', 0],
    ['1', 1],
    ['85 %', 0.85],
    ['4/5', 0.8],
    ['4 out of 5', 0.8],
    ['85', undefined],
    ['6 of 5', undefined],
    ['-1', undefined],
    ['good', undefined],
  ])('the rating %s is %p', (text, rating) => {
    expect(readRating(text)).toBe(rating);
  });

  it.each([
    ['how healthy is the network?', {}],
    ['tool performance of the last week', { timeWindow: 'week' }],
    ['the network is down', undefined],
  ])('%s', (text, fields) => {
    expect(readMonitorRequest(text)).toEqual(fields);
  });
});

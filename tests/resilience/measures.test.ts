import { afterAll, beforeAll, beforeEach, describe, expect, it, test } from '@jest/globals';
import resiliencePlugin, {
  asksForResilience,
  CompanyCensus,
  criticalAmong,
  crossCommunityRedundancy,
  Database,
  DEPENDENCY_CLASSES,
  describeReport,
  describeState,
  effectiveSuppliers,
  independentDomains,
  levelMeanwhile,
  Measures,
  measuresSettings,
  MeasureStore,
  nextStanding,
  NO_STANDING,
  offlineSyncRate,
  platformRisk,
  resilienceMetrics,
  type Capability,
  type CensusPart,
  type CensusSource,
  type ClassCensus,
  type DependencyClass,
  type Domain,
  type Instance,
  type Knowledge,
  type LevelChange,
  type SyncOutcome,
  type SyncSample,
  type SyncStanding,
} from '@371os/plugin-resilience';
import { InvalidSettingError, readSettings, uuidSource } from '@371os/kernel';
import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { z } from 'zod';
import { openDatabase, type TestDatabase } from '../support/database.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;
const NOW = Date.UTC(2026, 10, 29, 12);

describe('the offline sync rate', () => {
  const outcome = (backMsAgo: number | undefined, tookMs: number | undefined, isSpoilt = false) => {
    const linkBackAtMs = backMsAgo === undefined ? undefined : NOW - backMsAgo;
    const verifiedAtMs =
      tookMs === undefined || linkBackAtMs === undefined ? undefined : linkBackAtMs + tookMs;
    return { linkBackAtMs, verifiedAtMs, isSpoilt };
  };

  test.each<[string, SyncOutcome, { n: number; applied: number; waiting: number }]>([
    ['applied at once', outcome(DAY / 2, 0), { n: 1, applied: 1, waiting: 0 }],
    [
      'applied within a minute to the millisecond',
      outcome(DAY / 2, MINUTE),
      { n: 1, applied: 1, waiting: 0 },
    ],
    ['applied a millisecond late', outcome(DAY / 2, MINUTE + 1), { n: 1, applied: 0, waiting: 0 }],
    ['lost', outcome(DAY / 2, undefined), { n: 1, applied: 0, waiting: 0 }],
    ['applied twice or wrongly', outcome(DAY / 2, 10, true), { n: 1, applied: 0, waiting: 0 }],
    [
      'applied before the link was seen to be back',
      outcome(DAY / 2, -5),
      { n: 1, applied: 1, waiting: 0 },
    ],
    ['due this very moment', outcome(MINUTE, 5), { n: 1, applied: 1, waiting: 0 }],
    ['not yet due', outcome(MINUTE - 1, 5), { n: 0, applied: 0, waiting: 1 }],
    ['still cut off', outcome(undefined, undefined), { n: 0, applied: 0, waiting: 1 }],
    ['due just inside the window', outcome(DAY + MINUTE - 1, 5), { n: 1, applied: 1, waiting: 0 }],
    ['due a day ago', outcome(DAY + MINUTE, 5), { n: 0, applied: 0, waiting: 0 }],
  ])('counts a change that was %s', (_name, sample, counted) => {
    const value = counted.n === 0 ? null : counted.applied / counted.n;
    expect(offlineSyncRate([sample], NOW)).toEqual({ ...counted, value });
  });

  it('is null without samples, never one', () => {
    expect(offlineSyncRate([], NOW)).toEqual({ value: null, n: 0, applied: 0, waiting: 0 });
  });

  const moment = fc.integer({ min: NOW - 3 * DAY, max: NOW });
  const outcomes = fc.array(
    fc.record({
      linkBackAtMs: fc.option(moment, { nil: undefined }),
      verifiedAtMs: fc.option(moment, { nil: undefined }),
      isSpoilt: fc.boolean(),
    }),
  );

  it('is a share of what it counts, whatever the order, and falls with each failure', () => {
    fc.assert(
      fc.property(outcomes, (samples) => {
        const rate = offlineSyncRate(samples, NOW);
        expect(offlineSyncRate(samples.toReversed(), NOW)).toEqual(rate);
        expect(rate.n + rate.waiting).toBeLessThanOrEqual(samples.length);
        if (rate.value === null) return expect(rate.n).toBe(0);
        expect(rate.value * rate.n).toBeCloseTo(rate.applied, 9);
        const worse = offlineSyncRate([...samples, outcome(DAY / 2, undefined)], NOW);
        expect(worse.n).toBe(rate.n + 1);
        expect(worse.value).toBeLessThanOrEqual(rate.value);
      }),
    );
  });
});

describe('the level of the sync rate', () => {
  const after = (values: readonly (number | null)[]): SyncStanding =>
    values.reduce(nextStanding, NO_STANDING);

  test.each<[(number | null)[], SyncStanding['level']]>([
    [[], null],
    [[null], null],
    [[0.9], 'ok'],
    [[0.8999], 'degraded'],
    [[0.92], 'ok'],
    [[0.89, 0.92], 'degraded'],
    [[0.89, 0.95], 'degraded'],
    [[0.89, 0.95, 0.95], 'ok'],
    [[0.89, 0.95, 0.9499, 0.95], 'degraded'],
    [[0.89, 0.95, 0.9499, 0.95, 1], 'ok'],
    [[0.89, null], 'degraded'],
    [[0.89, 1, null, 1], 'ok'],
    [[1, null], null],
    [[0.89, 1, 1, 0.91], 'ok'],
    [[0.89, 1, 1, 0.5, 1], 'degraded'],
  ])('after %j is %s', (values, level) => {
    expect(after(values).level).toBe(level);
  });

  it('recovers with two good windows in a row and with nothing else', () => {
    const value = fc.constantFrom(null, 0, 0.5, 0.8999, 0.9, 0.92, 0.9499, 0.95, 1);
    fc.assert(
      fc.property(fc.array(value, { maxLength: 30 }), (values) => {
        const told = values.filter((one) => one !== null);
        const fall = told.findLastIndex((one) => one < 0.9);
        const since = told.slice(fall + 1);
        const hasRecovered = since.some(
          (one, index) => one >= 0.95 && (since[index + 1] ?? 0) >= 0.95,
        );
        const expected = fall < 0 || hasRecovered ? 'ok' : 'degraded';
        const { level } = after(values);
        expect(level).toBe(level === null ? null : expected);
        if (expected === 'degraded') expect(level).toBe('degraded');
      }),
    );
  });

  it('may fall between two windows, and does not recover there', () => {
    expect(levelMeanwhile({ level: 'ok', goodWindows: 0 }, 0.5)).toBe('degraded');
    expect(levelMeanwhile({ level: 'degraded', goodWindows: 1 }, 1)).toBe('degraded');
    expect(levelMeanwhile(NO_STANDING, 0.95)).toBe('ok');
    expect(levelMeanwhile(NO_STANDING, null)).toBeNull();
  });
});

describe('effective suppliers', () => {
  test.each<[number[], number | null]>([
    [[], null],
    [[0], null],
    [[7], 1],
    [[1, 1], 2],
    [[5, 5, 5], 3],
    [[2, 1], 1.8],
    [[3, 1], 1.6],
  ])('of the weights %j are %s', (weights, expected) => {
    const found = effectiveSuppliers(
      weights.map((weight, index) => ({ name: `${index}`, weight })),
    );
    if (expected === null) expect(found).toBeNull();
    else expect(found).toBeCloseTo(expected, 9);
  });

  it('are between one and how many there are, whatever the unit; two that are one count less', () => {
    const weights = fc.array(fc.integer({ min: 1, max: 1_000_000 }), {
      minLength: 2,
      maxLength: 20,
    });
    fc.assert(
      fc.property(weights, fc.integer({ min: 2, max: 1_000 }), (some, unit) => {
        const named = some.map((weight, index) => ({ name: `${index}`, weight }));
        const found = effectiveSuppliers(named)!;
        expect(found).toBeGreaterThanOrEqual(1 - 1e-9);
        expect(found).toBeLessThanOrEqual(some.length + 1e-9);
        const scaled = named.map(({ name, weight }) => ({ name, weight: weight * unit }));
        expect(effectiveSuppliers(scaled)).toBeCloseTo(found, 6);
        const merged = named.map(({ name, weight }) => ({
          name: name === '1' ? '0' : name,
          weight,
        }));
        expect(effectiveSuppliers(merged)!).toBeLessThan(found);
      }),
    );
  });
});

describe('the platform dependency risk', () => {
  const census = (dependency: DependencyClass, weights: readonly number[]): ClassCensus => ({
    ...{ dependency, source: 'a test' },
    pools: [
      { name: 'all', suppliers: weights.map((weight, index) => ({ name: `s${index}`, weight })) },
    ],
  });
  const ones = (count: number): number[] => Array.from({ length: count }, () => 1);
  const risk = (
    found: readonly ClassCensus[],
    drilledMsAgo: number | null = 0,
    critical: readonly DependencyClass[] = ['model provider', 'database'],
  ) => {
    const drills =
      drilledMsAgo === null
        ? undefined
        : new Map(DEPENDENCY_CLASSES.map((name) => [name, NOW - drilledMsAgo]));
    return platformRisk(found, { nowMs: NOW, drills, critical: new Set(critical) });
  };
  const one = (weights: readonly number[], drilledMsAgo: number | null = 0) =>
    risk([census('model provider', weights)], drilledMsAgo).classes[0]!;

  test.each<[string, number[], number, string]>([
    ['one supplier', [1], 0, 'high'],
    ['nearly one supplier', [9, 1], 0, 'high'],
    ['just below 1.5', [79, 21], 0, 'high'],
    ['just above 1.5', [78, 22], 0, 'medium'],
    ['two', [1, 1], 0, 'medium'],
    ['three', [1, 1, 1], 0, 'low'],
    ['60 % with one', [60, ...ones(40)], 0, 'low'],
    ['more than 60 % with one', [61, ...ones(39)], 0, 'medium'],
    ['a drill seven days ago', [1, 1, 1], 7 * DAY, 'low'],
    ['a drill of more than seven days', [1, 1, 1], 7 * DAY + 1, 'high'],
    ['a drill by a clock that has gone back', [1, 1, 1], -DAY, 'low'],
  ])('with %s', (_name, weights, drilledMsAgo, level) => {
    expect(one(weights, drilledMsAgo).level).toBe(level);
  });

  it('without a known drill is high, and says why', () => {
    expect(one([1, 1, 1], null)).toMatchObject({
      level: 'high',
      reasons: ['nothing is known of drills'],
    });
    const never = platformRisk([census('database', [1, 1, 1])], {
      ...{ nowMs: NOW, drills: new Map(), critical: new Set<DependencyClass>() },
    });
    const database = never.classes.find(({ dependency }) => dependency === 'database');
    expect(database).toMatchObject({ level: 'high', reasons: ['its failover was never drilled'] });
  });

  it('is not known, and not safe, where nothing serves', () => {
    expect(one([])).toMatchObject({ level: null, effectiveSuppliers: null, n: 0 });
    expect(risk([census('model provider', [1, 1, 1])])).toMatchObject({
      ...{ level: null, limitingClass: 'database' },
    });
    expect(risk([])).toMatchObject({ level: null, limitingClass: 'model provider' });
    expect(risk([], 0, [])).toMatchObject({ level: null, limitingClass: null });
  });

  it('is that of the worst class, of which one that is not critical is a medium risk at most', () => {
    const fine = [census('model provider', [1, 1, 1]), census('database', [1, 1, 1])];
    expect(risk(fine)).toMatchObject({ level: 'low', limitingClass: 'model provider' });
    expect(risk([...fine, census('DNS', [1])])).toMatchObject({
      level: 'medium',
      limitingClass: 'DNS',
    });
    expect(risk([fine[0]!, census('database', [1])])).toMatchObject({
      ...{ level: 'high', limitingClass: 'database' },
    });
    // What is known to be high is not hidden by what is not known.
    expect(risk([census('database', [1])])).toMatchObject({
      level: 'high',
      limitingClass: 'database',
    });
  });

  it('is that of the pool with the fewest suppliers: another chain cannot stand in', () => {
    const pools = [
      { name: 'Akash', suppliers: [{ name: 'a', weight: 1 }] },
      { name: 'EVM', suppliers: ['b', 'c', 'd'].map((name) => ({ name, weight: 1 })) },
      { name: 'none', suppliers: [] },
    ];
    const { classes } = risk([{ dependency: 'chain RPC', source: 'a test', pools }]);
    expect(classes.find(({ dependency }) => dependency === 'chain RPC')).toMatchObject({
      ...{ level: 'high', pool: 'Akash', effectiveSuppliers: 1, n: 4 },
    });
  });
});

describe('the redundancy across communities', () => {
  const at = (place: string, isHealthy = true): Instance => {
    const [operator = '', provider = '', region = ''] = place.split('/');
    return { name: place, operator, provider, region, isHealthy };
  };
  const able = (name: string, ...places: (string | Instance)[]): Capability => ({
    name,
    instances: places.map((place) => (typeof place === 'string' ? at(place) : place)),
  });

  test.each<[string, Capability[], number | null, number | null]>([
    ['nothing', [], null, null],
    ['one instance', [able('think', 'a/x/1')], 0, 1],
    ['two that share nothing', [able('think', 'a/x/1', 'b/y/2')], 1, 2],
    ['two of one operator', [able('think', 'a/x/1', 'a/y/2')], 0, 1],
    ['two at one provider', [able('think', 'a/x/1', 'b/x/2')], 0, 1],
    ['two in one region', [able('think', 'a/x/1', 'b/y/1')], 0, 1],
    ['one that is ill', [able('think', 'a/x/1', at('b/y/2', false))], 0, 1],
    ['nobody who is well', [able('think', at('a/x/1', false))], 0, 0],
    ['no instances', [able('think')], 0, 0],
    ['one of two capabilities', [able('think', 'a/x/1', 'b/y/2'), able('act', 'a/x/1')], 0.5, 1],
    // Whichever one goes, one is left, though no two are independent.
    ['three that share in pairs', [able('think', 'a/x/1', 'a/y/2', 'b/x/2')], 1, 1],
  ])('of %s', (_name, capabilities, value, minK) => {
    const found = crossCommunityRedundancy(capabilities);
    expect(found).toMatchObject({ value, minK });
    expect(found.level).toBe(value === null ? null : value === 1 ? 'ok' : 'degraded');
  });

  it('is judged by the critical ones alone, and by those that nobody provides', () => {
    const all = [able('think', 'a/x/1', 'b/y/2'), able('act', 'a/x/1')];
    expect(criticalAmong(all, [])).toEqual(all);
    expect(criticalAmong(all, ['think', 'sell'])).toEqual([all[0], able('sell')]);
    expect(crossCommunityRedundancy(criticalAmong(all, ['think'])).value).toBe(1);
    expect(crossCommunityRedundancy(criticalAmong(all, ['think', 'sell'])).value).toBe(0.5);
  });

  it('says what is lost without whom, the worst first', () => {
    const { removals } = crossCommunityRedundancy([
      able('think', 'a/x/1', 'b/y/2'),
      able('act', 'a/x/1'),
      able('keep', 'b/x/1'),
    ]);
    expect(removals[0]).toMatchObject({ lost: ['act', 'keep'] });
    expect(removals).toContainEqual({ axis: 'operator', name: 'a', lost: ['act'] });
    expect(removals).toContainEqual({ axis: 'operator', name: 'b', lost: ['keep'] });
    expect(removals.some(({ name }) => name === 'y')).toBe(false);
  });

  const place = fc.record({
    operator: fc.constantFrom('a', 'b', 'c'),
    provider: fc.constantFrom('x', 'y', 'z'),
    region: fc.constantFrom('1', '2', '3'),
  });
  const instance = fc
    .tuple(place, fc.boolean())
    .map(([domain, isHealthy]): Instance => ({ name: 'one', ...domain, isHealthy }));
  const capability = fc
    .array(instance, { maxLength: 7 })
    .map((instances) => able('think', ...instances));

  it('is what removing every operator, provider and region one by one leaves', () => {
    fc.assert(
      fc.property(capability, (one) => {
        const well = one.instances.filter(({ isHealthy }) => isHealthy);
        const survives =
          well.length > 0 &&
          ['a', 'b', 'c', 'x', 'y', 'z', '1', '2', '3'].every((name) =>
            well.some(
              ({ operator, provider, region }) => ![operator, provider, region].includes(name),
            ),
          );
        expect(crossCommunityRedundancy([one]).value).toBe(survives ? 1 : 0);
      }),
    );
  });

  it('grows with every instance, and two independent domains always survive', () => {
    fc.assert(
      fc.property(capability, instance, (one, more) => {
        const before = crossCommunityRedundancy([one]);
        const after = crossCommunityRedundancy([able('think', ...one.instances, more)]);
        expect(after.value).toBeGreaterThanOrEqual(before.value!);
        expect(after.minK).toBeGreaterThanOrEqual(before.minK!);
        if (before.minK! >= 2) expect(before.value).toBe(1);
      }),
    );
  });

  it('finds the largest set of independent domains', () => {
    fc.assert(
      fc.property(fc.array(place, { maxLength: 8 }), (domains) => {
        expect(independentDomains(domains)).toBe(largestBySubsets(domains));
      }),
    );
  });

  function largestBySubsets(domains: readonly Domain[]): number {
    const isApart = (left: Domain, right: Domain): boolean =>
      left.operator !== right.operator &&
      left.provider !== right.provider &&
      left.region !== right.region;
    let largest = 0;
    for (let bits = 0; bits < 2 ** domains.length; bits += 1) {
      const some = domains.filter((_, index) => bits & (1 << index));
      const areApart = some.every((left, index) =>
        some.slice(index + 1).every((right) => isApart(left, right)),
      );
      if (areApart) largest = Math.max(largest, some.length);
    }
    return largest;
  }
});

describe('a question', () => {
  test.each([
    'monitor our resilience',
    'Monitor our resilience and tell me the sync rate',
    'Could you please check the resilience?',
    'how resilient are we?',
    'How dependent are we on a single platform?',
    'Is our network degraded right now?',
    'which of our providers has no replacement?',
    "what's our platform dependency risk",
    'show me the resilience report',
  ])('"%s" asks for the measures', (text) => {
    expect(asksForResilience(text)).toBe(true);
  });

  test.each([
    'hello',
    'activate backup mode',
    'run a resilience drill',
    'how do we get more resilience?',
    'what is the burn rate',
    'monitor our costs',
    `monitor our resilience and ${'x'.repeat(300)}`,
  ])('"%s" does not', (text) => {
    expect(asksForResilience(text)).toBe(false);
  });
});

test.each([
  ['model provider, DNS', ['model provider', 'DNS']],
  ['database', ['database']],
])('RESILIENCE_CRITICAL reads "%s"', (text, critical) => {
  const source = (key: string): unknown => (key === 'RESILIENCE_CRITICAL' ? text : undefined);
  expect(readSettings(measuresSettings, source).RESILIENCE_CRITICAL).toEqual(critical);
});

test('RESILIENCE_CRITICAL refuses what is no class', () => {
  const source = (key: string): unknown => (key === 'RESILIENCE_CRITICAL' ? 'coffee' : undefined);
  expect(() => readSettings(measuresSettings, source)).toThrow(InvalidSettingError);
  expect(() => readSettings(measuresSettings, source)).toThrow(/model provider, compute provider/);
});

describe('measures', () => {
  let database: TestDatabase;
  let book: MeasureStore;
  let samples: SyncSample[];
  let changes: LevelChange[][];
  const errors: unknown[] = [];
  let nowMs = NOW;

  beforeAll(async () => {
    database = await openDatabase([resiliencePlugin]);
    book = new MeasureStore(new Database(database), uuidSource);
  });
  afterAll(async () => {
    expect(errors).toEqual([]);
    await database.close();
  });
  beforeEach(async () => {
    await database.execute(sql`DELETE FROM resilience.measures`);
    [samples, changes, nowMs] = [[], [], NOW];
  });

  const mode = {
    state: 'backup',
    sinceMs: NOW - DAY,
    cause: 'the uplink is gone',
    by: 'system',
  } as const;
  const known: Knowledge = {
    syncLog: { samples: async (sinceMs) => samples.filter(({ madeAtMs }) => madeAtMs >= sinceMs) },
    drillLog: { lastSuccesses: async () => new Map([['database', NOW - DAY]]) },
    modeSwitch: { mode },
  };
  const databases: CensusPart = {
    classes: [
      {
        dependency: 'database',
        source: 'a test',
        pools: [{ name: 'all', suppliers: ['a', 'b', 'c'].map((name) => ({ name, weight: 1 })) }],
      },
    ],
    capabilities: [
      {
        name: 'records',
        instances: [
          { name: 'one', operator: 'a', provider: 'x', region: '1', isHealthy: true },
          { name: 'two', operator: 'b', provider: 'y', region: '2', isHealthy: true },
        ],
      },
    ],
  };
  const found = (name: string, take: () => Promise<CensusPart>): CensusSource => ({
    ...{ name, covers: ['database'], take },
  });

  // As a process does that begins anew: it knows what the database knows.
  function begin(
    knowledge: Knowledge = known,
    sources: readonly CensusSource[] = [found('a test', async () => databases)],
    whileLeading: (work: () => Promise<void>) => () => void = () => () => undefined,
  ): Measures {
    return new Measures({
      ...{ knowledge, book, everyMs: MINUTE, keepMs: 30 * DAY, now: () => nowMs },
      census: new CompanyCensus(sources, 100),
      critical: new Set<DependencyClass>(['database']),
      criticalCapabilities: [],
      leadership: {
        leader: async () => 'node:1',
        whileLeading: (_periodMs, work) => whileLeading(() => work(1)),
      },
      onChange: (found) => changes.push([...found]),
      onError: (error) => errors.push(error),
    });
  }

  function synced(good: number, bad: number): void {
    const times = { madeAtMs: NOW - 10 * MINUTE, linkBackAtMs: NOW - 5 * MINUTE };
    samples = Array.from({ length: good + bad }, (_, index) => ({
      id: `${index}`,
      ...times,
      verifiedAtMs: index < good ? times.linkBackAtMs + 1_000 : undefined,
      isSpoilt: false,
    }));
  }

  it('say from what they were computed', async () => {
    synced(19, 1);
    const report = await begin().report();
    expect(report).toMatchObject({
      ...{ mode, leader: 'node:1', problems: [], before: null },
      offlineSyncRate: { value: 0.95, n: 20, level: 'ok', windowMs: DAY },
      platformDependencyRisk: { level: 'low', limitingClass: 'database' },
      crossCommunityRedundancy: { value: 1, minK: 2, level: 'ok', source: 'a test' },
    });
    const words = describeReport(report);
    expect(words).toContain('offline_sync_rate: 0.95, ok (20 changes, within 60 s of the');
    expect(words).toContain(
      'database (critical): low, 3 effective suppliers (a 33 %, b 33 %, c 33 %)',
    );
    expect(words).toContain(
      '- mode: backup since 2026-11-28 12:00 UTC, by system: the uplink is gone',
    );
    expect(words).toContain('- last drill: database, 2026-11-28 12:00 UTC');
  });

  it('tell everybody the state alone', async () => {
    synced(1, 0);
    const words = describeState(await begin().report());
    expect(words).toContain('- mode: backup\n- offline_sync_rate: 1, ok');
    expect(words).not.toMatch(/uplink|node:1|database/);
  });

  it('know nothing where nothing is known, and count it as nothing safe', async () => {
    const report = await begin({}, []).report();
    expect(report).toMatchObject({
      ...{ mode: null, drills: null },
      offlineSyncRate: { value: null, level: null, n: 0 },
      platformDependencyRisk: { level: null, limitingClass: 'database' },
      crossCommunityRedundancy: { value: null, level: null, minK: null },
    });
    const { text } = await resilienceMetrics(report);
    expect(text).not.toMatch(/^resilience_(offline_sync_rate|cross_community|backup_mode)/m);
    expect(text).toMatch(/^resilience_offline_sync_changes 0$/m);
  });

  it('remember over a restart that a rate was degraded, and recover with two windows in a row', async () => {
    synced(1, 1);
    await begin().keep();
    synced(19, 1);
    const restarted = begin();
    // Asking is no window: it would recover by being asked.
    for (let times = 0; times < 3; times += 1)
      expect((await restarted.report()).offlineSyncRate.level).toBe('degraded');
    await restarted.keep();
    expect((await restarted.report()).offlineSyncRate.level).toBe('degraded');
    const again = begin();
    await again.keep();
    expect((await again.report()).offlineSyncRate.level).toBe('ok');
    expect(changes).toEqual([[{ metric: 'offline_sync_rate', from: 'degraded', to: 'ok' }]]);
  });

  it('are kept while this process leads, and not after the end', async () => {
    const leads: (() => Promise<void>)[] = [];
    const measures = begin(known, undefined, (work) => {
      leads.push(work);
      return () => leads.splice(0);
    });
    measures.start();
    measures.start();
    expect(leads).toHaveLength(1);
    const working = leads[0]!();
    await measures.stop();
    // What was under way has been kept by then.
    expect(await rows()).toBe(1);
    await working;
    expect(leads).toEqual([]);
  });

  it('are kept once a period, whoever leads', async () => {
    await begin().keepWhenDue();
    await begin().keepWhenDue();
    expect(await rows()).toBe(1);
    await database.execute(sql`UPDATE resilience.measures SET at = at - interval '1 minute'`);
    await begin().keepWhenDue();
    expect(await rows()).toBe(2);
  });

  it('tell each process once what has come to another level, whoever leads', async () => {
    const [leader, other] = [begin(), begin()];
    synced(1, 0);
    await leader.keep();
    expect(other.isLookDue).toBe(true);
    expect(await other.look()).toEqual([]);
    expect(other.isLookDue).toBe(false);
    synced(0, 1);
    await leader.keep();
    nowMs += MINUTE;
    expect(other.isLookDue).toBe(true);
    const change = { metric: 'offline_sync_rate', from: 'ok', to: 'degraded' };
    expect(await other.look()).toEqual([change]);
    expect(await other.look()).toEqual([]);
    // One that begins now hears of the newest change.
    expect(await begin().look()).toEqual([change]);
  });

  it('go on without a source that fails or hangs, and say which', async () => {
    const fails = found('a broken source', () => Promise.reject(new RangeError('no route')));
    const hangs = found('a slow source', () => new Promise(() => undefined));
    const log = { ...known, syncLog: { samples: () => Promise.reject(new RangeError('gone')) } };
    const report = await begin(log, [fails, hangs]).report();
    expect(report.problems).toEqual([
      expect.stringContaining('Not known from a broken source'),
      expect.stringMatching(/Not known from a slow source: No answer .* within 0\.1 s/),
      expect.stringContaining('Not known from the sync log'),
    ]);
    expect(report.offlineSyncRate).toMatchObject({ value: null, level: null });
    expect(report.platformDependencyRisk.level).toBeNull();
  });

  it('are measured once for many who ask within the same seconds', async () => {
    let taken = 0;
    const counted = found('a test', async () => {
      taken += 1;
      return databases;
    });
    const measures = begin(known, [counted]);
    const reports = await Promise.all([1, 2, 3].map(() => measures.report(5_000)));
    expect(new Set(reports).size).toBe(1);
    nowMs += 4_999;
    await measures.report(5_000);
    expect(taken).toBe(1);
    nowMs += 1;
    await measures.report(5_000);
    expect(taken).toBe(2);
  });

  it('are kept as a series, from which what is old goes', async () => {
    synced(1, 0);
    const measures = begin();
    await measures.keep();
    await database.execute(sql`UPDATE resilience.measures SET at = at - interval '31 days'`);
    await measures.keep();
    await database.execute(sql`UPDATE resilience.measures SET at = at - interval '12 hours'
      WHERE at > now() - interval '1 day'`);
    synced(1, 1);
    await measures.keep();
    const kept = await book.newest(10);
    expect(kept.map(({ syncRate }) => syncRate)).toEqual([0.5, 1]);
    const { before } = await measures.report();
    expect(before).toMatchObject({ syncRate: 1, riskLevel: 'low', redundancy: 1, mode: 'backup' });
    expect(await rows()).toBe(2);
  });

  async function rows(): Promise<number> {
    const counted = await new Database(database).query(
      sql`SELECT count(*)::integer AS count FROM resilience.measures`,
      z.object({ count: z.number() }),
    );
    return counted[0]!.count;
  }
});

import { afterAll, beforeAll, describe, expect, it, test } from '@jest/globals';
import { stringToUuid } from '@elizaos/core';
import { OWNER, parseUsd, uuidSource, type Principal } from '@371os/kernel';
import resiliencePlugin, {
  Database,
  resilienceOf,
  Scaler,
  scalingSettings,
  ScalingStore,
  type ScalerInit,
} from '@371os/plugin-resilience';
import { localFleet, type Fleet } from '../../plugins/plugin-resilience/src/domain/fleet.ts';
import { fleetCost } from '../../plugins/plugin-resilience/src/domain/fleet-cost.ts';
import { CpuClock } from '../../plugins/plugin-resilience/src/domain/cpu-clock.ts';
import { SCALE_RULE } from '../../plugins/plugin-resilience/src/domain/hpa.ts';
import {
  dispensable,
  freeIndices,
  type Instance,
} from '../../plugins/plugin-resilience/src/domain/instance.ts';
import {
  judgeScaling,
  type ScalingCase,
} from '../../plugins/plugin-resilience/src/domain/judge-scaling.ts';
import { readScaleRequest } from '../../plugins/plugin-resilience/src/domain/read-scale-request.ts';
import type { InstanceLauncher } from '../../plugins/plugin-resilience/src/ports/instance-launcher.ts';
import { answering, RoutedCompany } from '../router/company-fixture.ts';
import { eventually } from '../support/eventually.ts';

const GUEST: Principal = { id: 'guest:mallory', role: 'guest', proof: 'token' };
const ADMIN: Principal = { id: 'telegram:7', role: 'admin', proof: 'platform' };
const KAI = 'CMO Kai';
const TARGET = {
  ...{ agent: KAI, min: 1, max: 6, queueDepth: 2, latencyMs: undefined },
  ...{ cpuPercent: undefined, memoryMb: undefined, costPicoPerHour: undefined },
};
const NO_WORK = {
  ...{ queued: 0, working: 0, ended: 0, failed: 0, p95Ms: undefined, activeAtMs: undefined },
};

function instance(index: number, more: Partial<Instance> = {}): Instance {
  const says = { running: 0, cpuPercent: 1, memoryMb: 100 };
  return { agent: KAI, index, state: 'ready', ...says, ...more };
}

describe('what somebody asks of instances', () => {
  it.each([
    ['scale Kai to 3', { name: 'Kai', count: '3' }],
    ['Please scale CMO Kai down to zero.', { name: 'CMO Kai', count: '0' }],
    ['could you scale up the agent Kai to two', { name: 'Kai', count: '2' }],
    ['how would you scale Kai?', { name: 'Kai', dryRun: 'true' }],
    ['How should we scale CMO Kai', { name: 'CMO Kai', dryRun: 'true' }],
    ['scale Kai by itself', { name: 'Kai', count: 'auto' }],
    ['let Kai scale automatically', { name: 'Kai', count: 'auto' }],
    ['how would you scale a business?', undefined],
    ['how do we scale to 3 cities', undefined],
    ['scale our marketing', undefined],
    ['restart the agent Kai', undefined],
  ])('%s', (text, fields) => {
    expect(readScaleRequest(text)).toEqual(fields);
  });
});

describe('RESILIENCE_SCALING', () => {
  const read = (text: string): unknown => scalingSettings.parse({ RESILIENCE_SCALING: text });

  it('is read with its bounds and targets', () => {
    expect(
      read('{"CMO Kai": {"min": 0, "max": 3, "queueDepth": 4, "costUsdPerHour": "0.5"}}'),
    ).toMatchObject({
      RESILIENCE_SCALING: [
        { agent: KAI, min: 0, max: 3, queueDepth: 4, costPicoPerHour: parseUsd('0.50') },
      ],
    });
    expect(scalingSettings.parse({}).RESILIENCE_SCALING).toEqual([]);
  });

  it.each([
    ['no JSON', 'Kai: 3'],
    ['no most', '{"Kai": {"min": 1}}'],
    ['the least above the most', '{"Kai": {"min": 4, "max": 3}}'],
    ['a word that nobody knows', '{"Kai": {"max": 3, "queue": 4}}'],
    ['a target of zero', '{"Kai": {"max": 3, "cpuPercent": 0}}'],
    ['money that is none', '{"Kai": {"max": 3, "costUsdPerHour": "much"}}'],
    ['too many', '{"Kai": {"max": 1000}}'],
  ])('%s is refused, with an example', (_what, text) => {
    expect(() => read(text)).toThrow(/JSON object of agents.*CMO Kai/s);
  });
});

describe('how many instances there should be', () => {
  const nowMs = Date.now();
  const asked = (more: Partial<ScalingCase> = {}): ScalingCase => ({
    ...{ target: TARGET, instances: [instance(0)], load: { ...NO_WORK, queued: 20 } },
    ...{ past: { recommendations: [], changes: [], activeAtMs: nowMs }, order: undefined },
    ...{ pricePico: 0n, allowances: [], modelsPicoPerHour: undefined, rule: SCALE_RULE, nowMs },
    ...more,
  });
  const tight = [{ name: 'the monthly akash cap of $1.00', leftPico: parseUsd('0.25') }];

  it.each<[what: string, more: Partial<ScalingCase>, count: number, reason: RegExp | undefined]>([
    ['what the queue asks for, no faster than it may', {}, 5, /grows by 4 or 100 %/],
    [
      'what was ordered, at once',
      { order: { agent: KAI, count: 6, by: 'owner' } },
      6,
      /owner wants 6 instances, until/,
    ],
    [
      'an order within the bounds',
      { order: { agent: KAI, count: 60, by: 'owner' } },
      6,
      /bounds are 1 to 6/,
    ],
    [
      'what can be paid for an hour',
      { pricePico: parseUsd('0.10'), allowances: tight },
      2,
      /5 instances may cost \$0\.50 an hour, and \$0\.25 is left under the monthly akash cap of \$1\.00: the owner can raise it/,
    ],
    [
      'no fewer than there are, when nothing is left',
      {
        ...{ pricePico: parseUsd('0.10'), allowances: [{ ...tight[0]!, leftPico: 0n }] },
        instances: [instance(0), instance(1)],
      },
      2,
      /\$0\.00 is left/,
    ],
    [
      'what keeps the cost of models within the hour’s',
      {
        ...{ target: { ...TARGET, costPicoPerHour: parseUsd('0.30') } },
        modelsPicoPerHour: parseUsd('0.10'),
      },
      3,
      /3 instances keep it within \$0\.30 an hour/,
    ],
    [
      'nobody sent home while it is not known what there is to do',
      { instances: [instance(0), instance(1)], load: { problem: 'The database is gone.' } },
      2,
      /The database is gone/,
    ],
    [
      'the agent’s own process always',
      { target: { ...TARGET, min: 0 }, load: NO_WORK, past: { ...asked().past, activeAtMs: 0 } },
      1,
      undefined,
    ],
    [
      'nobody, once a replica alone has had nothing to do for long',
      {
        ...{ target: { ...TARGET, min: 0 }, load: NO_WORK, instances: [instance(1)] },
        past: { ...asked().past, activeAtMs: nowMs - 300_000 },
      },
      0,
      /nothing to do for 300 s/,
    ],
  ])('%s', (_what, more, count, reason) => {
    const decision = judgeScaling(asked(more));
    expect(decision.count).toBe(count);
    if (reason) expect(decision.reasons.join(' ')).toMatch(reason);
  });

  const hosted = (mostApproved: number, more: Partial<ScalingCase> = {}): ScalingCase =>
    asked({
      ...{ scalesOwn: true, unmeasured: ['cpuPercent', 'memoryMb'] },
      terms: { hourlyPico: parseUsd('0.02'), reservedPico: parseUsd('10'), mostApproved },
      ...more,
    });

  it('on Akash no more than somebody has approved, who is asked for the rest', () => {
    const unapproved = judgeScaling(hosted(1));
    expect(unapproved).toMatchObject({ count: 1, needsApproval: true });
    expect(unapproved.reasons.join(' ')).toMatch(
      /needs approval: 1 instance may be paid for so far, and 5 instances are wanted, each at most \$0\.02 an hour/,
    );
    expect(judgeScaling(hosted(9))).toMatchObject({ count: 5, needsApproval: false });
    // What is there stays, whatever was approved.
    const two = { instances: [instance(0), instance(1)], load: { ...NO_WORK, queued: 4 } };
    expect(judgeScaling(hosted(1, two))).toMatchObject({ count: 2, needsApproval: false });
  });

  it('on Akash no more than the caps have a month of, beside what runs', () => {
    const allowances = [{ name: 'the monthly akash cap of $40.00', leftPico: parseUsd('25') }];
    const decision = judgeScaling(hosted(9, { allowances }));
    expect(decision.count).toBe(3);
    expect(decision.reasons.join(' ')).toMatch(
      /4 instances more may cost \$40\.00 a month, and \$25\.00 is left under the monthly akash cap/,
    );
  });

  it('on Akash without what providers do not report, which is said', () => {
    const target = { ...TARGET, cpuPercent: 60 };
    const unknown = { cpuPercent: undefined, memoryMb: undefined };
    const instances = [instance(0, unknown), instance(1, unknown)];
    const past = { ...asked().past, activeAtMs: 0 };
    const decision = judgeScaling(hosted(3, { target, instances, load: NO_WORK, past }));
    expect(decision).toMatchObject({ count: 1, proposals: [{ metric: 'queueDepth' }] });
    expect(decision.reasons).toContain(
      'cpuPercent does not count: providers on Akash do not report it.',
    );
  });

  it('on Akash zero where the minimum says so, the first place included', () => {
    const idle = { load: NO_WORK, past: { ...asked().past, activeAtMs: nowMs - 300_000 } };
    const target = { ...TARGET, min: 0 };
    expect(judgeScaling(hosted(1, { ...idle, target })).count).toBe(0);
    expect(judgeScaling(hosted(1, idle)).count).toBe(1);
  });

  it('a price of nothing and no caps limit nothing', () => {
    expect(judgeScaling(asked({ pricePico: parseUsd('9.00') })).count).toBe(5);
  });

  it('idle replicas go first, the newest of them before others, and never the own process', () => {
    const some = [instance(0), instance(1, { running: 2 }), instance(2), instance(3)];
    expect(dispensable(some, 2)).toEqual([3, 2]);
    expect(dispensable([...some, instance(4, { running: undefined })], 2)).toEqual([3, 2]);
    expect(dispensable(some, 9)).toEqual([3, 2, 1]);
    expect(dispensable([instance(0), instance(4, { state: 'draining' })], 1)).toEqual([]);
    expect(freeIndices([instance(0), instance(2)], 3)).toEqual([1, 3, 4]);
    // Where its own place is one of them, it goes last and comes first.
    const scalesOwn = { scalesOwn: true };
    const busy = instance(1, { running: 2 });
    expect(dispensable([instance(0), busy], 1, scalesOwn)).toEqual([1]);
    expect(dispensable([instance(0), busy], 2, scalesOwn)).toEqual([0, 1]);
    expect(freeIndices([instance(1)], 2, scalesOwn)).toEqual([0, 2]);
  });
});

test('a fleet that breathes is paid for what it used, beside one that does not', () => {
  const minute = 60_000;
  const steps = [
    { atMs: 0, count: 1 },
    { atMs: 10 * minute, count: 4 },
    { atMs: 20 * minute, count: 1 },
  ];
  const terms = { toMs: 60 * minute, max: 4, pricePicoPerHour: parseUsd('0.60') };
  const cost = fleetCost(steps, terms);
  expect(cost).toMatchObject({ instanceSeconds: 90 * 60, fixedInstanceSeconds: 240 * 60 });
  expect([cost.costPico, cost.fixedCostPico]).toEqual([parseUsd('0.90'), parseUsd('2.40')]);
  expect(cost.savedShare).toBeCloseTo(0.625, 9);
  expect(fleetCost([], terms)).toMatchObject({ instanceSeconds: 0, savedShare: undefined });
});

test('a process that used half a processor says so', () => {
  const clock = new CpuClock();
  expect(clock.percent(100, 1_000)).toBeUndefined();
  expect(clock.percent(1_100, 3_000)).toBe(50);
  expect(clock.percent(1_100, 3_000)).toBeUndefined();
  expect(clock.percent(3_100, 4_000)).toBe(200);
});

/** Instances that are there as soon as they are started; what is beneath them is nobody's concern here. */
class Instances implements InstanceLauncher {
  readonly indices = new Set<number>([0]);
  running = 0;

  open(): void {
    this.indices.add(0);
  }

  async close(): Promise<void> {
    this.indices.clear();
  }

  async start(_agent: string, index: number): Promise<void> {
    this.indices.add(index);
  }

  async stop({ index }: { index: number }): Promise<void> {
    this.indices.delete(index);
  }

  async survey(): Promise<Fleet> {
    const { running } = this;
    return localFleet([...this.indices].map((index) => instance(index, { running })));
  }
}

describe('in a company', () => {
  let company: RoutedCompany;
  let letGo: () => void;
  const isOpen = new Promise<void>((resolve) => (letGo = resolve));

  beforeAll(async () => {
    company = await RoutedCompany.start(
      {
        RESILIENCE_SCALING: JSON.stringify({ [KAI]: { min: 1, max: 4, queueDepth: 2 } }),
        RESILIENCE_SCALING_EVERY_MS: '500',
        TASKS_CONCURRENCY: '2',
      },
      [resiliencePlugin],
    );
    await company.hire(KAI, {
      examples: ['write a post'],
      works: answering(async (text) => {
        await isOpen;
        return `Done: ${text}`;
      }),
    });
  });
  afterAll(() => company.stop());

  const submit = (count: number): Promise<unknown> =>
    company.tasks.submitAll(
      Array.from({ length: count }, (_none, place) => ({
        ...{ agent: KAI, text: `post ${String(place)}`, roomId: `room ${String(place)}` },
        ...{ requester: { id: 'owner', role: 'owner' as const }, isConfidential: false },
      })),
    );
  const scalerWith = async (launcher: InstanceLauncher, more: Partial<ScalerInit> = {}) => {
    const runtime = company.agent('Front Desk');
    const database = new Database(runtime.db as never);
    return new Scaler({
      ...{ targets: [{ ...TARGET, max: 4 }], leadership: (await resilienceOf(runtime)).leadership },
      ...{ launcher, work: company.tasks, store: new ScalingStore(database, uuidSource) },
      purse: { agentCost: async () => 0n, allowances: async () => [] },
      ...{ everyMs: 500, pricePico: parseUsd('0.10'), isDryRun: false, now: Date.now },
      log: (problem, error) => {
        throw new RangeError(problem, { cause: error });
      },
      ...more,
    });
  };

  test('a backlog is seen, explained with its figures, and on one process nothing is started', async () => {
    await submit(9);
    await eventually(async () => {
      expect(await company.command('/scale Kai')).toMatch(
        /CMO Kai: 1 instance now, and 4 would be right \(from 1 to 4\)\.\n- queueDepth is 9 tasks an instance, 4\.5 of 2: asks for 5/,
      );
    });
    const said = await company.command('/scale kai');
    expect(said).toContain('There are never more than its maximum.');
    expect(said).toContain('set POSTGRES_URL');
    expect(await company.command('how would you scale Kai?')).toContain('4 would be right');
    await eventually(async () => {
      const engine = await resilienceOf(company.agent('Front Desk'));
      const { entries } = await engine.scaling.explain(KAI);
      expect(entries[0]).toMatchObject({ current: 1, count: 4, isApplied: false });
    });
  });

  test('instances come with the backlog, each decision is written down, and they go with it', async () => {
    const launcher = new Instances();
    const rule = { stabilizationMs: 1_000 };
    const scaler = await scalerWith(launcher, { rule });
    launcher.running = 1;
    await scaler.scaleAll();
    expect([...launcher.indices]).toEqual([0, 1, 2, 3]);
    const { decision, entries } = await scaler.explain('kai');
    expect(decision).toMatchObject({ current: 4, count: 4 });
    expect(entries[0]).toMatchObject({ current: 1, count: 4, recommended: 5, isApplied: true });
    expect(entries[0]?.reason).toContain('queueDepth is 9 tasks an instance');

    letGo();
    await eventually(async () => {
      expect(await company.tasks.load(KAI, 60_000)).toMatchObject({
        queued: 0,
        working: 0,
        ended: 9,
      });
    });
    // None of them goes in the middle of something.
    await scaler.scaleAll();
    expect(launcher.indices.size).toBe(4);
    launcher.running = 0;
    await eventually(async () => {
      await scaler.scaleAll();
      expect([...launcher.indices]).toEqual([0]);
    });
    const { cost } = await scaler.explain(KAI);
    expect(cost.instanceSeconds).toBeLessThan(cost.fixedInstanceSeconds);
    expect(cost.costPico).toBeGreaterThan(0n);
  });

  test('what models have cost an agent is read from the ledger', async () => {
    const usage = { provider: 'openai', model: 'gpt-4o-mini', tokensIn: 10, tokensOut: 5 };
    const before = Date.now() - 60_000;
    for (const [agent, usd] of [
      [KAI, '0.02'],
      ['Somebody', '0.40'],
    ] as const) {
      const scopes = { agent, user: 'owner', task: 'none' };
      const amountPico = parseUsd('0.50');
      const { id } = await company.treasury.reserve({ category: 'llm', amountPico, scopes });
      await company.treasury.settle(id, { ...usage, costPico: parseUsd(usd), status: 'ok' });
    }
    expect(await company.treasury.agentCost(KAI, before)).toBe(parseUsd('0.02'));
    expect(await company.treasury.agentCost(KAI, Date.now() + 60_000)).toBe(0n);
    const launcher = new Instances();
    const { agentCost } = company.treasury;
    const target = { ...TARGET, costPicoPerHour: parseUsd('0.13') };
    const scaler = await scalerWith(launcher, {
      targets: [target],
      purse: { agentCost: agentCost.bind(company.treasury), allowances: async () => [] },
    });
    // 0.02 for models and 0.10 for the instance: a second one would be too much.
    const { decision } = await scaler.explain(KAI);
    expect(decision.reasons.join(' ')).toContain(
      'No more than 1 instance keep it within $0.13 an hour',
    );
  });

  test('an order holds whatever the metrics say, until it is taken back', async () => {
    const launcher = new Instances();
    const scaler = await scalerWith(launcher, { rule: { stabilizationMs: 0 } });
    await scaler.order('Kai', 3, 'owner');
    await scaler.scaleAll();
    expect(launcher.indices.size).toBe(3);
    await scaler.scaleAll();
    expect(launcher.indices.size).toBe(3);
    await scaler.order('Kai', 'auto', 'owner');
    await scaler.scaleAll();
    expect(launcher.indices.size).toBe(1);
  });

  test('a dry run decides and starts nothing', async () => {
    const launcher = new Instances();
    const scaler = await scalerWith(launcher, { isDryRun: true });
    await scaler.order('Kai', 4, 'owner');
    await scaler.scaleAll();
    expect(launcher.indices.size).toBe(1);
    expect((await scaler.explain(KAI)).entries[0]).toMatchObject({ count: 4, isApplied: false });
    await scaler.order('Kai', 'auto', 'owner');
  });

  test('a treasury that refuses is told of, in its words', async () => {
    const launcher = new Instances();
    const name = 'the monthly akash cap of $20.00';
    const purse = {
      agentCost: async () => 0n,
      allowances: async () => [{ name, leftPico: parseUsd('0.20') }],
    };
    const scaler = await scalerWith(launcher, { purse });
    const { decision } = await scaler.order('Kai', 4, 'owner');
    expect(decision.count).toBe(2);
    expect(decision.reasons.join(' ')).toContain(`$0.20 is left under ${name}`);
    await scaler.order('Kai', 'auto', 'owner');
  });

  test('nobody but the owner and admins scales, and nobody whom the settings do not name is scaled', async () => {
    const room = stringToUuid('scaling');
    for (const text of ['scale Kai to 4', '/scale Kai 4', 'how would you scale Kai?']) {
      const [answer = ''] = await company.say(text, GUEST, room);
      expect(answer).toMatch(/Only the owner or an admin may/);
    }
    expect((await company.say('scale Kai to 2', ADMIN, room)).join()).toContain(
      'telegram:7 wants 2 instances',
    );
    expect((await company.say('/scale Kai auto', ADMIN, room)).join()).not.toContain('wants');
    expect((await company.say('scale Nobody to 2', OWNER, room)).join()).toMatch(
      /Nobody has no bounds.*RESILIENCE_SCALING/,
    );
  });
});

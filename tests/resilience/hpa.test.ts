import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  decideScale,
  propose,
  SCALE_RULE,
  type InstanceValue,
  type Reading,
  type ScaleQuestion,
} from '../../plugins/plugin-resilience/src/domain/hpa.ts';

const NOW = 1_000_000_000_000;
const NO_PAST = { recommendations: [], changes: [], activeAtMs: undefined };

function each(target: number, ...values: InstanceValue[]): Reading {
  return { metric: 'cpu', kind: 'each', target, values };
}
const whole = (target: number, value: number): Reading => ({
  metric: 'latency',
  kind: 'whole',
  target,
  value,
});
const shared = (target: number, value: number): Reading => ({
  metric: 'queue',
  kind: 'shared',
  target,
  value,
});
const FAILED: Reading = { metric: 'memory', kind: 'failed', problem: 'it could not be read' };

function ask(more: Partial<ScaleQuestion>): ScaleQuestion {
  const bounds = { current: 1, min: 1, max: 100, busy: 0, hasWork: true };
  return { ...bounds, readings: [], past: NO_PAST, nowMs: NOW, ...more };
}

// Sources: DOC is the section "Algorithm details" of kubernetes.io's page on the
// HorizontalPodAutoscaler; the others are tests of pkg/controller/podautoscaler in
// kubernetes/kubernetes at 00067268, `replica_calculator_test.go`, with their figures.
describe('what one metric asks for, as published', () => {
  it.each<[source: string, current: number, reading: Reading, count: number]>([
    ['DOC: 200m where 100m is wanted doubles', 4, each(100, 200, 200, 200, 200), 8],
    ['DOC: 50m where 100m is wanted halves', 4, each(100, 50, 50, 50, 50), 2],
    ['ScaleUp', 3, each(300, 300, 500, 700), 5],
    ['ScaleUpUnreadyLessScale', 3, each(300, 'unready', 500, 700), 4],
    ['ScaleUpUnreadyNoScale', 3, each(300, 400, 'unready', 'unready'), 3],
    ['ScaleUpCM', 3, each(15_000, 20_000, 10_000, 30_000), 4],
    ['ScaleUpCMObject', 3, whole(15_000, 20_000), 4],
    ['ScaleUpCMPerPodObject', 3, shared(5_000, 20_000), 4],
    ['ScaleUpCMExternal', 1, whole(4_400, 8_600), 2],
    ['ScaleUpPerPodCMExternal', 3, shared(2_150, 8_600), 4],
    ['ScaleDown', 5, each(500, 100, 300, 500, 250, 250), 3],
    ['ScaleDownCM', 5, each(20_000, 12_000, 12_000, 12_000, 12_000, 12_000), 3],
    ['ScaleDownPerPodCMObject', 5, shared(2_000, 6_000), 3],
    ['ScaleDownCMObject', 5, whole(20_000, 12_000), 3],
    ['ScaleDownCMExternal', 5, whole(14_334, 8_600), 3],
    ['ScaleDownPerPodCMExternal', 5, shared(2_867, 8_600), 3],
    ['ScaleDownIncludeUnreadyPods', 5, each(500, 100, 300, 500, 'unready', 'unready'), 2],
    ['Tolerance', 3, each(1_000, 1_010, 1_030, 1_020), 3],
    ['ToleranceCM', 3, each(20_000, 20_000, 21_000, 21_000), 3],
    ['ToleranceCMObject', 3, whole(20_000, 20_666), 3],
    ['TolerancePerPodCMObject', 4, shared(5_000, 20_166), 4],
    ['ToleranceCMExternal', 3, whole(8_888, 8_600), 3],
    ['TolerancePerPodCMExternal', 3, shared(2_900, 8_600), 3],
    ['MissingMetrics', 4, each(1_000, 400, 95, 'missing', 'missing'), 3],
    ['MissingMetricsNoChangeEq', 2, each(1_000, 1_000, 'missing'), 2],
    ['MissingMetricsNoChangeGt', 2, each(1_000, 1_900, 'missing'), 2],
    ['MissingMetricsNoChangeLt', 2, each(1_000, 600, 'missing'), 2],
    ['MissingMetricsUnreadyChange', 3, each(500, 'unready', 450, 'missing'), 3],
    ['MissingMetricsUnreadyScaleUp', 3, each(500, 'unready', 2_000, 'missing'), 4],
    ['EmptyMetrics', 4, each(1_000, 'missing', 'missing', 'missing', 'missing'), 4],
  ])('%s: of %i instances', (_source, current, reading, count) => {
    expect(propose(reading, { current }).count).toBe(count);
  });

  it.each([
    [1.1, 10],
    [1.100001, 12],
    [0.9, 10],
    [0.899999, 9],
  ])('a ratio of %d is within the tolerance or not', (ratio, count) => {
    expect(propose(whole(1, ratio), { current: 10 }).count).toBe(count);
  });
});

describe('several metrics', () => {
  // DOC: "the largest of the desired replica counts is chosen".
  it.each<[what: string, readings: Reading[], count: number]>([
    ['the largest count is taken', [whole(1, 2), shared(1, 3), whole(1, 1.5)], 4],
    ['one that fails does not keep it from growing', [FAILED, whole(1, 2)], 4],
    ['one that fails keeps it from shrinking', [FAILED, whole(1, 0.5)], 2],
    ['all fail', [FAILED], 2],
    ['there are none', [], 2],
  ])('%s', (_what, readings, count) => {
    expect(decideScale(ask({ current: 2, readings })).count).toBe(count);
  });

  it('says that a metric failed where that held it', () => {
    expect(decideScale(ask({ current: 2, readings: [FAILED, whole(1, 0.5)] })).limits).toContain(
      'failed metric',
    );
  });
});

describe('how fast it goes', () => {
  // DOC, default behavior: 4 or 100 % more every 15 s, whichever is more.
  it('up: 1, 5, 10, 20, 40, one step in 15 s', () => {
    const counts = [1];
    const changes: { atMs: number; by: number }[] = [];
    for (let step = 1; step <= 4; step += 1) {
      const current = counts.at(-1)!;
      const at = (ms: number): ReturnType<typeof decideScale> =>
        decideScale(
          ask({
            ...{ current, readings: [whole(1, 50)], nowMs: NOW + ms },
            past: { ...NO_PAST, changes },
          }),
        );
      // A moment before the period is over nothing more is allowed.
      if (step > 1) expect(at(step * 15_000 - 1).count).toBe(current);
      const { count } = at(step * 15_000);
      changes.push({ atMs: NOW + step * 15_000, by: count - current });
      counts.push(count);
    }
    expect(counts).toEqual([1, 5, 10, 20, 40]);
  });

  // DOC: "considers all recommendations within a configurable window choosing the highest".
  it.each([
    [299_999, 8],
    [300_000, 3],
  ])('down: a recommendation of %i ms ago counts or not', (agoMs, count) => {
    const recommendations = [
      { atMs: NOW - agoMs, count: 8 },
      { atMs: NOW - 60_000, count: 3 },
    ];
    const past = { ...NO_PAST, recommendations };
    expect(decideScale(ask({ current: 10, readings: [whole(10, 2)], past })).count).toBe(count);
  });

  it('an older high recommendation does not make it grow', () => {
    const past = { ...NO_PAST, recommendations: [{ atMs: NOW - 1, count: 20 }] };
    expect(decideScale(ask({ current: 4, readings: [whole(1, 0.5)], past })).count).toBe(4);
  });

  it('goes to its bounds at once, whatever the metrics say', () => {
    expect(decideScale(ask({ current: 9, max: 3 })).count).toBe(3);
    expect(decideScale(ask({ current: 1, min: 6 })).count).toBe(6);
  });
});

// KEDA: `cooldownPeriod` is "the period to wait after the last trigger reported active before
// scaling the resource back to 0", 300 s by default; activation is the way from zero.
describe('to zero and back', () => {
  const idle = { current: 1, min: 0, hasWork: false, readings: [shared(2, 0)] };

  it.each([
    [299_999, 1, 'cooldown'],
    [300_000, 0, 'idle'],
  ] as const)('idle for %i ms: %i', (agoMs, count, limit) => {
    const past = { ...NO_PAST, activeAtMs: NOW - agoMs };
    expect(decideScale(ask({ ...idle, past }))).toMatchObject({ count, limits: [limit] });
  });

  it('stays while it is not known since when it is idle, with work, and with a minimum', () => {
    const past = { ...NO_PAST, activeAtMs: NOW - 900_000 };
    expect(decideScale(ask(idle)).count).toBe(1);
    expect(decideScale(ask({ ...idle, past, hasWork: true })).count).toBe(1);
    expect(decideScale(ask({ ...idle, past, min: 1 })).count).toBe(1);
  });

  it('comes back with the first piece of work', () => {
    const none = { ...idle, current: 0 };
    expect(decideScale(ask(none)).count).toBe(0);
    const woken = { ...none, hasWork: true, readings: [shared(2, 40)] };
    expect(decideScale(ask(woken))).toMatchObject({ count: 1, limits: ['activation'] });
  });
});

describe('whatever is measured', () => {
  const moments = fc.integer({ min: NOW - 600_000, max: NOW });
  const positive = fc.double({ min: 0, max: 1e6, noNaN: true });
  const target = fc.double({ min: 0.01, max: 1e6, noNaN: true });
  const values = fc.array(
    fc.oneof(positive, fc.constantFrom<InstanceValue>('missing', 'unready')),
    { maxLength: 40 },
  );
  const reading = fc.oneof(
    fc.record({ target, values }).map((one) => each(one.target, ...one.values)),
    fc.record({ target, value: positive }).map((one) => shared(one.target, one.value)),
    fc.record({ target, value: positive }).map((one) => whole(one.target, one.value)),
    fc.constant(FAILED),
  );
  const past = fc.record({
    recommendations: fc.array(fc.record({ atMs: moments, count: fc.nat({ max: 40 }) })),
    changes: fc.array(fc.record({ atMs: moments, by: fc.integer({ min: -5, max: 5 }) })),
    activeAtMs: fc.option(moments, { nil: undefined }),
  });
  const question = fc
    .record({
      current: fc.nat({ max: 40 }),
      min: fc.nat({ max: 10 }),
      above: fc.nat({ max: 30 }),
      busy: fc.nat({ max: 40 }),
      hasWork: fc.boolean(),
      readings: fc.array(reading, { maxLength: 4 }),
      past,
    })
    .map(({ above, ...rest }): ScaleQuestion => {
      const busy = Math.min(rest.busy, rest.current);
      return { ...rest, busy, max: rest.min + above, nowMs: NOW };
    });

  it('the count is a whole number within the bounds, and never below the busy ones', () => {
    fc.assert(
      fc.property(question, (asked) => {
        const { count } = decideScale(asked);
        expect(Number.isInteger(count)).toBe(true);
        expect(count).toBeGreaterThanOrEqual(asked.busy);
        expect(count).toBeGreaterThanOrEqual(Math.min(asked.min, asked.max));
        expect(count).toBeLessThanOrEqual(Math.max(asked.max, asked.busy, asked.min));
      }),
    );
  });

  it('more of a metric never means fewer instances', () => {
    const make = [shared, whole, (wanted: number, value: number) => each(wanted, value, value)];
    fc.assert(
      fc.property(
        question,
        fc.constantFrom(...make),
        ...[target, positive, positive],
        (asked, of, wanted, one, other) => {
          const [less, more] = [Math.min(one, other), Math.max(one, other)];
          const count = (value: number): number =>
            decideScale({ ...asked, current: 2, busy: 0, readings: [of(wanted, value)] }).count;
          expect(count(more)).toBeGreaterThanOrEqual(count(less));
        },
      ),
    );
  });

  it('nothing is taken away while a metric cannot be read', () => {
    fc.assert(
      fc.property(question, (asked) => {
        const readings = [...asked.readings, FAILED];
        const { count } = decideScale({ ...asked, readings, hasWork: true });
        expect(count).toBeGreaterThanOrEqual(Math.min(asked.current, asked.max));
      }),
    );
  });

  it('nothing grows by more than the rule allows', () => {
    fc.assert(
      fc.property(question, (asked) => {
        const alone = { ...asked, past: { ...asked.past, changes: [] } };
        const { count } = decideScale(alone);
        const most = Math.max(alone.current + SCALE_RULE.upCount, alone.current * 2, alone.min);
        expect(count).toBeLessThanOrEqual(most);
      }),
    );
  });
});

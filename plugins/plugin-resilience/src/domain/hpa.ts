/**
 * The rule of the Kubernetes HorizontalPodAutoscaler, as its documentation has it
 * (kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale, "Algorithm details" and
 * "Configurable scaling behavior"), and of KEDA for the way to zero and back
 * (keda.sh/docs/reference/scaledobject-spec, `cooldownPeriod`).
 */

/** What an instance says of itself; one that is `missing` or `unready` has nothing to say yet. */
export type InstanceValue = number | 'missing' | 'unready';

/** A metric and what it is to be. All numbers have the unit of the metric. */
export type Reading = { readonly metric: string } & (
  | {
      /** One number an instance; their mean is to be the target. */
      readonly kind: 'each';
      readonly target: number;
      readonly values: readonly InstanceValue[];
    }
  /** One number for all, to be shared: its part for each instance is to be the target. */
  | { readonly kind: 'shared'; readonly target: number; readonly value: number }
  /** One number that says how well all do together. */
  | { readonly kind: 'whole'; readonly target: number; readonly value: number }
  /** One that could not be read. */
  | { readonly kind: 'failed'; readonly problem: string }
);

/** How many instances a metric asks for. */
export interface Proposal {
  readonly metric: string;
  readonly count: number;
  /** What was measured, for each instance where the target is; undefined where nothing could be. */
  readonly value: number | undefined;
  readonly target: number | undefined;
  /** Value to target. */
  readonly ratio: number | undefined;
}

/** How far and how fast a count may change. Times are in milliseconds. */
export interface ScaleRule {
  /** No change while the ratio is within so much of 1. */
  readonly tolerance: number;
  /** The highest recommendation of so long counts on the way down. */
  readonly stabilizationMs: number;
  /** In so long at most ... */
  readonly upPeriodMs: number;
  /** ... so many more, or ... */
  readonly upCount: number;
  /** ... so many percent more, whichever is more. */
  readonly upPercent: number;
  /** How long there must have been no work before the last instance goes. */
  readonly cooldownMs: number;
}

/** The defaults of Kubernetes and KEDA. */
export const SCALE_RULE: ScaleRule = {
  tolerance: 0.1,
  stabilizationMs: 300_000,
  upPeriodMs: 15_000,
  upCount: 4,
  upPercent: 100,
  cooldownMs: 300_000,
};

/** What has been recommended and done. Moments are milliseconds since 1970. */
export interface ScalePast {
  readonly recommendations: readonly { readonly atMs: number; readonly count: number }[];
  /** Changes of the count, by how many; less than 0 when it went down. */
  readonly changes: readonly { readonly atMs: number; readonly by: number }[];
  /** When there was work last; undefined when it is not known. */
  readonly activeAtMs: number | undefined;
}

export interface ScaleQuestion {
  /** How many there are. */
  readonly current: number;
  readonly min: number;
  readonly max: number;
  /** How many of them are in the middle of something, and are not to be ended. */
  readonly busy: number;
  readonly hasWork: boolean;
  readonly readings: readonly Reading[];
  readonly past: ScalePast;
  readonly nowMs: number;
}

/** What kept a count from being what the metrics ask for. */
export type ScaleLimit =
  | 'least'
  | 'most'
  | 'busy'
  | 'stabilization'
  | 'rate'
  | 'failed metric'
  | 'cooldown'
  | 'activation'
  | 'idle';

export interface ScaleAnswer {
  readonly count: number;
  /** What the metrics ask for by themselves, to be remembered as a recommendation. */
  readonly recommended: number;
  readonly proposals: readonly Proposal[];
  readonly limits: readonly ScaleLimit[];
}

/** How many instances there should be. */
export function decideScale(question: ScaleQuestion, rule: ScaleRule = SCALE_RULE): ScaleAnswer {
  const { current, readings, hasWork, min, busy } = question;
  const proposals = readings.map((reading) => propose(reading, question, rule));
  if (current === 0) return fromZero(hasWork, min, proposals);
  const asked = recommend(proposals, current);
  const limits: ScaleLimit[] = asked.isHeld ? ['failed metric'] : [];
  let count = stabilize(asked.count, question, rule);
  if (count !== asked.count) limits.push('stabilization');
  const fastest = fastestOf(question, rule);
  if (count > fastest) limits.push('rate');
  count = Math.min(count, fastest);
  const bounded = bound(count, question, rule, limits);
  if (bounded < busy) limits.push('busy');
  const kept = Math.max(bounded, Math.min(busy, current));
  return { count: kept, recommended: asked.count, proposals, limits };
}

// KEDA's own part: the autoscaler of Kubernetes knows no zero.
function fromZero(hasWork: boolean, min: number, proposals: readonly Proposal[]): ScaleAnswer {
  const count = Math.max(min, hasWork ? 1 : 0);
  const limits: ScaleLimit[] = count === 0 ? [] : [hasWork ? 'activation' : 'least'];
  return { count, recommended: count, proposals, limits };
}

/** How many a metric asks for; as many as there are when it cannot be read. */
export function propose(
  reading: Reading,
  { current }: Pick<ScaleQuestion, 'current'>,
  rule: Pick<ScaleRule, 'tolerance'> = SCALE_RULE,
): Proposal {
  const { metric } = reading;
  const none = { metric, count: current, value: undefined, target: undefined, ratio: undefined };
  switch (reading.kind) {
    case 'failed':
      return none;
    case 'each':
      return proposeEach(reading, none, rule.tolerance);
    case 'shared': {
      const { value: total, target } = reading;
      const ratio = current === 0 ? Infinity : total / (target * current);
      const count = isNearOne(ratio, rule.tolerance) ? current : Math.ceil(total / target);
      const value = current === 0 ? total : total / current;
      return { metric, count, value, target, ratio };
    }
    case 'whole': {
      const { value, target } = reading;
      const ratio = value / target;
      const count = isNearOne(ratio, rule.tolerance) ? current : Math.ceil(ratio * current);
      return { metric, count, value, target, ratio };
    }
  }
}

// Those that say nothing count as what makes the change smaller.
function proposeEach(
  { values, target }: Extract<Reading, { kind: 'each' }>,
  none: Proposal,
  tolerance: number,
): Proposal {
  const known = values.filter((value) => typeof value === 'number');
  if (known.length === 0) return none;
  const value = mean(known);
  const ratio = value / target;
  const keep = { ...none, value, target, ratio };
  const damped = values.flatMap((one) => assumed(one, ratio, target));
  const dampedRatio = mean(damped) / target;
  const isReversed = (ratio - 1) * (dampedRatio - 1) <= 0;
  if (isReversed || isNearOne(dampedRatio, tolerance)) return keep;
  const count = Math.ceil(round(dampedRatio * damped.length));
  const turnsBack = dampedRatio > 1 ? count < none.count : count > none.count;
  return turnsBack ? keep : { ...keep, count };
}

function assumed(value: InstanceValue, ratio: number, target: number): number[] {
  if (typeof value === 'number') return [value];
  if (ratio > 1) return [0];
  return value === 'missing' ? [target] : [];
}

function recommend(
  proposals: readonly Proposal[],
  current: number,
): { readonly count: number; readonly isHeld: boolean } {
  if (proposals.length === 0) return { count: current, isHeld: false };
  const count = Math.max(...proposals.map((proposal) => proposal.count));
  const known = proposals.filter(({ ratio }) => ratio !== undefined);
  const wanted = Math.max(0, ...known.map((proposal) => proposal.count));
  // One that failed might have asked for more, so nothing is taken away.
  const isHeld = known.length < proposals.length && wanted < current;
  return { count: Math.max(1, count), isHeld };
}

function stabilize(
  count: number,
  { current, past, nowMs }: ScaleQuestion,
  { stabilizationMs }: ScaleRule,
): number {
  if (count >= current) return count;
  const recent = past.recommendations.filter(({ atMs }) => nowMs - atMs < stabilizationMs);
  return Math.min(current, Math.max(count, ...recent.map((one) => one.count)));
}

// Counted from what there was at the beginning of the period.
function fastestOf({ current, past, nowMs }: ScaleQuestion, rule: ScaleRule): number {
  const recent = past.changes.filter(({ atMs }) => nowMs - atMs < rule.upPeriodMs);
  const before = current - recent.reduce((sum, { by }) => sum + by, 0);
  const percent = Math.ceil(before * (1 + rule.upPercent / 100));
  return Math.max(current, before + rule.upCount, percent);
}

function bound(
  count: number,
  question: ScaleQuestion,
  rule: ScaleRule,
  limits: ScaleLimit[],
): number {
  const { min, max } = question;
  if (count > max) limits.push('most');
  if (count < min) limits.push('least');
  const bounded = Math.max(min, Math.min(max, count));
  if (min > 0 || question.hasWork || question.busy > 0 || bounded > 1) return bounded;
  return Math.min(bounded, isCool(question, rule, limits) ? 0 : 1);
}

function isCool(
  { past, nowMs }: ScaleQuestion,
  { cooldownMs }: ScaleRule,
  limits: ScaleLimit[],
): boolean {
  const isOver = past.activeAtMs !== undefined && nowMs - past.activeAtMs >= cooldownMs;
  limits.push(isOver ? 'idle' : 'cooldown');
  return isOver;
}

function isNearOne(ratio: number, tolerance: number): boolean {
  return Math.abs(round(ratio - 1)) <= tolerance;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

// 1.1 - 1 is not 0.1 in binary, and 3 x 1.333... may be a trifle over 4.
function round(value: number): number {
  return Number.isFinite(value) ? Math.round(value * 1e9) / 1e9 : value;
}

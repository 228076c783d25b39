import { formatUsd, type PicoUsd } from '@371os/kernel';
import { affordableInstances, withinHourlyCost, type Allowance } from './affordable.ts';
import {
  decideScale,
  type ScaleAnswer,
  type ScaleLimit,
  type ScalePast,
  type ScaleRule,
} from './hpa.ts';
import type { Fleet, FleetTerms } from './fleet.ts';
import { isBusy, type Instance } from './instance.ts';
import { readingsOf, type WorkLoad } from './readings.ts';
import type { ScalingDecision, ScalingOrder } from './scaling-decision.ts';
import type { ScalingTarget } from './scaling-target.ts';

/** All that counts for how many instances an agent should have. */
export interface ScalingCase extends Partial<Omit<Fleet, 'instances' | 'problem'>> {
  readonly target: ScalingTarget;
  readonly instances: readonly Instance[];
  readonly load: WorkLoad | { readonly problem: string };
  readonly past: ScalePast;
  readonly order: ScalingOrder | undefined;
  /** What an instance costs in an hour at most. */
  readonly pricePico: PicoUsd;
  readonly allowances: readonly Allowance[];
  /** What models have cost the agent in the last hour; undefined when it does not matter. */
  readonly modelsPicoPerHour: PicoUsd | undefined;
  readonly rule: ScaleRule;
  readonly nowMs: number;
}

/** How many instances an agent should have: its metrics, within its bounds and what it may cost. */
export function judgeScaling(asked: ScalingCase): ScalingDecision {
  const { target, order, load } = asked;
  const serving = asked.instances.filter(({ state }) => state !== 'draining');
  const current = serving.length;
  const reasons: string[] = [];
  const answer = decideScale(
    {
      current,
      min: leastOf(asked),
      max: mostOf(asked, current, reasons),
      busy: serving.filter(isBusy).length,
      // While it is not known whether there is work, nobody is sent home.
      hasWork: 'problem' in load || load.queued + load.working > 0,
      readings: readingsOf(measurable(asked, reasons), load, serving),
      ...{ past: asked.past, nowMs: asked.nowMs },
    },
    asked.rule,
  );
  if ('problem' in load) reasons.push(load.problem);
  reasons.push(...answer.limits.map((limit) => wordsOf(limit, asked.rule)));
  const wanted = order ? ordered(order, target, reasons) : answer.count;
  const affordable = afford(wanted, current, asked, reasons);
  const { count, needsApproval } = approve(affordable, current, asked, reasons);
  reasons.push(...(asked.notes ?? []));
  return decisionOf(asked, answer, { current, count, reasons, needsApproval });
}

function decisionOf(
  { target, load, order, pricePico }: ScalingCase,
  { recommended, proposals }: ScaleAnswer,
  outcome: Pick<ScalingDecision, 'current' | 'count' | 'reasons' | 'needsApproval'>,
): ScalingDecision {
  const { agent, min, max } = target;
  const known = 'problem' in load ? undefined : load;
  return {
    ...{ agent, min, max, recommended, proposals, order, ...outcome },
    hasWork: known === undefined || known.queued + known.working > 0,
    load: known,
    pricePicoPerHour: pricePico,
  };
}

// What nobody can say there is left out, instead of counting as a metric that failed.
function measurable({ target, unmeasured = [] }: ScalingCase, reasons: string[]): ScalingTarget {
  const left = unmeasured.filter((metric) => target[metric] !== undefined);
  for (const metric of left)
    reasons.push(`${metric} does not count: providers on Akash do not report it.`);
  return { ...target, ...Object.fromEntries(left.map((metric) => [metric, undefined])) };
}

// The agent's own process goes with the company, not with the load.
function leastOf({ target, instances, scalesOwn = false }: ScalingCase): number {
  if (scalesOwn) return target.min;
  return Math.max(target.min, instances.some(({ index }) => index === 0) ? 1 : 0);
}

// Cost does not say how many are needed, but how many there may be.
function mostOf(
  { target, modelsPicoPerHour, pricePico }: ScalingCase,
  current: number,
  reasons: string[],
): number {
  const { max, min, costPicoPerHour } = target;
  if (costPicoPerHour === undefined || modelsPicoPerHour === undefined) return max;
  const most = withinHourlyCost({ current, modelsPicoPerHour, pricePico, costPicoPerHour });
  if (most >= max) return max;
  reasons.push(
    `No more than ${times(most)} keep it within $${formatUsd(costPicoPerHour)} an hour, since models cost $${formatUsd(modelsPicoPerHour)} in the last one.`,
  );
  return Math.max(min, most);
}

function ordered(
  { count, by }: ScalingOrder,
  { min, max, agent }: ScalingTarget,
  reasons: string[],
): number {
  const bounded = Math.max(min, Math.min(max, count));
  reasons.push(`${by} wants ${times(count)}, until somebody says "scale ${agent} by itself".`);
  if (bounded !== count)
    reasons.push(`Its bounds are ${String(min)} to ${String(max)} (RESILIENCE_SCALING).`);
  return bounded;
}

function afford(
  wanted: number,
  current: number,
  { pricePico, allowances, terms }: ScalingCase,
  reasons: string[],
): number {
  if (terms) return affordEach(wanted, current, { terms, allowances }, reasons);
  const { count, limit } = affordableInstances(pricePico, allowances);
  if (wanted <= current || wanted <= count || !limit) return wanted;
  reasons.push(
    `${times(wanted)} may cost $${formatUsd(pricePico * BigInt(wanted))} an hour, and $${formatUsd(limit.leftPico)} is left under ${limit.name}: the owner can raise it (/cap).`,
  );
  return Math.max(current, count);
}

// What runs has its money already; each one more is set aside for a month.
function affordEach(
  wanted: number,
  current: number,
  { terms, allowances }: { terms: FleetTerms; allowances: readonly Allowance[] },
  reasons: string[],
): number {
  const { reservedPico } = terms;
  const { count: more, limit } = affordableInstances(reservedPico, allowances);
  if (wanted - current <= more || !limit) return wanted;
  reasons.push(
    `${times(wanted - current)} more may cost $${formatUsd(reservedPico * BigInt(wanted - current))} a month, and $${formatUsd(limit.leftPico)} is left under ${limit.name}: the owner can raise it (/cap).`,
  );
  return current + more;
}

function approve(
  wanted: number,
  current: number,
  { terms }: ScalingCase,
  reasons: string[],
): { count: number; needsApproval: boolean } {
  if (!terms || wanted <= current || wanted <= terms.mostApproved)
    return { count: wanted, needsApproval: false };
  const { mostApproved, hourlyPico } = terms;
  reasons.push(
    `It needs approval: ${times(mostApproved)} may be paid for so far, and ${times(wanted)} are wanted, each at most $${formatUsd(hourlyPico)} an hour.`,
  );
  return { count: Math.max(current, mostApproved), needsApproval: true };
}

function times(count: number): string {
  return `${String(count)} instance${count === 1 ? '' : 's'}`;
}

function wordsOf(limit: ScaleLimit, rule: ScaleRule): string {
  const seconds = (ms: number): string => `${String(Math.round(ms / 1_000))} s`;
  switch (limit) {
    case 'least':
      return 'There are never fewer than its minimum.';
    case 'most':
      return 'There are never more than its maximum.';
    case 'busy':
      return 'An instance that works on something is not ended.';
    case 'stabilization':
      return `It shrinks only to the highest count that was asked for within ${seconds(rule.stabilizationMs)}.`;
    case 'rate':
      return `Within ${seconds(rule.upPeriodMs)} it grows by ${String(rule.upCount)} or ${String(rule.upPercent)} % at most.`;
    case 'failed metric':
      return 'A metric could not be read, so nothing is taken away.';
    case 'cooldown':
      return `The last instance goes once there was nothing to do for ${seconds(rule.cooldownMs)}.`;
    case 'activation':
      return 'There is work and nobody to do it.';
    case 'idle':
      return `There was nothing to do for ${seconds(rule.cooldownMs)}.`;
  }
}

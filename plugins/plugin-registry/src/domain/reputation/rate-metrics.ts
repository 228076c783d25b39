/** What was measured of an agent; what was not is missing. */
export interface Metrics {
  /** 95th percentile of the time to an answer, in milliseconds. */
  readonly p95LatencyMs?: number | undefined;
  /** Share of calls that were answered, 0 to 1. */
  readonly successShare?: number | undefined;
  /** Mean cost of a call, in US dollars. */
  readonly averageCostUsd?: number | undefined;
}

const SLOWEST_MS = 5_000;
const DEAREST_USD = 10;
const WEIGHTS = { latency: 0.4, success: 0.4, cost: 0.2 } as const;

/**
 * A rating from 0 to 1 by the origin's formula, 0.4 latency + 0.4 success + 0.2 cost, over what was
 * measured; undefined when nothing was.
 */
export function rateMetrics(metrics: Metrics): number | undefined {
  const { p95LatencyMs, successShare, averageCostUsd } = metrics;
  const terms = [
    { weight: WEIGHTS.latency, value: below(p95LatencyMs, SLOWEST_MS) },
    { weight: WEIGHTS.success, value: successShare },
    { weight: WEIGHTS.cost, value: below(averageCostUsd, DEAREST_USD) },
  ].flatMap(({ weight, value }) => (value === undefined ? [] : [{ weight, value }]));
  if (terms.length === 0) return undefined;
  const weights = terms.reduce((sum, { weight }) => sum + weight, 0);
  return terms.reduce((sum, { weight, value }) => sum + weight * value, 0) / weights;
}

function below(value: number | undefined, worst: number): number | undefined {
  return value === undefined ? undefined : Math.max(0, 1 - value / worst);
}

/** A rating from 0 to 1 as it goes on chain: 0 to 100. */
export function onChainRating(rating: number): number {
  return Math.min(100, Math.max(0, Math.round(rating * 100)));
}

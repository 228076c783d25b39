import { formatUsd, type PicoUsd } from '@371os/kernel';

/** One call that was made, as we have measured it. */
export interface Measurement {
  readonly agent: string;
  readonly latencyMs: number;
  readonly costPico: PicoUsd;
  readonly isSuccess: boolean;
}

/** What the index knows of the network. */
export interface NetworkCounts {
  readonly registered: number;
  readonly active: number;
  /** Those whose file could not be read or verified. */
  readonly failing: number;
}

/** What the calls of a span of time come to; null where nothing was measured. */
export interface Statistics {
  readonly calls: number;
  readonly p50LatencyMs: number | null;
  readonly p95LatencyMs: number | null;
  /** 0 to 1. */
  readonly successShare: number | null;
  /** Of the calls that succeeded, in US dollars. */
  readonly averageCostUsd: number | null;
  /** Share of the agents called whose last call succeeded, 0 to 1. */
  readonly availability: number | null;
}

/** One agent's share in that. */
export interface AgentStatistics extends Statistics {
  readonly agent: string;
}

export function statisticsOf(measurements: readonly Measurement[]): Statistics {
  const latencies = measurements.map(({ latencyMs }) => latencyMs).sort((a, b) => a - b);
  const good = measurements.filter(({ isSuccess }) => isSuccess);
  const last = new Map(measurements.map(({ agent, isSuccess }) => [agent, isSuccess]));
  const spent = good.reduce((sum, { costPico }) => sum + costPico, 0n);
  return {
    calls: measurements.length,
    p50LatencyMs: percentile(latencies, 0.5),
    p95LatencyMs: percentile(latencies, 0.95),
    successShare: share(good.length, measurements.length),
    averageCostUsd: good.length === 0 ? null : Number(formatUsd(spent / BigInt(good.length))),
    availability: share([...last.values()].filter(Boolean).length, last.size),
  };
}

/** The nearest-rank percentile of values in order. */
function percentile(sorted: readonly number[], rank: number): number | null {
  return sorted[Math.max(0, Math.ceil(sorted.length * rank) - 1)] ?? null;
}

function share(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}

/** The statistics of each agent, busiest first. */
export function byAgent(measurements: readonly Measurement[]): AgentStatistics[] {
  const grouped = Map.groupBy(measurements, ({ agent }) => agent);
  return [...grouped]
    .map(([agent, own]) => ({ agent, ...statisticsOf(own) }))
    .sort((left, right) => right.calls - left.calls || (left.agent < right.agent ? -1 : 1));
}

/**
 * The network's health from 0 to 100 by the origin's formula: 0.3 availability, 0.25 latency (5 s are
 * none), 0.25 success, 0.2 number of agents (50 are all), over the terms that were measured. Null when
 * no call was.
 */
export function healthOf(statistics: Statistics, counts: NetworkCounts): number | null {
  const { availability, p50LatencyMs, successShare } = statistics;
  if (statistics.calls === 0) return null;
  const terms = [
    { weight: 0.3, value: times(availability, 100) },
    { weight: 0.25, value: p50LatencyMs === null ? null : Math.max(0, 100 - p50LatencyMs / 50) },
    { weight: 0.25, value: times(successShare, 100) },
    { weight: 0.2, value: Math.min(100, 2 * counts.active) },
  ].flatMap(({ weight, value }) => (value === null ? [] : [{ weight, value }]));
  const weights = terms.reduce((sum, { weight }) => sum + weight, 0);
  return terms.reduce((sum, { weight, value }) => sum + weight * value, 0) / weights;
}

function times(value: number | null, factor: number): number | null {
  return value === null ? null : value * factor;
}

const SLOW_MS = 2_000;
const DEAR_TIMES = 1.5;
const LEAST_SUCCESS = 0.95;

/** What to do about it, by the origin's thresholds, each with what was measured. */
export function recommendationsFor(
  statistics: Statistics,
  agents: readonly AgentStatistics[],
): string[] {
  const { p50LatencyMs, successShare, averageCostUsd } = statistics;
  const recommendations: string[] = [];
  if (p50LatencyMs !== null && p50LatencyMs > SLOW_MS)
    recommendations.push(
      `The median call takes ${String(p50LatencyMs)} ms (more than ${String(SLOW_MS)}): look for agents in more regions.`,
    );
  const dear = agents.filter(({ averageCostUsd: own }) => isDear(own, averageCostUsd));
  for (const { agent, averageCostUsd: own } of dear)
    recommendations.push(
      `Agent ${agent} costs $${String(own)} a call, more than ${String(DEAR_TIMES)} times the average of $${String(averageCostUsd)}: look for a cheaper one.`,
    );
  if (successShare !== null && successShare < LEAST_SUCCESS)
    recommendations.push(
      `${percent(successShare)} of the calls succeeded (less than ${percent(LEAST_SUCCESS)}): leave agents that fail alone for a while.`,
    );
  return recommendations;
}

function isDear(own: number | null, average: number | null): boolean {
  return own !== null && average !== null && own > DEAR_TIMES * average;
}

/** What cannot wait, in words. */
export function alertsFor(
  { p95LatencyMs, successShare, calls }: Statistics,
  { registered, failing }: NetworkCounts,
): string[] {
  const alerts: string[] = [];
  if (calls > 0 && successShare !== null && successShare < 0.5)
    alerts.push(`Only ${percent(successShare)} of ${String(calls)} calls succeeded.`);
  if (p95LatencyMs !== null && p95LatencyMs > 5_000)
    alerts.push(`The slowest calls take ${String(p95LatencyMs)} ms and more.`);
  if (failing > registered / 2)
    alerts.push(`The files of ${String(failing)} of ${String(registered)} agents cannot be read.`);
  return alerts;
}

/** How much a figure has changed since the window before; null where one of them is missing. */
export type Trend = Readonly<
  Record<'calls' | 'p50LatencyMs' | 'successShare' | 'averageCostUsd', number | null>
>;

export function trendOf(now: Statistics, before: Statistics): Trend {
  const change = (left: number | null, right: number | null): number | null =>
    left === null || right === null ? null : left - right;
  return {
    calls: now.calls - before.calls,
    p50LatencyMs: change(now.p50LatencyMs, before.p50LatencyMs),
    successShare: change(now.successShare, before.successShare),
    averageCostUsd: change(now.averageCostUsd, before.averageCostUsd),
  };
}

const HOUR_MS = 3_600_000;

/** Spans of time that can be looked at, in milliseconds. */
export const WINDOWS_MS = { h: HOUR_MS, d: 24 * HOUR_MS, w: 7 * 24 * HOUR_MS } as const;
export type MonitorWindow = keyof typeof WINDOWS_MS;

/** The window that a word stands for, such as `1h`, `24h`, `7d`, `week`; a day for other words. */
export function windowOf(word: string): MonitorWindow {
  const known = /^(?:last\s+)?(?:(?:1\s*)?(?<h>h|hour)|(?:7\s*d(?:ays)?|(?:1\s*)?(?<w>w|week)))$/i;
  const found = known.exec(word.trim());
  if (!found) return 'd';
  return found.groups?.['h'] === undefined ? 'w' : 'h';
}

export function percent(shareOfOne: number): string {
  return `${String(Math.round(shareOfOne * 1_000) / 10)} %`;
}

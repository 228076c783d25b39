import {
  percent,
  type AgentStatistics,
  type MonitorWindow,
  type NetworkCounts,
  type Statistics,
  type Trend,
} from './network-report.ts';

const WINDOW_WORDS: Readonly<Record<MonitorWindow, string>> = {
  h: 'hour',
  d: '24 hours',
  w: '7 days',
};

/** What is told of the network. */
export interface DescribedReport {
  readonly window: MonitorWindow;
  /** 0 to 100; null without calls. */
  readonly health: number | null;
  readonly counts: NetworkCounts;
  readonly statistics: Statistics;
  /** Of the agents called, best first. */
  readonly topPerformers: readonly AgentStatistics[];
  readonly trend: Trend;
  readonly recommendations: readonly string[];
  readonly alerts: readonly string[];
}

/** How the network does, for people; what was not measured is said to be so. */
export function describeReport(report: DescribedReport): string {
  const { window, health, counts, statistics, topPerformers } = report;
  const { registered, active, failing } = counts;
  const lines = [
    `The last ${WINDOW_WORDS[window]}: health ${health === null ? 'not measured (no call was made)' : `${health.toFixed(1)} of 100`}.`,
    `Agents: ${String(registered)} registered, ${String(active)} active, ${String(failing)} with files that cannot be read or believed.`,
    describeCalls(statistics),
    ...topPerformers.map(
      (one) =>
        `- ${one.agent}: ${String(one.calls)} calls, ${orNot(one.successShare, percent)} succeeded, median ${milliseconds(one.p50LatencyMs)}`,
    ),
    describeTrend(report.trend),
    ...report.alerts.map((alert) => `Alert: ${alert}`),
    ...report.recommendations.map((advice) => `Advice: ${advice}`),
  ];
  return lines.filter((line) => line !== '').join('\n');
}

function describeCalls(statistics: Statistics): string {
  const { calls, successShare, p50LatencyMs, p95LatencyMs, averageCostUsd } = statistics;
  if (calls === 0) return 'Calls: none, so there are no figures of latency, success or cost.';
  return `Calls: ${String(calls)}, ${orNot(successShare, percent)} succeeded; median ${milliseconds(p50LatencyMs)}, 95 % within ${milliseconds(p95LatencyMs)}; ${orNot(averageCostUsd, (cost) => `$${String(cost)}`)} on average.`;
}

function describeTrend({ calls, successShare, p50LatencyMs }: Trend): string {
  if (calls === null || p50LatencyMs === null || successShare === null) return '';
  const points = `${signed(Math.round(successShare * 1_000) / 10)} points of success`;
  return `Since the time before: ${signed(calls)} calls, ${signed(p50LatencyMs)} ms at the median, ${points}.`;
}

function orNot(value: number | null, words: (value: number) => string): string {
  return value === null ? 'nothing' : words(value);
}

function milliseconds(value: number | null): string {
  return orNot(value, (ms) => `${String(ms)} ms`);
}

function signed(value: number): string {
  return value > 0 ? `+${String(value)}` : String(value);
}

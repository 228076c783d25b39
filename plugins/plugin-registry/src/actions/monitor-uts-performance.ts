import { ruledAction } from '@371os/kernel';
import { z } from 'zod';
import { describeReport } from '../domain/monitor/describe-report.ts';
import { windowOf } from '../domain/monitor/network-report.ts';
import { readMonitorRequest } from '../domain/tools/read-tool-request.ts';
import { agentToolsOf } from '../services/agent-tools-service.ts';
import type { NetworkReport } from '../services/network-monitor.ts';

const input = z.object({ timeWindow: z.string().max(32).catch('24h').default('24h') });

function presentReport(report: NetworkReport): Record<string, unknown> {
  const { statistics, trend, counts, health, topPerformers, recommendations } = report;
  const { averageCostUsd, successShare, availability } = statistics;
  return {
    analysis: {
      ...{ networkHealth: health, topPerformers, recommendations },
      costEfficiency: { averageCostUsd, cheapest: cheapestOf(topPerformers) },
      reliabilityTrends: { successShare, availability, change: trend.successShare },
    },
    ...{ metrics: { ...statistics, ...counts }, trends: trend, alerts: report.alerts },
    ...{ timeWindow: report.window, index: report.index ?? null },
  };
}

function cheapestOf(agents: NetworkReport['topPerformers']): string | null {
  const priced = agents.filter(({ averageCostUsd }) => averageCostUsd !== null);
  const [cheapest] = priced.toSorted(
    (left, right) => Number(left.averageCostUsd) - Number(right.averageCostUsd),
  );
  return cheapest?.agent ?? null;
}

/** Says how the agents that we know and call do. Everybody may ask. */
export const monitorUtsPerformance = ruledAction({
  name: 'MONITOR_UTS_PERFORMANCE',
  similes: [
    'TRACK_NETWORK_METRICS',
    'ANALYZE_TOOL_PERFORMANCE',
    'MONITOR_DECENTRALIZED_HEALTH',
    'ASSESS_SYSTEM_RELIABILITY',
  ],
  description:
    'Tells how the network of registered agents and our calls of their tools have done: health, latency, success, cost, trends, alerts and advice. What was not measured is null.',
  parameters: {
    timeWindow: { type: 'string', description: '1h, 24h or 7d. Default: 24h', required: false },
  },
  validate: (runtime) => Promise.resolve(runtime.hasService('agent-tools')),
  rule: readMonitorRequest,
  example: [
    'How is the tool performance of the last week?',
    'The last 7 days: health 93.1 of 100.',
  ],
  async work({ runtime, parameters }) {
    const { timeWindow } = input.parse({ timeWindow: parameters['timeWindow'] });
    const monitor = await (await agentToolsOf(runtime)).monitor();
    const report = await monitor.report(windowOf(timeWindow));
    return { text: describeReport(report), data: presentReport(report) };
  },
});

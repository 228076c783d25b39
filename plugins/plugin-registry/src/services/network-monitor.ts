import type { Clock } from '@371os/kernel';
import { isAlive } from '../domain/discovery/indexed-agent.ts';
import type { DescribedReport } from '../domain/monitor/describe-report.ts';
import {
  alertsFor,
  byAgent,
  healthOf,
  recommendationsFor,
  statisticsOf,
  trendOf,
  WINDOWS_MS,
  type AgentStatistics,
  type MonitorWindow,
  type NetworkCounts,
} from '../domain/monitor/network-report.ts';
import { countAgents } from '../store/agent-index-store.ts';
import type { Database } from '../store/database.ts';
import { readProgress, type IndexProgress } from '../store/event-index-store.ts';
import { readMeasurements } from '../store/execution-store.ts';
import type { AgentDirectory } from './agent-directory.ts';

export interface NetworkMonitorComponents {
  readonly database: Database;
  readonly registry: string;
  readonly directory: AgentDirectory;
  readonly now: Clock;
}

/** How the agents that we know and call have done in a window of time. */
export interface NetworkReport extends DescribedReport {
  readonly index: IndexProgress | undefined;
}

const TOP = 5;

/** Reports what was measured of the network, and nothing else. */
export class NetworkMonitor {
  readonly #components: NetworkMonitorComponents;

  constructor(components: NetworkMonitorComponents) {
    this.#components = components;
  }

  async report(window: MonitorWindow): Promise<NetworkReport> {
    const { database, registry, now } = this.#components;
    const toMs = now();
    const spanMs = WINDOWS_MS[window];
    const [measured, before, counts, index] = await Promise.all([
      readMeasurements(database, { fromMs: toMs - spanMs, toMs: toMs + 1 }),
      readMeasurements(database, { fromMs: toMs - 2 * spanMs, toMs: toMs - spanMs }),
      this.#counts(toMs),
      readProgress(database, registry),
    ]);
    const statistics = statisticsOf(measured);
    const agents = byAgent(measured);
    return {
      ...{ window, counts, statistics, index, health: healthOf(statistics, counts) },
      topPerformers: agents.toSorted(byPerformance).slice(0, TOP),
      trend: trendOf(statistics, statisticsOf(before)),
      recommendations: recommendationsFor(statistics, agents),
      alerts: alertsFor(statistics, counts),
    };
  }

  async #counts(nowMs: number): Promise<NetworkCounts> {
    const { database, registry, directory } = this.#components;
    const { registered, failing } = await countAgents(database, registry);
    const active = (await directory.all()).filter((agent) => isAlive(agent, nowMs)).length;
    return { registered, failing, active };
  }
}

function byPerformance(left: AgentStatistics, right: AgentStatistics): number {
  return (
    (right.successShare ?? 0) - (left.successShare ?? 0) ||
    (left.p50LatencyMs ?? 0) - (right.p50LatencyMs ?? 0)
  );
}

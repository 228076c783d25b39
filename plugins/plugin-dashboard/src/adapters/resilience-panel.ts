import type { IAgentRuntime } from '@elizaos/core';
import type * as resiliencePlugin from '@371os/plugin-resilience';
import type { Drill, ResilienceReport, ResilienceService } from '@371os/plugin-resilience';
import type { DrillLine, Metric, ResiliencePanel } from '../domain/panels.ts';
import type { PanelSource } from '../ports/panel-source.ts';
import { panelOf } from './colleagues.ts';

const FRESH_MS = 2_000;

/** The mode, the three metrics and the last drill. */
export function resiliencePanel(runtime: IAgentRuntime): PanelSource<'resilience'> {
  return panelOf<'resilience', ResilienceService>({
    ...{ name: 'resilience', everyMs: 5_000, runtime },
    ...{ service: 'resilience', plugin: '@371os/plugin-resilience' },
    read: async (service) => {
      const { describeDrillPlan, recoveryMs } = await import('@371os/plugin-resilience');
      const { measures, drills } = await service.engine();
      const [report, [newest]] = await Promise.all([measures.report(FRESH_MS), drills.list()]);
      const lastDrill = newest ? drillLine(newest, { describeDrillPlan, recoveryMs }) : null;
      return { ...presentReport(report), lastDrill };
    },
  });
}

function presentReport(report: ResilienceReport): Omit<ResiliencePanel, 'lastDrill'> {
  const { mode, leader, platformDependencyRisk: risk, problems } = report;
  return {
    mode: mode && { state: mode.state, sinceMs: mode.sinceMs, cause: mode.cause },
    leader,
    offlineSyncRate: syncMetric(report.offlineSyncRate),
    platformDependencyRisk: riskMetric(risk),
    crossCommunityRedundancy: redundancyMetric(report.crossCommunityRedundancy),
    classes: risk.classes.map(({ dependency, level, effectiveSuppliers, reasons }) => ({
      ...{ dependency, level, effectiveSuppliers, reasons },
    })),
    problems,
  };
}

const LEVELS = {
  ok: 'good',
  low: 'good',
  medium: 'fair',
  degraded: 'bad',
  high: 'bad',
} as const;

function levelOf(level: keyof typeof LEVELS | null): Metric['level'] {
  return level === null ? null : LEVELS[level];
}

function syncMetric({
  value,
  level,
  n,
  waiting,
  source,
}: ResilienceReport['offlineSyncRate']): Metric {
  const judged = `${String(n)} judged, ${String(waiting)} waiting; from ${source}`;
  return { value: percent(value), level: levelOf(level), words: judged };
}

function riskMetric({
  level,
  limitingClass,
  classes,
}: ResilienceReport['platformDependencyRisk']): Metric {
  const limiting = classes.find(({ dependency }) => dependency === limitingClass);
  const words = limiting
    ? `limited by ${limiting.dependency}: ${limiting.reasons.join(', ')}`
    : 'nothing that it depends on is known';
  return { value: level, level: levelOf(level), words };
}

function redundancyMetric({
  value,
  level,
  minK,
  capabilities,
}: ResilienceReport['crossCommunityRedundancy']): Metric {
  const surviving = capabilities.filter(({ survives }) => survives).length;
  const words =
    value === null
      ? 'no capability is known'
      : `${String(surviving)} of ${String(capabilities.length)} capabilities left whoever is lost; fewest independent domains: ${String(minK)}`;
  return { value: percent(value), level: levelOf(level), words };
}

function percent(share: number | null): string | null {
  return share === null ? null : `${String(Math.floor(share * 1_000) / 10)} %`;
}

type Words = Pick<typeof resiliencePlugin, 'describeDrillPlan' | 'recoveryMs'>;

function drillLine(drill: Drill, { describeDrillPlan, recoveryMs }: Words): DrillLine {
  const { id, state, plan, outcome, detectedMs } = drill;
  return {
    ...{ id, state, outcome, summary: describeDrillPlan(plan) },
    atMs: drill.begunAtMs ?? drill.askedAtMs,
    detectionMs: detectedMs ?? null,
    recoveryMs: recoveryMs(drill) ?? null,
  };
}

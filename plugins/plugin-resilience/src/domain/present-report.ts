import type { ClassRisk } from './dependency-risk.ts';
import type { ResilienceReport } from './resilience-report.ts';

/** The state as machines read it, without anything that is not for everybody. What is not known is null. */
export function presentState(report: ResilienceReport): Record<string, unknown> {
  const { offlineSyncRate, platformDependencyRisk, crossCommunityRedundancy, mode, atMs } = report;
  return {
    at: isoTime(atMs),
    mode: mode?.state ?? null,
    offlineSyncRate: offlineSyncRate.value,
    offlineSyncLevel: offlineSyncRate.level,
    platformDependencyRisk: platformDependencyRisk.level,
    crossCommunityRedundancy: crossCommunityRedundancy.value,
    crossCommunityLevel: crossCommunityRedundancy.level,
  };
}

/** The whole report as machines read it. */
export function presentReport(report: ResilienceReport): Record<string, unknown> {
  const { atMs, mode, leader, platformDependencyRisk: risk, drills, before, problems } = report;
  return {
    at: isoTime(atMs),
    leader,
    mode: mode && { ...mode, sinceMs: undefined, since: isoTime(mode.sinceMs) },
    offlineSyncRate: report.offlineSyncRate,
    platformDependencyRisk: { ...risk, classes: risk.classes.map(presentClass) },
    crossCommunityRedundancy: report.crossCommunityRedundancy,
    drills: drills && Object.fromEntries([...drills].map(([name, ms]) => [name, isoTime(ms)])),
    before: before && { ...before, atMs: undefined, at: isoTime(before.atMs) },
    problems,
  };
}

function presentClass({ drilledAtMs, ...risk }: ClassRisk): Record<string, unknown> {
  return { ...risk, drilledAt: drilledAtMs === null ? null : isoTime(drilledAtMs) };
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}

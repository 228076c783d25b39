import type { DependencyClass } from './dependency-class.ts';
import type { PlatformRisk, RiskLevel } from './dependency-risk.ts';
import type { Mode, ModeState } from './mode.ts';
import type { Redundancy } from './redundancy.ts';
import type { SyncLevel, SyncRate } from './sync-rate.ts';

/** From what a number was computed, and since when. */
export interface Computed {
  /** In words. */
  readonly source: string;
  /** Milliseconds; null for what is there now. */
  readonly windowMs: number | null;
}

/** The company's resilience as measured at one moment. What is not known is null. */
export interface ResilienceReport {
  /** Milliseconds since 1970. */
  readonly atMs: number;
  readonly mode: Mode | null;
  /** Which process leads. */
  readonly leader: string | null;
  readonly offlineSyncRate: SyncRate & Computed & { readonly level: SyncLevel };
  readonly platformDependencyRisk: PlatformRisk;
  readonly crossCommunityRedundancy: Redundancy & Computed;
  /** When the failover of each class last went well; null when nobody keeps drills here. */
  readonly drills: ReadonlyMap<DependencyClass, number> | null;
  /** What was measured up to a day before; null when there is nothing to compare with. */
  readonly before: Figures | null;
  /** What could not be asked, a sentence each. */
  readonly problems: readonly string[];
}

/** The levels of the three metrics, and the mode. */
export interface Levels {
  readonly syncLevel: SyncLevel;
  readonly riskLevel: RiskLevel | null;
  readonly redundancyLevel: 'ok' | 'degraded' | null;
  readonly mode: ModeState | null;
}

/** What is kept of a report. */
export interface Figures extends Levels {
  readonly atMs: number;
  readonly syncRate: number | null;
  readonly syncSamples: number;
  readonly goodWindows: number;
  readonly limitingClass: string | null;
  readonly redundancy: number | null;
  readonly minK: number | null;
}

/** A metric, or the mode, that is at another level than before. */
export interface LevelChange {
  readonly metric:
    'offline_sync_rate' | 'platform_dependency_risk' | 'cross_community_redundancy' | 'mode';
  readonly from: string | null;
  readonly to: string | null;
}

const METRICS = [
  ['offline_sync_rate', 'syncLevel'],
  ['platform_dependency_risk', 'riskLevel'],
  ['cross_community_redundancy', 'redundancyLevel'],
  ['mode', 'mode'],
] as const;

/** What is at another level than before. */
export function levelChanges(before: Levels, after: Levels): LevelChange[] {
  return METRICS.filter(([, level]) => before[level] !== after[level]).map(([metric, level]) => ({
    metric,
    from: before[level],
    to: after[level],
  }));
}

/** The newest drill that went well; undefined when none is known. */
export function newestDrill({
  drills,
}: Pick<ResilienceReport, 'drills'>): { dependency: DependencyClass; atMs: number } | undefined {
  return [...(drills ?? [])]
    .map(([dependency, atMs]) => ({ dependency, atMs }))
    .sort((left, right) => right.atMs - left.atMs)[0];
}

/** What is kept of a report, with the good windows of its sync rate. */
export function figuresOf(report: ResilienceReport, goodWindows: number): Figures {
  const { offlineSyncRate, platformDependencyRisk, crossCommunityRedundancy, mode, atMs } = report;
  return {
    ...{ atMs, goodWindows, mode: mode?.state ?? null },
    syncRate: offlineSyncRate.value,
    syncLevel: offlineSyncRate.level,
    syncSamples: offlineSyncRate.n,
    riskLevel: platformDependencyRisk.level,
    limitingClass: platformDependencyRisk.limitingClass,
    redundancy: crossCommunityRedundancy.value,
    redundancyLevel: crossCommunityRedundancy.level,
    minK: crossCommunityRedundancy.minK,
  };
}

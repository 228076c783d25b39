import type { ClassRisk, PlatformRisk } from './dependency-risk.ts';
import type { Redundancy } from './redundancy.ts';
import { newestDrill, type Figures, type ResilienceReport } from './resilience-report.ts';
import { SYNC_WITHIN_MS } from './sync-rate.ts';

const MOST_NAMES = 4;
const HOUR_MS = 3_600_000;

/** The state in a few lines, without anything that is not for everybody. */
export function describeState(report: ResilienceReport): string {
  const { mode, offlineSyncRate, platformDependencyRisk, crossCommunityRedundancy, atMs } = report;
  return [
    `Resilience at ${isoMinute(atMs)} UTC:`,
    `- mode: ${mode?.state ?? 'not known'}`,
    `- offline_sync_rate: ${syncWords(offlineSyncRate)}`,
    `- platform_dependency_risk: ${platformDependencyRisk.level ?? 'not known'}`,
    `- cross_community_redundancy: ${redundancyWords(crossCommunityRedundancy)}`,
  ].join('\n');
}

/** The whole report in lines: each number with what it was computed from. */
export function describeReport(report: ResilienceReport): string {
  const { mode, leader, offlineSyncRate, platformDependencyRisk, atMs, problems, before } = report;
  const { crossCommunityRedundancy } = report;
  return [
    `Resilience at ${isoMinute(atMs)} UTC, led by ${leader ?? 'nobody yet'}:`,
    mode
      ? `- mode: ${mode.state} since ${isoMinute(mode.sinceMs)} UTC, by ${mode.by}: ${mode.cause}`
      : '- mode: not known; nothing switches it here',
    `- offline_sync_rate: ${syncWords(offlineSyncRate)}; from ${offlineSyncRate.source}; last 24 h`,
    `- platform_dependency_risk: ${riskWords(platformDependencyRisk)}`,
    ...platformDependencyRisk.classes.map((risk) => `  - ${describeClass(risk)}`),
    `- cross_community_redundancy: ${redundancyWords(crossCommunityRedundancy)}; from ${crossCommunityRedundancy.source}`,
    ...removalLines(crossCommunityRedundancy),
    `- last drill: ${drillWords(report)}`,
    ...(before ? [`- ${beforeWords(before)}`] : []),
    ...problems.map((problem) => `- ${problem}`),
  ].join('\n');
}

/** The last drill that went well, in words. */
export function drillWords(report: Pick<ResilienceReport, 'drills'>): string {
  if (report.drills === null) return 'nothing is known of drills';
  const newest = newestDrill(report);
  return newest ? `${newest.dependency}, ${isoMinute(newest.atMs)} UTC` : 'none has gone well yet';
}

/** The rate of synchronisation, in words. */
export function syncWords({
  value,
  level,
  n,
  waiting,
}: ResilienceReport['offlineSyncRate']): string {
  const open = waiting > 0 ? `; ${counted(waiting, 'change')} waiting` : '';
  if (value === null) return `not known (no changes to judge)${level ? `, ${level}` : ''}${open}`;
  const within = `${String(SYNC_WITHIN_MS / 1_000)} s`;
  return `${decimal(value)}, ${level ?? 'not known'} (${counted(n, 'change')}, within ${within} of the link's return)${open}`;
}

/** The risk of depending on others, in words. */
export function riskWords({ level, limitingClass, classes }: PlatformRisk): string {
  const limiting = classes.find(({ dependency }) => dependency === limitingClass);
  if (!limiting) return 'not known';
  return `${level ?? 'not known'}, limited by ${limiting.dependency}: ${limiting.reasons.join(', ')}`;
}

/** The redundancy, in words. */
export function redundancyWords({ value, level, minK, capabilities }: Redundancy): string {
  if (value === null || level === null) return 'not known (no capability is known)';
  const surviving = capabilities.filter(({ survives }) => survives).length;
  return `${decimal(value)}, ${level} (${String(surviving)} of ${counted(capabilities.length, 'capability', 'capabilities')} left whoever is lost; fewest independent domains: ${String(minK)})`;
}

function describeClass(risk: ClassRisk): string {
  const { dependency, level, effectiveSuppliers, suppliers, reasons, isCritical } = risk;
  const name = `${dependency}${isCritical ? ' (critical)' : ''}`;
  if (effectiveSuppliers === null)
    return `${name}: not known. ${reasons.join(' ').replace(/\.$/, '')}${instead(risk)}`;
  const shares = suppliers
    .slice(0, MOST_NAMES)
    .map((one) => `${one.name} ${String(Math.round(one.share * 100))} %`);
  const rest = suppliers.length - shares.length;
  const all = [...shares, ...(rest > 0 ? [`${String(rest)} more`] : [])].join(', ');
  const names = all === '' ? '' : ` (${all})`;
  return `${name}: ${level ?? 'not known'}, ${decimal(effectiveSuppliers)} effective supplier${effectiveSuppliers === 1 ? '' : 's'}${names}; ${reasons.join(', ')}; from ${source(risk)}${instead(risk)}`;
}

function source({ source: words, n, windowMs }: ClassRisk): string {
  const window = windowMs === null ? 'now' : `last ${String(windowMs / HOUR_MS)} h`;
  return `${words} (n = ${String(n)}, ${window})`;
}

function shortList(names: readonly string[]): string {
  const rest = names.length - MOST_NAMES;
  return `${names.slice(0, MOST_NAMES).join(', ')}${rest > 0 ? ` and ${String(rest)} more` : ''}`;
}

function instead({ couldUse }: ClassRisk): string {
  if (couldUse.length === 0) return '';
  return `; could use ${shortList(couldUse)}`;
}

function removalLines({ removals, capabilities }: Redundancy): string[] {
  const absent = capabilities.filter(({ healthy }) => healthy === 0).map(({ name }) => name);
  // One machine is an operator, a provider and a region at once.
  const byLoss = [...Map.groupBy(removals, ({ lost }) => JSON.stringify(lost)).values()];
  return [
    ...byLoss.slice(0, MOST_NAMES).map((some) => {
      const names = some.slice(0, MOST_NAMES).map(({ axis, name }) => `the ${axis} ${name}`);
      return `  - without ${names.join(', or ')}: no ${shortList(some[0]?.lost ?? [])}`;
    }),
    ...absent.map((name) => `  - nobody is well now who has ${name}`),
  ];
}

function beforeWords({ atMs, syncRate, riskLevel, redundancy }: Figures): string {
  const sync = syncRate === null ? 'not known' : decimal(syncRate);
  const left = redundancy === null ? 'not known' : decimal(redundancy);
  return `before, at ${isoMinute(atMs)} UTC: sync rate ${sync}, risk ${riskLevel ?? 'not known'}, redundancy ${left}`;
}

// A number that is below a bound must not be shown as if it were at it.
function decimal(value: number): string {
  return String(Math.floor(value * 1_000 + 1e-9) / 1_000);
}

function counted(count: number, one: string, many = `${one}s`): string {
  return `${String(count)} ${count === 1 ? one : many}`;
}

function isoMinute(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 16).replace('T', ' ');
}

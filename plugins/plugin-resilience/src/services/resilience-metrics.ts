import { Gauge, Registry } from 'prom-client';
import { RISK_LEVELS } from '../domain/dependency-risk.ts';
import type { ResilienceReport } from '../domain/resilience-report.ts';

/** What each figure is called, and what it says. */
const FIGURES: readonly (readonly [
  name: string,
  help: string,
  value: (report: ResilienceReport) => number | null,
])[] = [
  [
    'offline_sync_rate',
    'Share of changes made while cut off that were applied in time, 0 to 1.',
    ({ offlineSyncRate }) => offlineSyncRate.value,
  ],
  [
    'offline_sync_changes',
    'How many changes the rate was computed from.',
    ({ offlineSyncRate }) => offlineSyncRate.n,
  ],
  [
    'offline_sync_waiting',
    'Changes whose receiver is away, or has just come back.',
    ({ offlineSyncRate }) => offlineSyncRate.waiting,
  ],
  [
    'offline_sync_degraded',
    '1 when the rate is degraded and has not recovered.',
    ({ offlineSyncRate }) => flag(offlineSyncRate.level, 'degraded'),
  ],
  [
    'cross_community_redundancy',
    'Share of the capabilities that are left whoever is lost, 0 to 1.',
    ({ crossCommunityRedundancy }) => crossCommunityRedundancy.value,
  ],
  [
    'independent_domains_min',
    'The fewest independent domains of a capability.',
    ({ crossCommunityRedundancy }) => crossCommunityRedundancy.minK,
  ],
  ['backup_mode', '1 in backup mode.', ({ mode }) => flag(mode?.state ?? null, 'backup')],
  ['measured_timestamp_seconds', 'When it was measured.', ({ atMs }) => atMs / 1_000],
];

/** The report as Prometheus reads it. What is not known is left out, not zero. */
export async function resilienceMetrics(
  report: ResilienceReport,
): Promise<{ contentType: string; text: string }> {
  const registry = new Registry();
  const gauge = (name: string, help: string, labelNames: string[] = []): Gauge =>
    new Gauge({ name: `resilience_${name}`, help, labelNames, registers: [registry] });
  for (const [name, help, valueOf] of FIGURES) {
    const value = valueOf(report);
    if (value !== null) gauge(name, help).set(value);
  }
  const { level, classes } = report.platformDependencyRisk;
  const risk = gauge('dependency_risk', '1 for the level of the risk.', ['level']);
  for (const one of RISK_LEVELS)
    if (level !== null) risk.set({ level: one }, Number(one === level));
  const effective = gauge('effective_suppliers', 'Effective suppliers of a class.', ['class']);
  const drilled = gauge('drill_age_seconds', 'Since its failover last went well.', ['class']);
  for (const { dependency, effectiveSuppliers, drilledAtMs } of classes) {
    const labels = { class: dependency };
    if (effectiveSuppliers !== null) effective.set(labels, effectiveSuppliers);
    if (drilledAtMs !== null) drilled.set(labels, (report.atMs - drilledAtMs) / 1_000);
  }
  return { contentType: registry.contentType, text: await registry.metrics() };
}

function flag<Value extends string>(value: Value | null, wanted: Value): number | null {
  return value === null ? null : Number(value === wanted);
}

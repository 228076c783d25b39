import { usdNumber } from '@371os/kernel';
import type { HostingComparison } from '../domain/hosting-cost.ts';
import type { PlannedDeployment } from '../services/planner.ts';

/** A plan as JSON for other programs. Amounts are US dollars a month, as numbers to show. */
export function presentPlan({
  plan,
  compiled,
  comparison,
  assumed,
  notUsed,
}: PlannedDeployment): Record<string, unknown> {
  return {
    plan,
    groups: compiled.groups,
    // With secrets in it the manifest has another hash.
    ...(plan.secrets.length === 0 ? { versionHash: compiled.versionHash } : {}),
    costOptimization: presentComparison(comparison),
    assumed,
    notUsed,
  };
}

export function presentComparison({
  akash,
  containers,
  server,
}: HostingComparison): Record<string, unknown> {
  return {
    estimatedMonthlyCost: { low: usdNumber(akash.lowPico), high: usdNumber(akash.highPico) },
    alternatives: [...containers, ...(server ? [server] : [])].map(
      ({ monthlyPico, savingPermille, ...one }) => ({
        ...one,
        monthlyCost: usdNumber(monthlyPico),
        savingPercent: { least: savingPermille.least / 10, most: savingPermille.most / 10 },
      }),
    ),
  };
}

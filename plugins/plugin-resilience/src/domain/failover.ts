/** What was lost: the process that an agent works in, or the place that it is hosted at. */
export type FailoverKind = 'process' | 'hosted';

/** A loss, and who has stood in for it. Moments are milliseconds since 1970. */
export interface Failover {
  readonly id: string;
  readonly agent: string;
  readonly kind: FailoverKind;
  readonly cause: string;
  /** Id of the person who asked for it, or `system`. */
  readonly by: string;
  /** Where it was, in words, and where it is since then. */
  readonly fromPlace: string;
  readonly toPlace: string | undefined;
  /** What was paid there and is now, in words; undefined for a process, or when it is not known. */
  readonly fromPrice: string | undefined;
  readonly toPrice: string | undefined;
  readonly detectedAtMs: number;
  /** When the one that stands in was ready. */
  readonly placedAtMs: number | undefined;
  /** When it had completed its first task. */
  readonly recoveredAtMs: number | undefined;
  readonly failure: string | undefined;
}

/** How long losses have lasted, from their detection on; null without any that is over. */
export interface RecoveryTimes {
  readonly count: number;
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
}

/** Times from detection to the first task that the one who stands in has completed. */
export function recoveryTimes(failovers: readonly Failover[]): RecoveryTimes {
  const took = failovers
    .flatMap(({ detectedAtMs, recoveredAtMs }) =>
      recoveredAtMs === undefined ? [] : [recoveredAtMs - detectedAtMs],
    )
    .sort((left, right) => left - right);
  return { count: took.length, p50Ms: quantile(took, 0.5), p95Ms: quantile(took, 0.95) };
}

// The smallest time that so great a share of them did not exceed.
function quantile(sorted: readonly number[], share: number): number | null {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? null;
}

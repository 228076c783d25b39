import { formatUsd, type PicoUsd } from '@371os/kernel';

/** A task that an agent has ended. */
export interface EndedTask {
  readonly state: 'COMPLETED' | 'FAILED' | 'CANCELED' | 'REJECTED';
  /** From when it was kept until it ended. */
  readonly tookMs: number;
  /** How often it was begun. */
  readonly attempts: number;
  readonly costPico: PicoUsd;
  /** Milliseconds since 1970. */
  readonly endedAtMs: number;
}

/** How an agent has done its newest tasks. */
export interface Performance {
  readonly completed: number;
  readonly failed: number;
  /** Tasks that it works on or has yet to begin. */
  readonly queued: number;
  /** Failed in percent of those that ended well or badly; null without any. */
  readonly errorRatePercent: number | null;
  /** Null without any that completed. */
  readonly averageMs: number | null;
  readonly p95Ms: number | null;
  readonly totalMs: number;
  /** Attempts that were repeated. */
  readonly retries: number;
  /** Tasks ended in the last minute, a second. */
  readonly throughputPerSecond: number;
  readonly costPico: PicoUsd;
  readonly lastEndedAtMs: number | undefined;
}

const MINUTE_MS = 60_000;

/** The figures of tasks; a canceled one says nothing of whoever had it. */
export function performanceOf(
  ended: readonly EndedTask[],
  { queued, nowMs }: { queued: number; nowMs: number },
): Performance {
  const completed = ended.filter(({ state }) => state === 'COMPLETED');
  const failed = ended.filter(({ state }) => state === 'FAILED').length;
  const judged = completed.length + failed;
  const times = completed.map(({ tookMs }) => tookMs).sort((left, right) => left - right);
  const totalMs = times.reduce((sum, time) => sum + time, 0);
  const recent = ended.filter(({ endedAtMs }) => nowMs - endedAtMs < MINUTE_MS).length;
  return {
    completed: completed.length,
    failed,
    queued,
    errorRatePercent: judged === 0 ? null : (100 * failed) / judged,
    averageMs: times.length === 0 ? null : totalMs / times.length,
    p95Ms: times[Math.ceil(times.length * 0.95) - 1] ?? null,
    totalMs,
    retries: ended.reduce((sum, { attempts }) => sum + Math.max(0, attempts - 1), 0),
    throughputPerSecond: recent / (MINUTE_MS / 1_000),
    costPico: ended.reduce((sum, { costPico }) => sum + costPico, 0n),
    lastEndedAtMs: ended.reduce<number | undefined>(
      (last, { endedAtMs }) => Math.max(last ?? 0, endedAtMs),
      undefined,
    ),
  };
}

export function describePerformance(performance: Performance): string {
  const { completed, failed, queued, errorRatePercent, averageMs, p95Ms, costPico } = performance;
  const done = `${String(completed)} tasks done, ${String(failed)} failed, ${String(queued)} open`;
  const rate = errorRatePercent === null ? '' : `, error rate ${errorRatePercent.toFixed(1)} %`;
  const times =
    averageMs === null || p95Ms === null
      ? ''
      : `, ${seconds(averageMs)} on average (95 % within ${seconds(p95Ms)})`;
  return `${done}${rate}${times}, $${formatUsd(costPico)}`;
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

import type { Failover, RecoveryTimes } from './failover.ts';

/** A failover in a line. */
export function describeFailover(failover: Failover): string {
  const { agent, cause, fromPlace, toPlace, failure } = failover;
  const end =
    failure ??
    (toPlace === undefined ? 'nobody stands in yet.' : `now ${toPlace}${times(failover)}.`);
  return `${agent}, ${fromPlace}: ${cause}; ${end}${prices(failover)}`;
}

/** The newest failovers and how long they took. */
export function describeFailovers(failovers: readonly Failover[], took: RecoveryTimes): string {
  if (failovers.length === 0) return 'Nothing had to be failed over so far.';
  const { count, p50Ms, p95Ms } = took;
  const summary =
    p50Ms === null || p95Ms === null
      ? 'None of them has completed a task since then, so there is no time to recover yet.'
      : `From detection to the first completed task: ${seconds(p50Ms)} (p50), ${seconds(p95Ms)} (p95), of ${String(count)}.`;
  return [...failovers.map((one) => `- ${describeFailover(one)}`), summary].join('\n');
}

function times({ detectedAtMs, placedAtMs, recoveredAtMs }: Failover): string {
  const placed =
    placedAtMs === undefined ? '' : `, ready after ${seconds(placedAtMs - detectedAtMs)}`;
  return recoveredAtMs === undefined
    ? placed
    : `${placed}, first task done after ${seconds(recoveredAtMs - detectedAtMs)}`;
}

function prices({ fromPrice, toPrice }: Failover): string {
  if (fromPrice === undefined || toPrice === undefined) return '';
  return ` It took ${fromPrice}, and takes ${toPrice} now.`;
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

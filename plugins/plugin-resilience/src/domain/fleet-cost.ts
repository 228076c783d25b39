import type { PicoUsd } from '@371os/kernel';

/** From when on how many instances there were. Moments are milliseconds since 1970. */
export interface CountStep {
  readonly atMs: number;
  readonly count: number;
}

/** What instances have cost beside as many as there may be, all the time. */
export interface FleetCost {
  readonly fromMs: number;
  readonly toMs: number;
  readonly instanceSeconds: number;
  readonly fixedInstanceSeconds: number;
  readonly costPico: PicoUsd;
  readonly fixedCostPico: PicoUsd;
  /** 0 to 1; undefined when no time has passed. */
  readonly savedShare: number | undefined;
}

/** What the instances of a journal have cost until now. Steps are in the order of time. */
export function fleetCost(
  steps: readonly CountStep[],
  { toMs, max, pricePicoPerHour }: { toMs: number; max: number; pricePicoPerHour: PicoUsd },
): FleetCost {
  const fromMs = steps[0]?.atMs ?? toMs;
  let used = 0;
  for (const [place, { atMs, count }] of steps.entries())
    used += count * Math.max(0, (steps[place + 1]?.atMs ?? toMs) - atMs);
  const fixed = max * Math.max(0, toMs - fromMs);
  return {
    ...{ fromMs, toMs },
    instanceSeconds: used / 1_000,
    fixedInstanceSeconds: fixed / 1_000,
    costPico: priceOf(used, pricePicoPerHour),
    fixedCostPico: priceOf(fixed, pricePicoPerHour),
    savedShare: fixed > 0 ? 1 - used / fixed : undefined,
  };
}

function priceOf(instanceMs: number, pricePicoPerHour: PicoUsd): PicoUsd {
  return (BigInt(Math.round(instanceMs)) * pricePicoPerHour) / 3_600_000n;
}

import type { PicoUsd } from './money.ts';

const DAY_MS = 86_400_000;

/** A calendar month in UTC and how much of it is over. Moments are milliseconds since 1970. */
export interface MonthProgress {
  readonly monthStartMs: number;
  readonly monthEndMs: number;
  /** How much of the month a burn is taken over: at least a day. */
  readonly elapsedMs: number;
}

/** How fast something is spent, and what that comes to. */
export interface Burn {
  readonly burnPerDayPico: PicoUsd;
  /** What will have been spent at the end of the month. */
  readonly monthEndPico: PicoUsd;
  /** Days that what is left lasts, in tenths, cut off; absent without a cap or without spending. */
  readonly runwayTenths?: bigint | undefined;
}

/** The month that a moment is in. The first hours of a month say little about the rest of it. */
export function monthAt(nowMs: number): MonthProgress {
  const now = new Date(nowMs);
  const monthStartMs = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1);
  const monthEndMs = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1);
  return { monthStartMs, monthEndMs, elapsedMs: Math.max(DAY_MS, nowMs - monthStartMs) };
}

/**
 * What this month's spending comes to when it goes on as until now.
 * @param remainingPico what is left of the cap on it, zero or more; undefined without a cap
 */
export function forecastBurn(
  spentPico: PicoUsd,
  remainingPico: PicoUsd | undefined,
  { monthStartMs, monthEndMs, elapsedMs }: MonthProgress,
): Burn {
  const elapsed = BigInt(elapsedMs);
  const left = BigInt(monthEndMs - monthStartMs) - elapsed;
  return {
    burnPerDayPico: (spentPico * BigInt(DAY_MS)) / elapsed,
    monthEndPico: spentPico + (spentPico * (left > 0n ? left : 0n)) / elapsed,
    runwayTenths:
      remainingPico !== undefined && spentPico > 0n
        ? (remainingPico * 10n * elapsed) / (spentPico * BigInt(DAY_MS))
        : undefined,
  };
}

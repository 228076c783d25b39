import { divideUp, type PicoUsd } from '@371os/kernel';

/** What the chain's coin was worth on a day. */
export interface GasRate {
  readonly picoPerCoin: PicoUsd;
  /** `2026-11-22`. */
  readonly date: string;
}

export const WEI_PER_COIN = 1_000_000_000_000_000_000n;

const DAY_MS = 86_400_000;

/** Whether a rate may be reckoned with: not older than so many days, and not of the future. */
export function isFresh({ date }: GasRate, nowMs: number, mostDays: number): boolean {
  const ageMs = nowMs - Date.parse(`${date}T00:00:00Z`);
  return ageMs > -DAY_MS && ageMs <= (mostDays + 1) * DAY_MS;
}

/** What gas costs, rounded up. */
export function gasCost(wei: bigint, { picoPerCoin }: GasRate): PicoUsd {
  return divideUp(wei * picoPerCoin, WEI_PER_COIN);
}

/** The month of a moment, as caps count it: `2026-11`, in UTC. */
export function monthOf(nowMs: number): string {
  return new Date(nowMs).toISOString().slice(0, 7);
}

const FIRST_DELAY_MS = 2_000;
const FACTOR = 4;
const LONGEST_DELAY_MS = 60_000;

/**
 * How long to wait before the next attempt, in milliseconds: none after the first failure, then
 * 2 s, 8 s, 32 s and a minute.
 * @param failures how many attempts have failed, from 1
 */
export function retryDelayMs(failures: number): number {
  if (failures < 2) return 0;
  return Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * FACTOR ** (failures - 2));
}

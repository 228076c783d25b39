const FIRST_MS = 1_000;
const LONGEST_MS = 60_000;
/** Whoever lasted so long has started well. */
export const STARTED_WELL_MS = 60_000;

/** How long to wait before a process that ended by itself is started again, by how often it did so. */
export function restartDelayMs(failures: number): number {
  return Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.max(0, Math.min(failures, 10) - 1));
}

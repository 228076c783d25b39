const FIRST_MS = 500;
const MOST_MS = 30_000;

/**
 * How long to wait before a node is dialled again, in milliseconds: twice as long after each failure,
 * half a minute at most, of which a random half is taken so that not all dial at once.
 * @param random from 0 to 1
 */
export function redialAfterMs(failures: number, random: number): number {
  const fullMs = Math.min(MOST_MS, FIRST_MS * 2 ** Math.min(failures, 16));
  return Math.round(fullMs * (0.5 + random / 2));
}

import { setTimeout as pause } from 'node:timers/promises';

interface Waiting {
  readonly timeoutMs: number;
  readonly everyMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

const EVERY_MS = 250;

/** Asks again and again until there is an answer; undefined when none came in time. */
export async function waitUntil<Answer>(
  ask: () => Promise<Answer | undefined>,
  { timeoutMs, everyMs = EVERY_MS, signal }: Waiting,
): Promise<Answer | undefined> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    signal?.throwIfAborted();
    const answer = await ask();
    if (answer !== undefined) return answer;
    const leftMs = deadline - performance.now();
    if (leftMs <= 0) return undefined;
    await pause(Math.min(everyMs, leftMs), undefined, signal ? { signal } : {});
  }
}

const JITTER = 0.1;

/**
 * Does a piece of work again and again, from start to start a period that varies by a tenth, so that
 * nodes that began together do not ask together; what takes longer is followed at once. What it throws
 * is handed on.
 * @param random a number from 0 to 1
 * @returns what ends it, when the work that is going on has ended
 */
export function everyAbout(
  periodMs: () => number,
  random: () => number,
  work: () => Promise<void>,
  onError: (error: unknown) => void,
): () => Promise<void> {
  let isOver = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  const run = async (): Promise<void> => {
    const beganAtMs = performance.now();
    await work().catch(onError);
    if (isOver) return;
    const wantedMs = periodMs() * (1 + JITTER * (2 * random() - 1));
    const waitMs = Math.max(0, beganAtMs + wantedMs - performance.now());
    timer = setTimeout(() => {
      running = run();
    }, waitMs).unref();
  };
  running = run();
  return () => {
    isOver = true;
    clearTimeout(timer);
    return running;
  };
}

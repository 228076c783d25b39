/**
 * Does a piece of work now and then every so often, one at a time; what it throws is handed on.
 * @returns what ends it
 */
export function every(
  periodMs: number,
  work: () => Promise<void>,
  onError: (error: unknown) => void,
): () => void {
  let isRunning = false;
  const run = (): void => {
    if (isRunning) return;
    isRunning = true;
    work()
      .catch(onError)
      .finally(() => (isRunning = false));
  };
  const timer = setInterval(run, periodMs).unref();
  run();
  return () => {
    clearInterval(timer);
  };
}

// ElizaOS leaves a 30 s timer behind for each service; it must not keep a finished test alive.
const setTimer = globalThis.setTimeout;
globalThis.setTimeout = Object.assign((callback, delayMs, ...args) => {
  const timer = setTimer(callback, delayMs, ...args);
  if (delayMs >= 30_000) timer.unref?.();
  return timer;
}, setTimer);

// For `node --import`: sets the clock of a process CLOCK_AHEAD_MS ahead, its embedded database's too. What the
// kernel tells of files stays as it is.
const aheadMs = Number(process.env['CLOCK_AHEAD_MS'] ?? '0');
const now = (): number => RealDate.now() + aheadMs;
const RealDate = Date;

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args: unknown[], newTarget) =>
    Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget) as Date,
  apply: () => new RealDate(now()).toString(),
  get: (target, key) => (key === 'now' ? now : (Reflect.get(target, key) as unknown)),
});

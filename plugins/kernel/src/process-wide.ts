/**
 * One value for the whole process, made at first use. A module's own variable would not do: an
 * agent may load two copies of this package, and what it shares must be shared by both.
 */
export function processWide<Value>(name: string, create: () => Value): Value {
  const key = Symbol.for(`371os.${name}`);
  const holder = globalThis as unknown as Record<symbol, Value | undefined>;
  return (holder[key] ??= create());
}

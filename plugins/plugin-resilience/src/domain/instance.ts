/** Where an instance is in its life. */
export type InstanceState = 'starting' | 'ready' | 'draining';

/** A process, or a place on Akash, that works on the tasks of an agent, and what it last said of itself. */
export interface Instance {
  readonly agent: string;
  /** 0 is the agent's own; scaling neither starts nor ends it where that is a process of the company. */
  readonly index: number;
  readonly state: InstanceState;
  /** How many tasks it works on; undefined when it has not said so lately. */
  readonly running: number | undefined;
  /** Of one processor, since it last said so. */
  readonly cpuPercent: number | undefined;
  /** Resident memory. */
  readonly memoryMb: number | undefined;
}

/** Whether it works on something, or has not said lately that it does not. */
export function isBusy({ state, running }: Instance): boolean {
  return running === undefined ? state === 'ready' : running > 0;
}

/**
 * The instances to end, of so many that are too many: idle ones first, then the newest. The agent's own
 * one goes with the last of them, and only where it may.
 */
export function dispensable(
  instances: readonly Instance[],
  count: number,
  { scalesOwn = false }: { readonly scalesOwn?: boolean } = {},
): number[] {
  const serving = instances.filter(({ state }) => state !== 'draining');
  const takesOwn = scalesOwn && count >= serving.length;
  return serving
    .filter(({ index }) => index > 0 || takesOwn)
    .sort(
      (left, right) =>
        Number(isBusy(left)) - Number(isBusy(right)) ||
        (left.running ?? 0) - (right.running ?? 0) ||
        right.index - left.index,
    )
    .slice(0, Math.max(0, count))
    .map(({ index }) => index);
}

/** The lowest indices that no instance has; the agent's own is one of them only where it may be. */
export function freeIndices(
  instances: readonly Instance[],
  count: number,
  { scalesOwn = false }: { readonly scalesOwn?: boolean } = {},
): number[] {
  const taken = new Set(instances.map(({ index }) => index));
  const free: number[] = [];
  for (let index = scalesOwn ? 0 : 1; free.length < count; index += 1)
    if (!taken.has(index)) free.push(index);
  return free;
}

import {
  DOMAIN_AXES,
  type Capability,
  type Domain,
  type DomainAxis,
  type Instance,
} from './census.ts';

/** What is lost when one operator, provider or region is. */
export interface Removal {
  readonly axis: DomainAxis;
  readonly name: string;
  /** The capabilities that nobody healthy is left for. */
  readonly lost: readonly string[];
}

export interface CapabilityRedundancy {
  readonly name: string;
  readonly healthy: number;
  readonly instances: number;
  /** How many healthy domains there are of which no two share operator, provider or region. */
  readonly independentDomains: number;
  readonly survives: boolean;
}

/** Whether the company goes on without any one of those that it works with. */
export interface Redundancy {
  /** Share of the capabilities that are left whichever one is removed, 0 to 1; null without any. */
  readonly value: number | null;
  readonly level: 'ok' | 'degraded' | null;
  /** The fewest independent domains of a capability; null without any. */
  readonly minK: number | null;
  readonly capabilities: readonly CapabilityRedundancy[];
  /** Those removals that cost something, the worst first. */
  readonly removals: readonly Removal[];
}

/**
 * Removes each operator, each provider and each region in turn, and looks what is left.
 * Exhaustive: every name on every axis is tried.
 */
export function crossCommunityRedundancy(capabilities: readonly Capability[]): Redundancy {
  const removals = namesOf(capabilities).map((removed) => ({
    ...removed,
    lost: capabilities.filter((one) => !isLeft(one, removed)).map(({ name }) => name),
  }));
  const lost = new Set(removals.flatMap((removal) => removal.lost));
  const judged = capabilities.map((one) => redundancyOf(one, lost));
  const surviving = judged.filter(({ survives }) => survives).length;
  const value = judged.length === 0 ? null : surviving / judged.length;
  return {
    value,
    level: value === null ? null : value < 1 ? 'degraded' : 'ok',
    minK: judged.length === 0 ? null : Math.min(...judged.map((one) => one.independentDomains)),
    capabilities: judged,
    removals: removals
      .filter((removal) => removal.lost.length > 0)
      .sort((left, right) => right.lost.length - left.lost.length),
  };
}

/** Those that are critical: all where none is named; one that is named and that nobody provides is lost. */
export function criticalAmong(
  capabilities: readonly Capability[],
  names: readonly string[],
): readonly Capability[] {
  if (names.length === 0) return capabilities;
  return names.map(
    (name) => capabilities.find((one) => one.name === name) ?? { name, instances: [] },
  );
}

// Where nothing is healthy there is nothing to remove, and nothing left all the same.
function redundancyOf(capability: Capability, lost: ReadonlySet<string>): CapabilityRedundancy {
  const { name, instances } = capability;
  const healthy = healthyOf(capability);
  return {
    name,
    healthy: healthy.length,
    instances: instances.length,
    independentDomains: independentDomains(healthy),
    survives: healthy.length > 0 && !lost.has(name),
  };
}

function namesOf(capabilities: readonly Capability[]): { axis: DomainAxis; name: string }[] {
  const healthy = capabilities.flatMap(healthyOf);
  return DOMAIN_AXES.flatMap((axis) =>
    [...new Set(healthy.map((instance) => instance[axis]))].map((name) => ({ axis, name })),
  );
}

function isLeft(
  capability: Capability,
  { axis, name }: { readonly axis: DomainAxis; readonly name: string },
): boolean {
  return healthyOf(capability).some((instance) => instance[axis] !== name);
}

function healthyOf({ instances }: Capability): Instance[] {
  return instances.filter(({ isHealthy }) => isHealthy);
}

// Each one more doubles the work; of more domains than this the answer is a lower bound.
const MOST_DOMAINS = 16;

/** The largest number of domains of which no two share anything, by trying all sets of them. */
export function independentDomains(instances: readonly Domain[]): number {
  const keyOf = (one: Domain): string => JSON.stringify(DOMAIN_AXES.map((axis) => one[axis]));
  const distinct = [...new Map(instances.map((one) => [keyOf(one), one])).values()];
  return largestSet(distinct.slice(0, MOST_DOMAINS));
}

function largestSet([first, ...rest]: readonly Domain[]): number {
  if (!first) return 0;
  const apart = rest.filter((other) => DOMAIN_AXES.every((axis) => other[axis] !== first[axis]));
  const withFirst = 1 + largestSet(apart);
  return apart.length === rest.length ? withFirst : Math.max(withFirst, largestSet(rest));
}

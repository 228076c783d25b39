import type { DependencyClass } from './dependency-class.ts';

/** Who serves, and how much: calls, agents or endpoints, above zero. */
export interface Supplier {
  readonly name: string;
  readonly weight: number;
}

/** Suppliers that can stand in for each other; those of another pool cannot. */
export interface Pool {
  /** What they supply, such as one chain. */
  readonly name: string;
  readonly suppliers: readonly Supplier[];
  /** Whether there are suppliers of it and none of them serves now. */
  readonly isDown?: boolean | undefined;
}

/** What serves in one class. */
export interface ClassCensus {
  readonly dependency: DependencyClass;
  /** From what this is known, in words. */
  readonly source: string;
  /** Over how long it was counted; undefined for what is there now. */
  readonly windowMs?: number | undefined;
  readonly pools: readonly Pool[];
  /** What could be used and is not now. */
  readonly couldUse?: readonly string[] | undefined;
  /** Why nothing is known or nothing serves, as a sentence. */
  readonly absent?: string | undefined;
}

/** Who and what an instance fails together with. */
export interface Domain {
  readonly operator: string;
  readonly provider: string;
  readonly region: string;
}

export const DOMAIN_AXES = ['operator', 'provider', 'region'] as const;
export type DomainAxis = (typeof DOMAIN_AXES)[number];

/** Something that provides a capability. */
export interface Instance extends Domain {
  readonly name: string;
  readonly isHealthy: boolean;
}

/** Something that the company must be able to do. */
export interface Capability {
  readonly name: string;
  readonly instances: readonly Instance[];
}

/** What one source has found. */
export interface CensusPart {
  readonly classes: readonly ClassCensus[];
  readonly capabilities: readonly Capability[];
}

/** The instances of the same capabilities together, by name; each instance once. */
export function mergeCapabilities(all: readonly Capability[]): Capability[] {
  const byName = Map.groupBy(all, ({ name }) => name);
  return [...byName]
    .map(([name, found]) => ({ name, instances: found.flatMap(({ instances }) => instances) }))
    .sort((left, right) => left.name.localeCompare(right.name));
}

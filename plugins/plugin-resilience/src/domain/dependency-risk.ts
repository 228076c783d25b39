import type { ClassCensus, Pool, Supplier } from './census.ts';
import { DEPENDENCY_CLASSES, type DependencyClass } from './dependency-class.ts';

export const RISK_LEVELS = ['low', 'medium', 'high'] as const;
export type RiskLevel = (typeof RISK_LEVELS)[number];

/** Fewer effective suppliers than this are a high risk. */
export const HIGH_BELOW = 1.5;
/** Fewer than this are a medium one. */
export const MEDIUM_BELOW = 2.5;
/** So is one supplier with a larger share. */
export const LARGEST_SHARE = 0.6;
/** How long a drilled failover counts. */
export const DRILL_COUNTS_MS = 7 * 86_400_000;

/** The risk of one class, and from what it was computed. */
export interface ClassRisk {
  readonly dependency: DependencyClass;
  readonly isCritical: boolean;
  /** Null when nothing is known or nothing serves: that is not safe. */
  readonly level: RiskLevel | null;
  /** Effective number of independent suppliers: 1 and more, 0 when none serves, null when none is known. */
  readonly effectiveSuppliers: number | null;
  /** 0 to 1; null without suppliers. */
  readonly largestShare: number | null;
  /** How many calls, agents or endpoints it was computed from. */
  readonly n: number;
  readonly source: string;
  /** Over how long; null for what is there now. */
  readonly windowMs: number | null;
  /** The suppliers of the pool that has the fewest, and their shares, largest first. */
  readonly pool: string | null;
  readonly suppliers: readonly { readonly name: string; readonly share: number }[];
  readonly couldUse: readonly string[];
  /** When its failover last went well; null when no drill is known. */
  readonly drilledAtMs: number | null;
  /** Why it has its level. */
  readonly reasons: readonly string[];
}

/** The risk of depending on others, as that of the class that limits it. */
export interface PlatformRisk {
  /** Null when a critical class is not known and nothing known is high. */
  readonly level: RiskLevel | null;
  readonly limitingClass: DependencyClass | null;
  readonly classes: readonly ClassRisk[];
}

/** When drills went well; undefined when nobody keeps them here. */
export type LastDrills = ReadonlyMap<DependencyClass, number> | undefined;

/** What a class is judged by, beside what serves in it. */
export interface RiskTerms {
  readonly nowMs: number;
  readonly drills: LastDrills;
  readonly critical: ReadonlySet<DependencyClass>;
}

/**
 * How many equal suppliers would be as diverse as these: 1 / the sum of squared shares (the inverse of
 * the Herfindahl index). Null without any that serves.
 */
export function effectiveSuppliers(suppliers: readonly Supplier[]): number | null {
  const shares = sharesOf(suppliers);
  if (shares.length === 0) return null;
  return 1 / shares.reduce((sum, { share }) => sum + share ** 2, 0);
}

/** The risk of all classes. One that no source speaks of is not known. */
export function platformRisk(found: readonly ClassCensus[], terms: RiskTerms): PlatformRisk {
  const classes = DEPENDENCY_CLASSES.map((dependency) =>
    classRisk(
      found.find((one) => one.dependency === dependency) ?? unknownClass(dependency),
      terms,
    ),
  );
  const known = classes.filter(({ level }) => level !== null);
  const worst = known.toSorted(byWeight)[0];
  const missing = classes.find(({ isCritical, level }) => isCritical && level === null);
  const level = worst ? weightOf(worst) : null;
  if (missing && level !== 'high')
    return { level: null, limitingClass: missing.dependency, classes };
  return { level, limitingClass: worst?.dependency ?? null, classes };
}

/** The risk of one class. */
export function classRisk(census: ClassCensus, terms: RiskTerms): ClassRisk {
  const { dependency, source, windowMs = null, couldUse = [] } = census;
  const pool = narrowest(census.pools);
  const suppliers = sharesOf(pool?.suppliers ?? []);
  const effective = pool?.isDown ? 0 : effectiveSuppliers(pool?.suppliers ?? []);
  const largestShare = suppliers[0]?.share ?? null;
  const drilledAtMs = terms.drills?.get(dependency) ?? null;
  const isCritical = terms.critical.has(dependency);
  const facts = { dependency, isCritical, source, windowMs, couldUse, drilledAtMs };
  const counted = { effectiveSuppliers: effective, largestShare, n: totalOf(census), suppliers };
  const isKnown = pool !== undefined && effective !== null;
  const all = { ...facts, ...counted, pool: isKnown ? pool.name : null };
  if (effective === 0) return { ...all, level: 'high', reasons: ['nobody serves it now'] };
  if (effective === null || largestShare === null)
    return { ...all, level: null, reasons: [census.absent ?? 'Nothing serves.'] };
  return { ...all, ...judge({ effective, largestShare, drilledAtMs }, terms) };
}

function judge(
  figures: { effective: number; largestShare: number; drilledAtMs: number | null },
  { nowMs, drills }: RiskTerms,
): { level: RiskLevel; reasons: string[] } {
  const { effective, largestShare, drilledAtMs } = figures;
  const high = [
    ...(effective < HIGH_BELOW ? [`fewer than ${String(HIGH_BELOW)} effective suppliers`] : []),
    ...(isDrilled(drilledAtMs, nowMs) ? [] : [undrilled(drilledAtMs, drills)]),
  ];
  if (high.length > 0) return { level: 'high', reasons: high };
  const medium = [
    ...(effective < MEDIUM_BELOW ? [`fewer than ${String(MEDIUM_BELOW)} effective suppliers`] : []),
    ...(largestShare > LARGEST_SHARE ? ['one supplier has more than 60 %'] : []),
  ];
  return medium.length > 0
    ? { level: 'medium', reasons: medium }
    : { level: 'low', reasons: ['enough suppliers, and their failover was drilled'] };
}

// A clock may go back; a drill of the future counts as one of now.
function isDrilled(drilledAtMs: number | null, nowMs: number): boolean {
  return drilledAtMs !== null && nowMs - drilledAtMs <= DRILL_COUNTS_MS;
}

function undrilled(drilledAtMs: number | null, drills: LastDrills): string {
  if (drills === undefined) return 'nothing is known of drills';
  return drilledAtMs === null ? 'its failover was never drilled' : 'not drilled in 7 days';
}

function unknownClass(dependency: DependencyClass): ClassCensus {
  return { dependency, source: 'nothing', pools: [], absent: 'Nobody looks at it here.' };
}

// What is not critical can be a medium risk to the whole at most.
function weightOf({ level, isCritical }: ClassRisk): RiskLevel | null {
  return level === 'high' && !isCritical ? 'medium' : level;
}

function byWeight(left: ClassRisk, right: ClassRisk): number {
  const rank = (risk: ClassRisk): number => RISK_LEVELS.indexOf(weightOf(risk) ?? 'low');
  return (
    rank(right) - rank(left) ||
    Number(right.isCritical) - Number(left.isCritical) ||
    (left.effectiveSuppliers ?? 0) - (right.effectiveSuppliers ?? 0)
  );
}

// A class is as safe as the least safe thing that is supplied in it. Of a pool that is empty nothing is
// known, unless its suppliers are known to be down.
function narrowest(pools: readonly Pool[]): Pool | undefined {
  const size = ({ suppliers, isDown }: Pool): number =>
    isDown ? 0 : (effectiveSuppliers(suppliers) ?? Infinity);
  return pools.toSorted((left, right) => size(left) - size(right) || 0)[0];
}

/** Each supplier once, with its share of all that is served, largest first. */
function sharesOf(suppliers: readonly Supplier[]): { name: string; share: number }[] {
  const weights = new Map<string, number>();
  for (const { name, weight } of suppliers)
    if (weight > 0) weights.set(name, (weights.get(name) ?? 0) + weight);
  const total = [...weights.values()].reduce((sum, weight) => sum + weight, 0);
  return [...weights]
    .map(([name, weight]) => ({ name, share: weight / total }))
    .sort((left, right) => right.share - left.share || left.name.localeCompare(right.name));
}

function totalOf({ pools }: ClassCensus): number {
  return pools.flatMap(({ suppliers }) => suppliers).reduce((sum, { weight }) => sum + weight, 0);
}

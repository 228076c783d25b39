import type { BlockPrice } from './block-price.ts';
import { readBlockPrice } from './block-price.ts';
import type { DeploymentPlan } from './deployment-plan.ts';
import { scoreBids, type Bid, type ProviderFacts, type ScoredBid } from './score-bid.ts';
import type { GroupSpec } from './sdl/compiled.ts';

/** A bid with the place that it has on chain. */
export interface PlacedBid extends Bid {
  readonly gseq: number;
  readonly oseq: number;
  readonly bseq: number;
}

export interface GroupWishes {
  readonly name: string;
  /** As the chain counts groups, from 1. */
  readonly gseq: number;
  readonly regions: readonly string[];
  readonly maximumPrice: BlockPrice;
}

export interface ChosenBid {
  readonly group: string;
  readonly bid: PlacedBid;
  readonly reasons: readonly string[];
}

export interface Choice {
  readonly chosen: readonly ChosenBid[];
  /** Groups that nobody can take, with every bid and why not. */
  readonly missing: readonly { readonly group: string; readonly scored: readonly ScoredBid[] }[];
}

export interface ChoiceWishes {
  readonly groups: readonly GroupWishes[];
  /** Providers that are not to have it. */
  readonly excluded: readonly string[];
  /** Providers that have had it before: taken only where no other one can be. */
  readonly known?: readonly string[] | undefined;
  /** Regions that are taken only where no other one is offered. */
  readonly avoided?: readonly string[] | undefined;
  /**
   * Whether the cheapest that can be taken is taken, and not the best: of providers that are known to be
   * down often only where there is no other.
   */
  readonly isCheapest?: boolean | undefined;
}

/** What each group of a plan wants of its bids. */
export function wishesOf(plan: DeploymentPlan, groups: readonly GroupSpec[]): GroupWishes[] {
  return groups.map(({ name, resources }, index) => ({
    name,
    gseq: index + 1,
    regions: plan.placements.find((placement) => placement.name === name)?.regions ?? [],
    maximumPrice: resources.reduce(
      (sum, { price, count }) => sum + (readBlockPrice(price.amount) ?? 0n) * BigInt(count),
      0n,
    ),
  }));
}

/** Thousandths of the last seven days: who was up for less is down for an hour and more each day. */
const SOLID = 950;

/**
 * The best bid for each group, or the cheapest, each from a provider of its own. Groups with fewer bids that can be
 * taken choose first, so that none is left over because another one took its only provider.
 */
export function chooseBids(
  bids: readonly PlacedBid[],
  facts: ReadonlyMap<string, ProviderFacts>,
  { groups, excluded, known = [], avoided = [], isCheapest = false }: ChoiceWishes,
): Choice {
  const scoredFor = (group: GroupWishes, taken: readonly string[]): ScoredBid[] =>
    scoreBids(
      bids.filter(({ gseq }) => gseq === group.gseq),
      facts,
      { ...group, excludedProviders: [...excluded, ...taken] },
    );
  const isElsewhere = ({ bid }: ScoredBid): boolean => {
    const region = facts.get(bid.provider)?.region;
    return region !== undefined && !avoided.includes(region);
  };
  const isSolid = ({ bid }: ScoredBid): boolean =>
    (facts.get(bid.provider)?.uptimePermille ?? SOLID) >= SOLID;
  const chosen: ChosenBid[] = [];
  const missing: { group: string; scored: ScoredBid[] }[] = [];
  for (const group of groups.toSorted(
    (left, right) =>
      takeableIn(scoredFor(left, [])).length - takeableIn(scoredFor(right, [])).length,
  )) {
    const scored = scoredFor(
      group,
      chosen.map(({ bid }) => bid.provider),
    );
    const takeable = takeableIn(scored);
    const fresh = takeable.filter(({ bid }) => !known.includes(bid.provider));
    const offers = fresh.length > 0 ? fresh : takeable;
    const order = isCheapest ? offers.toSorted(byPrice) : offers;
    const solid = isCheapest ? order.filter(isSolid) : order;
    const best = solid.find(isElsewhere) ?? solid[0] ?? order.find(isElsewhere) ?? order[0];
    if (!best) missing.push({ group: group.name, scored });
    else chosen.push({ group: group.name, bid: best.bid as PlacedBid, reasons: best.reasons });
  }
  return { chosen: chosen.toSorted((left, right) => left.bid.gseq - right.bid.gseq), missing };
}

function byPrice({ bid: { price: one } }: ScoredBid, { bid: { price: other } }: ScoredBid): number {
  return Number(one > other) - Number(one < other);
}

function takeableIn(scored: readonly ScoredBid[]): ScoredBid[] {
  return scored.filter(({ score }) => score !== undefined);
}

import { formatBlockPrice, type BlockPrice } from './block-price.ts';
import { isInRegion } from './regions.ts';

/** A provider's offer for one group. */
export interface Bid {
  readonly provider: string;
  readonly denom: string;
  readonly price: BlockPrice;
}

/** What is known of a provider. Undefined is not known, and counts half. */
export interface ProviderFacts {
  readonly region: string | undefined;
  /** Whether the auditor that we trust has signed its attributes. */
  readonly isAudited: boolean;
  /** Share of the last seven days that it was up, in thousandths. */
  readonly uptimePermille: number | undefined;
  /** Whether its gateway answered us just now. */
  readonly isReachable: boolean | undefined;
}

/** What a bid has to meet. */
export interface BidWishes {
  /** Acceptable regions, most wanted first; any region when there is none. */
  readonly regions: readonly string[];
  readonly maximumPrice: BlockPrice;
  /** Providers that have another lease of the same deployment, or have failed it. */
  readonly excludedProviders: readonly string[];
}

/** A bid with its points, 0 to 1000, and why it has them. */
export interface ScoredBid {
  readonly bid: Bid;
  /** Undefined when it cannot be taken. */
  readonly score: number | undefined;
  readonly reasons: readonly string[];
}

const POINTS = { price: 400, uptime: 250, audit: 150, region: 100, reachability: 100 };
const NEXT_REGION_COSTS = 25;

/** Every bid, best first; those that cannot be taken come last and say why. */
export function scoreBids(
  bids: readonly Bid[],
  facts: ReadonlyMap<string, ProviderFacts>,
  wishes: BidWishes,
): ScoredBid[] {
  const known = (bid: Bid): ProviderFacts => facts.get(bid.provider) ?? UNKNOWN;
  const takeable = bids.filter((bid) => refusals(bid, known(bid), wishes).length === 0);
  const cheapest = takeable.reduce<BlockPrice | undefined>(
    (least, { price }) => (least === undefined || price < least ? price : least),
    undefined,
  );
  return bids
    .map((bid) => scoreBid(bid, known(bid), wishes, cheapest))
    .toSorted(
      (left, right) =>
        (right.score ?? -1) - (left.score ?? -1) ||
        Number(left.bid.price > right.bid.price) - Number(left.bid.price < right.bid.price) ||
        (left.bid.provider < right.bid.provider ? -1 : 1),
    );
}

const UNKNOWN: ProviderFacts = {
  region: undefined,
  isAudited: false,
  uptimePermille: undefined,
  isReachable: undefined,
};

function scoreBid(
  bid: Bid,
  facts: ProviderFacts,
  wishes: BidWishes,
  cheapest: BlockPrice | undefined,
): ScoredBid {
  const reasons = refusals(bid, facts, wishes);
  if (reasons.length > 0 || cheapest === undefined) return { bid, score: undefined, reasons };
  const parts = [
    pricePart(bid, cheapest),
    uptimePart(facts),
    auditPart(facts),
    regionPart(facts, wishes),
    reachabilityPart(facts),
  ];
  return {
    bid,
    score: parts.reduce((sum, { points }) => sum + points, 0),
    reasons: parts.map(
      ({ reason, points, most }) => `${reason} (${String(points)} of ${String(most)})`,
    ),
  };
}

function refusals(bid: Bid, facts: ProviderFacts, wishes: BidWishes): string[] {
  const { regions, maximumPrice, excludedProviders } = wishes;
  const wanted = regions.length === 0 || rankOf(facts.region, regions) !== undefined;
  return [
    ...(bid.denom === 'uact' ? [] : [`it asks for ${bid.denom}, and leases are paid in uact`]),
    ...(bid.price > maximumPrice
      ? [
          `${formatBlockPrice(bid.price)} uact a block is above the ${formatBlockPrice(maximumPrice)} that it may cost`,
        ]
      : []),
    ...(wanted
      ? []
      : [`its region ${facts.region ?? 'is not known and'} is none of ${regions.join(', ')}`]),
    ...(excludedProviders.includes(bid.provider)
      ? ['it has another lease of this deployment, or has failed it']
      : []),
    ...(facts.isReachable === false ? ['its gateway does not answer'] : []),
  ];
}

interface Part {
  readonly points: number;
  readonly most: number;
  readonly reason: string;
}

function pricePart({ price }: Bid, cheapest: BlockPrice): Part {
  const most = POINTS.price;
  const points = price === 0n ? most : Number((BigInt(most) * cheapest) / price);
  const reason = `${formatBlockPrice(price)} uact a block${price === cheapest ? ', the cheapest' : ''}`;
  return { points, most, reason };
}

function uptimePart({ uptimePermille }: ProviderFacts): Part {
  const most = POINTS.uptime;
  if (uptimePermille === undefined)
    return { points: most / 2, most, reason: 'its uptime is not known' };
  // Providers differ in the last percents: half of the points are for the last 10 %.
  const share = Math.min(Math.max(uptimePermille, 0), 1000);
  const upper = Math.max(0, share - 900) / 100;
  const points = Math.floor((most / 2) * (share / 1000) + (most / 2) * upper);
  return { points, most, reason: `it was up ${String(share / 10)} % of seven days` };
}

function auditPart({ isAudited }: ProviderFacts): Part {
  const most = POINTS.audit;
  return isAudited
    ? { points: most, most, reason: 'it is audited' }
    : { points: 0, most, reason: 'nobody that we trust has audited it' };
}

function regionPart({ region }: ProviderFacts, { regions }: BidWishes): Part {
  const most = POINTS.region;
  const rank = rankOf(region, regions);
  if (rank === undefined) return { points: most, most, reason: 'any region will do' };
  const points = Math.max(0, most - rank * NEXT_REGION_COSTS);
  return { points, most, reason: `it is in ${region ?? ''}, wish number ${String(rank + 1)}` };
}

function reachabilityPart({ isReachable }: ProviderFacts): Part {
  const most = POINTS.reachability;
  return isReachable
    ? { points: most, most, reason: 'its gateway answers' }
    : { points: most / 2, most, reason: 'its gateway was not tried' };
}

function rankOf(region: string | undefined, regions: readonly string[]): number | undefined {
  if (region === undefined) return undefined;
  const rank = regions.findIndex((wished) => isInRegion(region, wished));
  return rank < 0 ? undefined : rank;
}

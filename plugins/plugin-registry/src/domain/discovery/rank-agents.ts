import type { PicoUsd } from '@371os/kernel';
import { isAlive, isMeant, platformsOf, type Platform } from './indexed-agent.ts';
import { fitOf, wordsOf, type Fit, type SearchableAgent } from './match-words.ts';

/** What somebody looks for. */
export interface Criteria {
  /** In words; all of it in one text. */
  readonly requirements: string;
  readonly agentType: string | undefined;
  /** Dearest call that is acceptable. */
  readonly maxCostPico: PicoUsd;
  /** 0 to 1. */
  readonly minReputation: number;
  /** At least one of them; any when empty. */
  readonly platforms: readonly Platform[];
  /** Ids, numbers, owners or names of agents; these come first. */
  readonly preferredProviders: readonly string[];
  readonly excludedProviders: readonly string[];
  readonly isActiveOnly: boolean;
}

/** One term of a score: a value from 0 to 1, and what it counts for. */
export interface Term {
  readonly value: number;
  readonly weight: number;
}

export interface Found {
  readonly agent: SearchableAgent;
  readonly fit: Fit;
  readonly isPreferred: boolean;
  /** Share of the wanted words times the weighted sum of the terms, 0 to 1. */
  readonly score: number;
}

/** What a score is made of. */
export type Terms = Readonly<Record<'reputation' | 'price' | 'platforms', Term>>;

/** Why an agent that fits is not among the results. */
export type LeftOut = 'excluded' | 'inactive' | 'type' | 'platform' | 'price' | 'reputation';

export interface Discovery {
  /** Best first, at most a hundred. */
  readonly found: readonly Found[];
  /** How many there are in all. */
  readonly totalFound: number;
  /** How many agents fit the words and were left out, by the first reason. */
  readonly leftOut: Readonly<Partial<Record<LeftOut, number>>>;
}

// The origin's weights; its terms had other scales, which let the number of platforms decide alone.
const WEIGHTS = { reputation: 0.4, price: 0.3, platforms: 0.3 } as const;
const MOST_FOUND = 100;

/** The agents that do what is wanted within the limits, ranked. */
export function rankAgents(
  agents: Iterable<SearchableAgent>,
  criteria: Criteria,
  nowMs: number,
): Discovery {
  const wanted = [...wordsOf(criteria.requirements)];
  const found: Found[] = [];
  const leftOut: Partial<Record<LeftOut, number>> = {};
  let totalFound = 0;
  for (const agent of agents) {
    const fit = fitOf(agent, wanted);
    if (!fit) continue;
    const reason = reasonAgainst(agent, fit, criteria, nowMs);
    if (reason === undefined) {
      totalFound += 1;
      keepBest(found, rank(agent, fit, criteria));
    } else leftOut[reason] = (leftOut[reason] ?? 0) + 1;
  }
  return { found, totalFound, leftOut };
}

// In order, each at its place: most are worse than the last of the best, and cost one comparison.
function keepBest(best: Found[], one: Found): void {
  const last = best.at(-1);
  if (best.length === MOST_FOUND && last && byRank(last, one) < 0) return;
  let place = best.length;
  while (place > 0 && byRank(best[place - 1] ?? one, one) > 0) place -= 1;
  best.splice(place, 0, one);
  if (best.length > MOST_FOUND) best.pop();
}

function reasonAgainst(
  { entry }: SearchableAgent,
  { tool }: Fit,
  criteria: Criteria,
  nowMs: number,
): LeftOut | undefined {
  const { agentType, platforms, maxCostPico, minReputation } = criteria;
  if (criteria.excludedProviders.some((name) => isMeant(entry, name))) return 'excluded';
  if (criteria.isActiveOnly && !isAlive(entry, nowMs)) return 'inactive';
  if (agentType !== undefined && entry.agentType.toLowerCase() !== agentType.toLowerCase())
    return 'type';
  if (platforms.length > 0 && !platformsOf(entry).some((one) => platforms.includes(one)))
    return 'platform';
  // What has no price is shown and says so; nothing is executed at a price that nobody knows.
  if (tool?.pricePico !== undefined && tool.pricePico > maxCostPico) return 'price';
  return entry.reputation.score < minReputation ? 'reputation' : undefined;
}

function rank(agent: SearchableAgent, fit: Fit, criteria: Criteria): Found {
  const { reputation, price, platforms } = WEIGHTS;
  const { preferredProviders, maxCostPico } = criteria;
  const score =
    fit.share *
    (reputation * agent.entry.reputation.score +
      price * cheapness(fit.tool?.pricePico, maxCostPico) +
      platforms * agent.platformShare);
  const isPreferred = preferredProviders.some((name) => isMeant(agent.entry, name));
  return { agent, fit, isPreferred, score };
}

/** What the score of a result is made of. */
export function termsOf({ agent, fit }: Found, { maxCostPico }: Criteria): Terms {
  return {
    reputation: { value: agent.entry.reputation.score, weight: WEIGHTS.reputation },
    price: { value: cheapness(fit.tool?.pricePico, maxCostPico), weight: WEIGHTS.price },
    platforms: { value: agent.platformShare, weight: WEIGHTS.platforms },
  };
}

// 1 for what is free, 0 at the limit and for what has no price.
function cheapness(pricePico: PicoUsd | undefined, maxCostPico: PicoUsd): number {
  if (pricePico === undefined) return 0;
  if (pricePico === 0n) return 1;
  return 1 - Number(pricePico) / Number(maxCostPico);
}

function byRank(left: Found, right: Found): number {
  return (
    Number(right.isPreferred) - Number(left.isPreferred) ||
    right.score - left.score ||
    (left.agent.entry.id < right.agent.entry.id ? -1 : 1)
  );
}

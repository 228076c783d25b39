/** Feedback as it stands on chain. */
export interface Feedback {
  /** Lower case. */
  readonly client: string;
  /** A decimal number without its point. */
  readonly value: bigint;
  readonly decimals: number;
  readonly tag: string;
  readonly isRevoked: boolean;
}

/** What an agent's feedback comes to. */
export interface Reputation {
  /** 0 to 1. */
  readonly score: number;
  /** How many clients have rated it; 0 is a newcomer, whose score is the prior. */
  readonly raters: number;
  /** How many of them are trusted. */
  readonly trustedRaters: number;
}

// The smallest score that discovery asks for by default, so that a newcomer is found until somebody
// has reason to complain. It weighs as much as two clients.
export const PRIOR_SCORE = 0.7;
const PRIOR_WEIGHT = 2;
// Addresses cost nothing: all that nobody vouches for weigh no more than the prior together.
const STRANGERS_MOST = 2;

/** Tags of ERC-8004 under which a value is a rating from 0 to 100. */
const RATING_TAGS = new Set(['starred', '']);

export const NEWCOMER: Reputation = { score: PRIOR_SCORE, raters: 0, trustedRaters: 0 };

/**
 * An agent's reputation: every client has one voice, the mean of what it has said and not taken
 * back; a trusted one weighs 1, all others together at most 2, and the prior 2. Values out of range
 * and those that are no ratings do not count.
 * @param trusted addresses in lower case
 */
export function aggregateFeedback(
  feedback: Iterable<Feedback>,
  trusted: ReadonlySet<string>,
): Reputation {
  const voices = voicesOf(feedback);
  const own = [...voices].filter(([client]) => trusted.has(client)).map(([, voice]) => voice);
  const strangers = [...voices]
    .filter(([client]) => !trusted.has(client))
    .map(([, voice]) => voice);
  const strangersWeight = Math.min(strangers.length, STRANGERS_MOST);
  const sum = PRIOR_SCORE * PRIOR_WEIGHT + total(own) + mean(strangers) * strangersWeight;
  return {
    score: sum / (PRIOR_WEIGHT + own.length + strangersWeight),
    raters: voices.size,
    trustedRaters: own.length,
  };
}

function voicesOf(feedback: Iterable<Feedback>): Map<string, number> {
  const said = new Map<string, number[]>();
  for (const one of feedback) {
    const rating = ratingOf(one);
    if (rating === undefined) continue;
    said.set(one.client, [...(said.get(one.client) ?? []), rating]);
  }
  return new Map([...said].map(([client, ratings]) => [client, mean(ratings)]));
}

function ratingOf({ value, decimals, tag, isRevoked }: Feedback): number | undefined {
  if (isRevoked || !RATING_TAGS.has(tag)) return undefined;
  const rating = Number(value) / 10 ** decimals / 100;
  return rating >= 0 && rating <= 1 ? rating : undefined;
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : total(values) / values.length;
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

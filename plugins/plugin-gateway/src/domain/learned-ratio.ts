import type { PicoUsd } from '@371os/kernel';

/** How far off the estimates of a model have been, in percent of the estimate. */
export interface LearnedRatio {
  /** Tokens that the provider counted, of those that we counted. */
  readonly tokenPercent: number;
  /** Cost that the provider reported, of that by its published price. */
  readonly costPercent: number;
}

export interface Observation {
  readonly countedTokens: number;
  readonly tokensIn: number;
  readonly estimatedPico: PicoUsd;
  readonly costPico: PicoUsd;
}

export const NOTHING_LEARNED: LearnedRatio = { tokenPercent: 0, costPercent: 100 };

// The frame of a chat format would look like a family's own way of counting in a short prompt.
const LEAST_TOKENS = 200;
const MOST_PERCENT = 1_000;
// A single odd call should not bind for ever.
const FORGET_SHARE = 32;
const MARGIN_PERCENT = 5;

/** A ratio after one more call: what is higher counts at once, what is lower little by little. */
export function learn(known: LearnedRatio, seen: Observation): LearnedRatio {
  const tokens =
    seen.countedTokens >= LEAST_TOKENS ? (100 * seen.tokensIn) / seen.countedTokens : undefined;
  const cost =
    seen.estimatedPico > 0n ? Number((seen.costPico * 100n) / seen.estimatedPico) : undefined;
  return {
    tokenPercent: adjusted(known.tokenPercent, tokens),
    costPercent: Math.max(100, adjusted(known.costPercent, cost)),
  };
}

/** The percentage to reckon with: what was learned and a little more. */
export function withMargin(percent: number): number {
  return percent <= 100 ? percent : Math.ceil((percent * (100 + MARGIN_PERCENT)) / 100);
}

function adjusted(known: number, seen: number | undefined): number {
  if (seen === undefined || !Number.isFinite(seen)) return known;
  const percent = Math.min(Math.ceil(seen), MOST_PERCENT);
  return percent >= known ? percent : known - Math.floor((known - percent) / FORGET_SHARE);
}

import { ONE, type Decimal } from './decimal.ts';

/** The origin's figures: a median above 1.15 times the suggestion gives 0.9 times the median. */
const RAISE_ABOVE_PERCENT = 115n;
const PROPOSED_PERCENT = 90n;

export interface PriceReview {
  readonly verdict: 'propose' | 'keep';
  /** What the competitors ask: the middle one, or the mean of the middle two. */
  readonly median: Decimal;
  /** The median above which another price is proposed. */
  readonly threshold: Decimal;
  /** 0.9 times the median, or the suggestion. */
  readonly price: Decimal;
}

/**
 * Compares a suggested price with what competitors ask.
 * @param suggestion above zero
 * @param competitors one price or more, of at most six decimals
 */
export function reviewPrice(suggestion: Decimal, competitors: readonly Decimal[]): PriceReview {
  const median = medianOf(competitors);
  const threshold = (suggestion * RAISE_ABOVE_PERCENT) / 100n;
  const proposes = median * 100n > suggestion * RAISE_ABOVE_PERCENT;
  const price = proposes ? (median * PROPOSED_PERCENT) / 100n : suggestion;
  return { verdict: proposes ? 'propose' : 'keep', median, threshold, price };
}

/** The middle of some numbers, at least one. */
export function medianOf(values: readonly Decimal[]): Decimal {
  const sorted = values.toSorted((left, right) => (left < right ? -1 : left > right ? 1 : 0));
  const upper = sorted[Math.floor(sorted.length / 2)] ?? 0n;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? 0n;
  return (lower + upper) / 2n;
}

/** The origin's figure: what returns less than 1.2 of what it cost is to be optimised. */
export const LEAST_RETURN: Decimal = (ONE * 12n) / 10n;

export interface ReturnReview {
  readonly verdict: 'optimise' | 'keep';
  /** What came back for each unit spent. */
  readonly ratio: Decimal;
}

/** Judges what a campaign or an offer brought back. @param spent above zero */
export function reviewReturn(earned: Decimal, spent: Decimal): ReturnReview {
  const isTooLow = earned * ONE < spent * LEAST_RETURN;
  return { verdict: isTooLow ? 'optimise' : 'keep', ratio: (earned * ONE) / spent };
}

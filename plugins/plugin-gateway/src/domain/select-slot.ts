/** What a model is chosen for. A catalogue lists models for each. */
export const SLOTS = ['private', 'quality', 'long', 'cheap', 'default'] as const;
export type Slot = (typeof SLOTS)[number];

/** Something for each slot. */
export function forEachSlot<Value>(valueOf: (slot: Slot) => Value): Record<Slot, Value> {
  return {
    private: valueOf('private'),
    quality: valueOf('quality'),
    long: valueOf('long'),
    cheap: valueOf('cheap'),
    default: valueOf('default'),
  };
}

export interface SlotFacts {
  readonly isConfidential: boolean;
  readonly isHighQuality: boolean;
  /** The slot that the caller asks for. */
  readonly wanted?: Slot | undefined;
  /** Tokens of the prompt, estimated. */
  readonly tokensIn: number;
  /** What is left of the tightest budget, 0 to 1. */
  readonly remainingFraction: number;
}

export interface SlotChoice {
  readonly slot: Slot;
  /** The number of the rule, 1 to 5; 0 when the caller asked for the slot. */
  readonly rule: number;
  readonly reason: string;
}

const QUALITY_ABOVE = 0.2;
const LONG_ABOVE_TOKENS = 8000;
const CHEAP_BELOW = 0.05;

/** The original's five rules; the first that holds decides. Boundaries belong to the later rule. */
export function selectSlot(facts: SlotFacts): SlotChoice {
  if (facts.isConfidential) return { slot: 'private', rule: 1, reason: 'it is confidential' };
  if (facts.wanted) return { slot: facts.wanted, rule: 0, reason: 'it was asked for' };
  if (facts.isHighQuality && facts.remainingFraction > QUALITY_ABOVE)
    return { slot: 'quality', rule: 2, reason: 'high quality is asked and over 20 % is left' };
  if (facts.tokensIn > LONG_ABOVE_TOKENS)
    return { slot: 'long', rule: 3, reason: 'the prompt has over 8,000 tokens' };
  if (facts.remainingFraction < CHEAP_BELOW)
    return { slot: 'cheap', rule: 4, reason: 'less than 5 % of the budget is left' };
  return { slot: 'default', rule: 5, reason: 'nothing special' };
}

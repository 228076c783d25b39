import type { PicoUsd } from '@371os/kernel';

/** Prices from a certain prompt length on, in pico-USD a token. */
export interface PriceTier {
  readonly fromTokensIn: number;
  readonly inPico: PicoUsd;
  readonly outPico: PicoUsd;
}

/** What a model costs and by which entry of which price list. */
export interface ModelPrice {
  readonly priceId: string;
  /** By rising `fromTokensIn`; the first begins at 0. */
  readonly tiers: readonly PriceTier[];
}

export const FREE: ModelPrice = Object.freeze({
  priceId: 'local',
  tiers: [{ fromTokensIn: 0, inPico: 0n, outPico: 0n }],
});

/** Exact cost of a call; the whole call is charged at the tier that its prompt reaches. */
export function costOf(price: ModelPrice, tokensIn: number, tokensOut: number): PicoUsd {
  const tier = price.tiers.findLast(({ fromTokensIn }) => tokensIn >= fromTokensIn);
  if (!tier) return 0n;
  return tier.inPico * BigInt(tokensIn) + tier.outPico * BigInt(tokensOut);
}

export function isFree(price: ModelPrice): boolean {
  return price.tiers.every(({ inPico, outPico }) => inPico === 0n && outPico === 0n);
}

import { divideUp, type PicoUsd } from '@371os/kernel';

/** Prices from a certain prompt length on, in pico-USD a token. */
export interface PriceTier {
  readonly fromTokensIn: number;
  readonly inPico: PicoUsd;
  /** For input that the provider writes to its cache, which may cost more. */
  readonly cacheWritePico: PicoUsd;
  readonly outPico: PicoUsd;
}

/** What a model costs and by which entry of which price list. */
export interface ModelPrice {
  readonly priceId: string;
  /** By rising `fromTokensIn`; the first begins at 0. */
  readonly tiers: readonly PriceTier[];
}

/** What a call is charged by, in tokens. */
export interface TokenUse {
  readonly tokensIn: number;
  readonly tokensOut: number;
  /** How many of `tokensIn` were written to a cache; all of them, as long as nobody says. */
  readonly cacheWriteTokens?: number | undefined;
}

export const FREE: ModelPrice = Object.freeze({
  priceId: 'local',
  tiers: [{ fromTokensIn: 0, inPico: 0n, cacheWritePico: 0n, outPico: 0n }],
});

/** Exact cost of a call; the whole call is charged at the tier that its prompt reaches. */
export function costOf(price: ModelPrice, use: TokenUse): PicoUsd {
  const { tokensIn, tokensOut, cacheWriteTokens = tokensIn } = use;
  const tier = price.tiers.findLast(({ fromTokensIn }) => tokensIn >= fromTokensIn);
  if (!tier) return 0n;
  const written = Math.min(cacheWriteTokens, tokensIn);
  return (
    tier.inPico * BigInt(tokensIn - written) +
    tier.cacheWritePico * BigInt(written) +
    tier.outPico * BigInt(tokensOut)
  );
}

export function isFree({ tiers }: ModelPrice): boolean {
  return tiers.every(({ inPico, outPico }) => inPico === 0n && outPico === 0n);
}

/** A price with so many percent on top, rounded up. */
export function raisedBy(price: ModelPrice, percent: number): ModelPrice {
  const raise = (pico: PicoUsd): PicoUsd => divideUp(pico * BigInt(100 + percent), 100n);
  return {
    priceId: `${price.priceId}+${String(percent)}%`,
    tiers: price.tiers.map(({ fromTokensIn, inPico, cacheWritePico, outPico }) => ({
      fromTokensIn,
      inPico: raise(inPico),
      cacheWritePico: raise(cacheWritePico),
      outPico: raise(outPico),
    })),
  };
}

import type { PicoUsd } from '@371os/kernel';

/** Uact (millionths of an ACT, which is one US dollar) per block, in units of 1e-18 uact. */
export type BlockPrice = bigint;

const DECIMALS = 18;
const UACT: BlockPrice = 10n ** BigInt(DECIMALS);
const PICO_PER_UACT = 1_000_000n;

// Blocks in a month of 30.437 days. Providers reckon with blocks of 6.117 s, and the chain is never
// faster than 6 s: what a month may cost at most is reckoned with the latter.
const MILLISECONDS_PER_MONTH = 2_629_756_800n;
/** Milliseconds between two blocks as providers reckon. */
export const PROVIDER_BLOCK_MS = 6_117;
/** The least time between two blocks, in milliseconds. */
export const FASTEST_BLOCK_MS = 6_000;

/** Reads `12.5` uact a block; undefined for what is no such number. */
export function readBlockPrice(text: string): BlockPrice | undefined {
  const match = /^(\d{1,20})(?:\.(\d{1,18}))?$/.exec(text);
  return match
    ? BigInt(match[1] ?? '0') * UACT + BigInt((match[2] ?? '').padEnd(DECIMALS, '0'))
    : undefined;
}

/** `12.5` */
export function formatBlockPrice(price: BlockPrice): string {
  const fraction = (price % UACT).toString().padStart(DECIMALS, '0').replace(/0+$/, '');
  return `${String(price / UACT)}${fraction === '' ? '' : `.${fraction}`}`;
}

/** What a price comes to in a month, rounded up to a whole pico-USD. */
export function monthlyCost(price: BlockPrice, blockMs: number): PicoUsd {
  const divisor = UACT * BigInt(blockMs);
  return (price * PICO_PER_UACT * MILLISECONDS_PER_MONTH + divisor - 1n) / divisor;
}

/** The highest price, to six decimals, that stays within an amount a month, whatever the chain does. */
export function priceWithin(maximumPico: PicoUsd): BlockPrice {
  const micro = 10n ** 12n;
  const price =
    (maximumPico * UACT * BigInt(FASTEST_BLOCK_MS)) / (PICO_PER_UACT * MILLISECONDS_PER_MONTH);
  return (price / micro) * micro;
}

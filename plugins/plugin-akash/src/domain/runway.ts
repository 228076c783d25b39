import type { BlockPrice } from './block-price.ts';

const ATOMS = 10n ** 18n;
const SECONDS_PER_DAY = 86_400;

/** How long the escrow of a deployment lasts. */
export interface Runway {
  /** Whole blocks that are paid for. */
  readonly blocks: bigint;
  readonly seconds: number;
  /** Tenths of a day, cut off. */
  readonly days: number;
}

/**
 * How long funds last at the sum of the leases' prices; undefined when nothing is being spent.
 * @param fundsUact what is left in escrow, zero or more
 * @param blockMs time between two blocks, in milliseconds
 */
export function runwayOf(fundsUact: bigint, rate: BlockPrice, blockMs: number): Runway | undefined {
  if (rate <= 0n) return undefined;
  const blocks = (fundsUact * ATOMS) / rate;
  const seconds = Number((blocks * BigInt(blockMs)) / 1000n);
  return { blocks, seconds, days: Math.floor((seconds * 10) / SECONDS_PER_DAY) / 10 };
}

/**
 * What is left in an escrow now. The chain settles an escrow only when somebody touches it: what it
 * says of the funds holds for the block `settledAt`.
 */
export function fundsAt(
  height: number,
  { fundsUact, settledAt }: { readonly fundsUact: bigint; readonly settledAt: number },
  rate: BlockPrice,
): bigint {
  const since = BigInt(Math.max(0, height - settledAt));
  const left = fundsUact - (rate * since) / ATOMS;
  return left > 0n ? left : 0n;
}

/** Uact to add so that the escrow lasts so many days from now; 0 when it does already. */
export function topUpFor(
  days: number,
  { fundsUact, rate, blockMs }: { fundsUact: bigint; rate: BlockPrice; blockMs: number },
): bigint {
  const blocks = BigInt(Math.ceil((days * SECONDS_PER_DAY * 1000) / blockMs));
  const needed = (rate * blocks + ATOMS - 1n) / ATOMS;
  return needed > fundsUact ? needed - fundsUact : 0n;
}

import { BaseError } from './errors.ts';

/** An amount of US dollars in pico-USD (1e-12 USD), exact. Postgres BIGINT holds 9.2 million USD. */
export type PicoUsd = bigint;

export const PICO_PER_USD: PicoUsd = 1_000_000_000_000n;

const FRACTION_DIGITS = 12;
const AMOUNT = /^\$?\s*(\d{1,7}(?:,\d{3})*)(?:\.(\d{1,12}))?\s*(?:usd|dollars?)?$/i;

/** A text that should be an amount of dollars and is not. */
export class InvalidMoneyError extends BaseError {
  constructor({ text }: { text: string }) {
    super(
      `"${text.slice(0, 40)}" is not an amount in US dollars: write it like 20 or 0.05, at most 12 decimals.`,
      { details: { text: text.slice(0, 40) } },
    );
  }
}

/**
 * Reads an amount of dollars: `20`, `20.00`, `$5`, `0.05 usd`.
 * @throws InvalidMoneyError for anything else, negative amounts included.
 */
export function parseUsd(text: string): PicoUsd {
  const match = AMOUNT.exec(text.trim());
  if (!match) throw new InvalidMoneyError({ text });
  const whole = BigInt((match[1] ?? '0').replaceAll(',', ''));
  const fraction = BigInt((match[2] ?? '').padEnd(FRACTION_DIGITS, '0'));
  return whole * PICO_PER_USD + fraction;
}

/** The exact decimal text of an amount, with at least two decimals: `20.00`, `0.000125`. */
export function formatUsd(amount: PicoUsd): string {
  const sign = amount < 0n ? '-' : '';
  const absolute = amount < 0n ? -amount : amount;
  const fraction = (absolute % PICO_PER_USD).toString().padStart(FRACTION_DIGITS, '0');
  return `${sign}${String(absolute / PICO_PER_USD)}.${fraction.replace(/0+$/, '').padEnd(2, '0')}`;
}

/** An amount as a JSON number. Presentation only: never compute with it. Exact to 15 digits. */
export function usdNumber(amount: PicoUsd): number {
  return Number(formatUsd(amount));
}

/**
 * What a million units cost, as the price of one unit, rounded up to a whole pico-USD.
 * Prices are published in USD per million tokens; `0.15` gives 150,000 pico-USD a token.
 */
export function perUnitFromPerMillion(usdPerMillion: string): PicoUsd {
  const million = 1_000_000n;
  return (parseUsd(usdPerMillion) + million - 1n) / million;
}

/** Division that rounds up, for shares of money that must not be understated. */
export function divideUp(dividend: bigint, divisor: bigint): bigint {
  return (dividend + divisor - 1n) / divisor;
}

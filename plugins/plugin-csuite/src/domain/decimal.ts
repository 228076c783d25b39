import { InvalidFigureError } from '../errors.ts';

/** A number in trillionths (1e-12), exact: 0.65 is 650,000,000,000n. */
export type Decimal = bigint;

/** The number 1. */
export const ONE: Decimal = 1_000_000_000_000n;

const FRACTION_DIGITS = 12;
const MOST_SHOWN_DECIMALS = 4;
// Six decimals: half of a number, and nine tenths of that, stay exact.
const NUMBER = /^([+-])?(?=[\d.])((?:\d{1,3}(?:,\d{3})+|\d{1,9})?)(?:\.(\d{1,6}))?$/;

/**
 * Reads a number of at most nine digits and six decimals: `20`, `1,150.50`, `-0.1`. A comma only
 * parts thousands: `19,99` is refused rather than guessed at.
 * @throws InvalidFigureError
 */
export function parseDecimal(text: string, what = 'a number'): Decimal {
  const match = NUMBER.exec(text.trim());
  if (!match) throw new InvalidFigureError({ what, text, expected: 'write it like 20 or 19.99' });
  const whole = BigInt((match[2] ?? '').replaceAll(',', '') || '0') * ONE;
  const fraction = BigInt((match[3] ?? '').padEnd(FRACTION_DIGITS, '0'));
  return match[1] === '-' ? -(whole + fraction) : whole + fraction;
}

/** Reads a share: `70%`, `70 percent`, `0.7`. @throws InvalidFigureError */
export function parseShare(text: string, what = 'a share'): Decimal {
  const percent = /^(.*?)\s*(?:%|percent|per cent)$/i.exec(text.trim());
  return percent ? parseDecimal(percent[1] ?? '', what) / 100n : parseDecimal(text, what);
}

/**
 * Reads a share from 0 to 1, so that 70 without a sign is not taken for 7000 %.
 * @throws InvalidFigureError
 */
export function parseProportion(text: string, what: string): Decimal {
  const share = parseShare(text, what);
  if (share < 0n || share > ONE)
    throw new InvalidFigureError({
      what,
      text,
      expected: 'it lies between 0 and 1, or 0 % and 100 %',
    });
  return share;
}

/** The exact text of a number, with at least so many decimals: `25.20`, `0.125`. */
export function formatDecimal(value: Decimal, leastDecimals = 0): string {
  const absolute = value < 0n ? -value : value;
  const fraction = (absolute % ONE).toString().padStart(FRACTION_DIGITS, '0').replace(/0+$/, '');
  const decimals = fraction.padEnd(leastDecimals, '0');
  return `${value < 0n ? '-' : ''}${String(absolute / ONE)}${decimals === '' ? '' : `.${decimals}`}`;
}

/** A share as a percentage: `65 %`, `66.67 %`. Cut off, never rounded up over a boundary. */
export function formatPercent(share: Decimal): string {
  return `${formatDecimal(cutOff(share * 100n, 2))} %`;
}

/** A ratio with at most four decimals. Cut off, never rounded up over a boundary. */
export function formatRatio(ratio: Decimal): string {
  return formatDecimal(cutOff(ratio, MOST_SHOWN_DECIMALS));
}

/** The nearest number with two decimals, halves away from zero. */
export function roundToCents(value: Decimal): Decimal {
  const cent = ONE / 100n;
  const half = value < 0n ? -cent / 2n : cent / 2n;
  return ((value + half) / cent) * cent;
}

function cutOff(value: Decimal, decimals: number): Decimal {
  const unit = ONE / 10n ** BigInt(decimals);
  return (value / unit) * unit;
}

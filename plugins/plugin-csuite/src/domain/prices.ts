import { InvalidFigureError, MissingInputError, MixedPricesError } from '../errors.ts';
import { parseDecimal, type Decimal } from './decimal.ts';

/** A price as it was said. */
export interface Price {
  readonly amount: Decimal;
  /** `$`, `€` or `£`, where it was said. */
  readonly currency?: string | undefined;
  /** `month`, `year`, `seat` and the like, where it was said. */
  readonly period?: string | undefined;
}

/** How a price looks in a sentence. */
export const PRICE = String.raw`[$€£]?\s?\d[\d.,]*(?:\s?(?:usd|eur|gbp|dollars?|euros?|pounds?)\b)?(?:\s?(?:/|per\s|an?\s)\s?(?:month|mo|year|yr|week|day|seat|user)\b)?`;
/** How a list of prices looks in a sentence. */
export const PRICES = String.raw`${PRICE}(?:\s?(?:(?:,|;|&|\band\b|\bor\b)\s?)*${PRICE})*`;

const PARTS =
  /^(?<sign>[$€£])?\s?(?<amount>[\d.,]*\d)\s?(?<code>usd|eur|gbp|dollars?|euros?|pounds?)?\s?(?:(?:\/|per\s|an?\s)\s?(?<period>\w+))?$/i;
const SIGNS: Record<string, string> = { u: '$', d: '$', e: '€', g: '£', p: '£' };
const PERIODS: Record<string, string> = { mo: 'month', yr: 'year' };

/** @throws InvalidFigureError */
export function parsePrice(text: string): Price {
  const plain = text.trim().replace(/[.,;]+$/, '');
  const parts = PARTS.exec(plain)?.groups;
  if (!parts) throw invalid(plain);
  const currency = parts['sign'] ?? SIGNS[(parts['code'] ?? '').charAt(0).toLowerCase()];
  const period = parts['period']?.toLowerCase();
  const amount = parseDecimal(parts['amount'] ?? '', 'a price');
  if (amount === 0n) throw invalid(plain);
  return { amount, currency, period: period && (PERIODS[period] ?? period) };
}

/** The prices of a list: `25, 30 and 28`. @throws InvalidFigureError */
export function parsePrices(text: string): Price[] {
  return text
    .split(/,\s|;|&|\n|\band\b|\bor\b/i)
    .filter((part) => part.trim() !== '')
    .map(parsePrice);
}

/**
 * The unit that all prices share: what is said of one holds for those that say nothing.
 * @throws MixedPricesError
 */
export function unitOf(prices: readonly Price[]): { currency: string; period: string } {
  const currencies = said(prices.map(({ currency }) => currency));
  const periods = said(prices.map(({ period }) => period));
  for (const units of [currencies, periods])
    if (units.length > 1) throw new MixedPricesError({ units });
  return { currency: currencies[0] ?? '', period: periods[0] ?? '' };
}

function said(units: readonly (string | undefined)[]): string[] {
  return [...new Set(units.filter((unit) => unit !== undefined))];
}

function invalid(text: string): InvalidFigureError {
  return new InvalidFigureError({
    what: 'a price',
    text,
    expected: 'write an amount above zero like 20, 19.99 or $20 a month',
  });
}

/** Our suggestion and what competitors ask, in one unit. */
export interface PriceQuestion {
  readonly suggestion: Decimal;
  readonly competitors: readonly Decimal[];
  readonly currency: string;
  readonly period: string;
}

const EXAMPLE = '"we want to charge 20, competitors charge 25, 30 and 28"';

/** @throws InvalidFigureError, MissingInputError, MixedPricesError */
export function priceQuestion(suggested: string, asked: readonly string[]): PriceQuestion {
  const competitors = asked.flatMap(parsePrices);
  if (competitors.length === 0)
    throw new MissingInputError({ missing: 'what competitors charge', example: EXAMPLE });
  if (suggested.trim() === '')
    throw new MissingInputError({ missing: 'what we want to charge', example: EXAMPLE });
  const suggestion = parsePrice(suggested);
  return {
    suggestion: suggestion.amount,
    competitors: competitors.map(({ amount }) => amount),
    ...unitOf([suggestion, ...competitors]),
  };
}

const OURS = new RegExp(
  String.raw`\b(?:(?:we|i)(?:'d| would| want| plan| intend| mean| are thinking| think)*(?: like| of)?(?: to)? (?:charge|charging|ask|asking|take|sell (?:it )?(?:at|for)|price (?:it )?at)(?: for it)?|(?:our|my|the|a) (?:suggested |suggestion of |planned |own |new )?price(?: of| is| would be| at|:)?|we suggest|suggestion(?: is|:)?|(?:should we|shall we) (?:charge|ask)) (?<price>${PRICE})`,
  'i',
);
const THEIRS = new RegExp(
  String.raw`\b(?:competitors?|competition|rivals?|others)(?:'s?)?(?: (?:prices?|products?))?(?: (?:currently |all )?(?:charge|charges|ask|asks|take|takes|want|cost|costs|are at|is at|are|is|sell (?:it )?(?:at|for)))?:? (?<prices>${PRICES})`,
  'i',
);

/** `we want to charge 20, competitors charge 25, 30 and 28` */
export function readPriceQuestion(
  text: string,
): { suggestion: string; competitors: string } | undefined {
  const suggestion = OURS.exec(text)?.groups?.['price'];
  const competitors = THEIRS.exec(text)?.groups?.['prices'];
  return suggestion === undefined || competitors === undefined
    ? undefined
    : { suggestion: suggestion.trim(), competitors: competitors.trim() };
}

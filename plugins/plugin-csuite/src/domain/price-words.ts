import { formatDecimal, formatRatio, parseDecimal, roundToCents, type Decimal } from './decimal.ts';
import { InvalidFigureError, MissingInputError } from '../errors.ts';
import { FigureReader } from './named-figures.ts';
import { LEAST_RETURN, reviewReturn, type PriceReview, type ReturnReview } from './price-review.ts';
import type { PriceQuestion } from './prices.ts';

/** What to charge and why. */
export function describePriceReview(question: PriceQuestion, review: PriceReview): string {
  const price = (amount: Decimal): string => priceText(amount, question);
  const count = question.competitors.length;
  const field = `the median of ${String(count)} competitor${count === 1 ? '' : 's'} is ${price(review.median)}`;
  const line = `1.15 times our ${price(question.suggestion)} (${price(review.threshold)})`;
  return review.verdict === 'propose'
    ? `Charge ${price(review.price)}${roundedText(review.price, question)}: ${field}, above ${line}, so 0.9 times the median is proposed.`
    : `Keep ${price(question.suggestion)}: ${field}, not above ${line}.`;
}

function priceText(amount: Decimal, { currency, period }: PriceQuestion): string {
  return `${currency}${formatDecimal(amount, 2)}${period === '' ? '' : ` a ${period}`}`;
}

function roundedText(amount: Decimal, question: PriceQuestion): string {
  const rounded = roundToCents(amount);
  return rounded === amount ? '' : ` (${priceText(rounded, question)} when rounded)`;
}

/** A campaign or an offer: what it cost and earned, or the return itself. All as text. */
export interface OfferFigures {
  readonly name: string;
  readonly spent?: string | undefined;
  readonly earned?: string | undefined;
  readonly roi?: string | undefined;
}

const FIGURES = new FigureReader({
  spent: 'spent|spend|cost|costs',
  earned: 'earned|earns|revenue|returned|brought in|brought',
  roi: 'roi|return on investment|roas',
});

/** `spring campaign: spent 1000, earned 1150; launch offer: ROI 1.3` */
export function readOffers(text: string): OfferFigures[] {
  return FIGURES.readNamed(text).flatMap(({ name, figures }) => {
    const { spent, earned, roi } = figures;
    const isKnown = roi !== undefined || (spent !== undefined && earned !== undefined);
    return isKnown ? [{ name, spent, earned, roi }] : [];
  });
}

export interface ReviewedOffer extends ReturnReview {
  readonly name: string;
}

/** @throws MissingInputError, InvalidFigureError */
export function reviewOffers(offers: readonly OfferFigures[]): ReviewedOffer[] {
  if (offers.length === 0) throw unknownOffers('which campaigns or offers there are');
  return offers.map((offer) => ({ name: offer.name, ...returnOf(offer) }));
}

function returnOf({ name, spent, earned, roi }: OfferFigures): ReturnReview {
  if (roi !== undefined)
    return reviewReturn(
      parseDecimal(roi, `what ${name} returned for each unit spent`),
      parseDecimal('1'),
    );
  if (spent === undefined || earned === undefined)
    throw unknownOffers(`what ${name} cost and earned`);
  const cost = amountOf(spent, `the cost of ${name}`);
  if (cost === 0n)
    throw new InvalidFigureError({
      what: `the cost of ${name}`,
      text: spent,
      expected: 'what cost nothing has no return on its cost; name an amount above zero',
    });
  return reviewReturn(amountOf(earned, `what ${name} earned`), cost);
}

function amountOf(text: string, what: string): Decimal {
  const amount = parseDecimal(text.replace(/[$€£]/, ''), what);
  if (amount < 0n) throw new InvalidFigureError({ what, text, expected: 'it is zero or more' });
  return amount;
}

function unknownOffers(missing: string): MissingInputError {
  return new MissingInputError({
    missing,
    example: '"spring campaign: spent 1000, earned 1150; launch offer: ROI 1.3"',
  });
}

/** One line an offer: what to do and why. */
export function describeOffers(reviewed: readonly ReviewedOffer[]): string {
  const least = formatRatio(LEAST_RETURN);
  return reviewed
    .map(({ name, verdict, ratio }) =>
      verdict === 'optimise'
        ? `${name}: optimise it. It returns ${formatRatio(ratio)} for each unit spent, below ${least}.`
        : `${name}: keep it. It returns ${formatRatio(ratio)} for each unit spent, ${least} or more.`,
    )
    .join('\n');
}

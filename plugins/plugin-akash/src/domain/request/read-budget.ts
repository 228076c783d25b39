import { divideUp, formatUsd, parseUsd } from '@371os/kernel';
import { NUMBER, readNumber } from './number-words.ts';
import type { Words } from './words.ts';

const LEAD = String.raw`(?:(?:for|at|and|,)\s+)*(?:(?:a|the|our|my)\s+)?(?:monthly\s+)?(?:(?:at\s+most|at\s+max(?:imum)?|max(?:imum)?(?:\s+cost)?(?:\s+of)?|up\s+to|under|below|less\s+than|(?:no|not)\s+more\s+than|within|budget(?:\s+(?:of|is))?:?|capped(?:\s+at)?|cap(?:\s+of)?|spend(?:ing)?(?:\s+at\s+most)?|for)\s+)*`;
const AMOUNT = String.raw`(?:(?:us)?\$\s*(?<dollars>-?\s*[\d.,]*\d)|usd\s*(?<usd>-?[\d.,]*\d)|(?<cents>${NUMBER})\s*(?:us\s+)?cents?|(?<sign>-|minus\s+)?(?<amount>${NUMBER})\s*(?:us[-\s]+)?(?:dollars?|usd|bucks|\$))`;
const PERIOD = String.raw`(?:\s*(?:/|per|an?|each|every)\s*(?<period>month|mo|day|week|hour|year)\b|\s*(?<adverb>monthly|daily|weekly|hourly|yearly)\b)?`;
const BUDGET = new RegExp(`${LEAD}${AMOUNT}${PERIOD}`, 'i');
const MONTHLY_LEAD = /\bmonthly\s+(?:budget|cap|cost|maximum)/i;

// How many thousandths of such a period a month of 30.437 days has; a year is twelve months.
const PERIODS: Readonly<Record<string, readonly [number: bigint, of: bigint]>> = {
  month: [1n, 1n],
  mo: [1n, 1n],
  monthly: [1n, 1n],
  day: [30_437n, 1_000n],
  daily: [30_437n, 1_000n],
  week: [30_437n, 7_000n],
  weekly: [30_437n, 7_000n],
  hour: [730_488n, 1_000n],
  hourly: [730_488n, 1_000n],
  year: [1n, 12n],
  yearly: [1n, 12n],
};

const ASKED = 'What is the most that a month may cost, in US dollars?';
const OTHER_MONEY = /€|£|¥|\b(?:euros?|eur|pounds?|gbp|akt|yen|francs?|chf)\b/i;

/** The most that a month may cost, in US dollars, as a message says it. */
export function readBudget(words: Words, text: string): { maxCost?: string; question?: string } {
  const found = words.take(BUDGET);
  if (!found) return OTHER_MONEY.test(words.rest) ? { question: ASKED } : {};
  const digits = found['dollars'] ?? found['usd'] ?? fromCents(found['cents']);
  const amount = digits?.replace(/\s/g, '') ?? readNumber(found['amount'] ?? '');
  if (amount === undefined || !/^-?\d/.test(amount)) return { question: ASKED };
  const isNegative = amount.startsWith('-') || found['sign'] !== undefined;
  // Refused where all fields are checked, with the amount as it was written.
  if (isNegative) return { maxCost: `-${amount.replace('-', '')}` };
  const period = (found['period'] ?? found['adverb'])?.toLowerCase();
  const [times, of] = PERIODS[period ?? (MONTHLY_LEAD.test(text) ? 'month' : '')] ?? [0n, 1n];
  if (times === 0n) return { question: `Is $${amount} the most for a month, or for a day?` };
  try {
    const pico = parseUsd(amount) * times;
    // A month of a yearly budget is cut off, since it is a maximum.
    return { maxCost: formatUsd(times === 1n ? pico / of : divideUp(pico, of)) };
  } catch {
    // What is no amount is shown to the person as it is, by the check of all fields.
    return { maxCost: amount };
  }
}

function fromCents(text: string | undefined): string | undefined {
  const cents = text === undefined ? undefined : readNumber(text);
  return cents === undefined || !/^\d{1,6}$/.test(cents)
    ? undefined
    : `${String(Math.trunc(Number(cents) / 100))}.${cents.padStart(2, '0').slice(-2)}`;
}

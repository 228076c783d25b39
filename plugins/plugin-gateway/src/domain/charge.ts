import { parseUsd, type PicoUsd } from '@371os/kernel';
import { costOf, isFree, type ModelPrice, type TokenUse } from './price.ts';

/** What a call costs, and how that was found. */
export interface Charge {
  readonly costPico: PicoUsd;
  /** By tokens and published price. */
  readonly estimatedPico: PicoUsd;
  /** What is unusual about it, as part of a sentence. */
  readonly note?: string;
}

// Dearer than was reserved happens; beyond this, a broken server could empty a budget with a word.
const BELIEVED_TIMES = 10n;
const MOST_USD = 1_000_000;

const UNTRUE = 'the cost that its provider reported cannot be true';
const DEARER = 'it cost more than was reserved';

/**
 * What to charge for a call. What the provider says that it charges goes before our arithmetic, even
 * when it is more than was reserved, since it is spent; but nothing, less than nothing and more than
 * ten times the reservation are not believed. Of the last, the whole reservation is charged.
 */
export function chargeFor(init: {
  readonly price: ModelPrice;
  readonly use: TokenUse;
  readonly reservedPico: PicoUsd;
  readonly reportedUsd?: number | undefined;
}): Charge {
  const { price, reservedPico } = init;
  const estimatedPico = costOf(price, init.use);
  const reportedPico = isFree(price) ? undefined : picoOf(init.reportedUsd);
  if (reportedPico === 'untrue') return { costPico: estimatedPico, estimatedPico, note: UNTRUE };
  if (reportedPico !== undefined && reportedPico > reservedPico * BELIEVED_TIMES)
    return { costPico: reservedPico, estimatedPico, note: UNTRUE };
  const costPico = reportedPico ?? estimatedPico;
  const isDearer = costPico > reservedPico;
  return { costPico, estimatedPico, ...(isDearer ? { note: DEARER } : {}) };
}

function picoOf(usd: number | undefined): PicoUsd | 'untrue' | undefined {
  if (usd === undefined) return undefined;
  if (!(usd > 0 && usd < MOST_USD)) return 'untrue';
  const pico = parseUsd(usd.toFixed(12));
  return pico > 0n ? pico : 'untrue';
}

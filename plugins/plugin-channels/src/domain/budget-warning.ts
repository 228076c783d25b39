import { formatUsd, type PicoUsd } from '@371os/kernel';

/** A cap, as far as a warning needs it. */
export interface WatchedCap {
  readonly category: string;
  readonly scope: string;
  readonly window: string;
  /** First day of the window, `2026-01-31`. */
  readonly windowStart: string;
  readonly limitPico: PicoUsd;
  readonly spentPico: PicoUsd;
}

/** What is said, once since the beginning of a window. */
export interface BudgetWarning {
  readonly text: string;
  readonly sinceMs: number;
}

const WARN_PERCENT = 80n;
const WINDOW_WORDS: Record<string, string> = { day: 'daily', week: 'weekly', month: 'monthly' };

/** Warnings of the organisation's caps of which 80 % is spent; their words are the same all the while. */
export function budgetWarnings(caps: readonly WatchedCap[]): BudgetWarning[] {
  return caps
    .filter(({ scope, limitPico }) => scope === 'organisation' && limitPico > 0n)
    .filter(({ limitPico, spentPico }) => spentPico * 100n >= limitPico * WARN_PERCENT)
    .map(({ category, window, windowStart, limitPico }) => ({
      text: `${String(WARN_PERCENT)} % of the ${WINDOW_WORDS[window] ?? window} ${category} budget of $${formatUsd(limitPico)} is spent. /budget says on what; the owner raises it by /cap ${category} AMOUNT ${window}.`,
      sinceMs: Date.parse(`${windowStart}T00:00:00Z`),
    }));
}

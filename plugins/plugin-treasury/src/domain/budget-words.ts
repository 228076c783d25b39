import { formatUsd, type PicoUsd } from '@371os/kernel';
import { adjectiveOf, describeScope } from './caps.ts';
import type { BudgetSummary, CapStatus, SpendingShare } from './spending.ts';

const MOST_LINES = 8;

/** How the budget stands, in plain words, one fact a line. */
export function describeBudget(summary: BudgetSummary): string {
  const [main, ...others] = summary.caps;
  return [
    ...(main ? [describeMain(main)] : ['There is no cap on anything.']),
    describeSpent(summary),
    ...describeShares('By agent', summary.byAgent),
    ...describeShares('By model', summary.byModel),
    ...describeOthers(others),
  ].join('\n');
}

/** One line for a prompt: what is left for models. */
export function describeLeft(caps: readonly CapStatus[]): string {
  const main = caps.find(({ category }) => category === 'llm');
  return main
    ? `${usd(main.remainingPico)} of the ${adjectiveOf(main.window)} ${usd(main.limitPico)} for models is left.`
    : 'There is no cap on models.';
}

function describeMain(cap: CapStatus): string {
  return `${usd(cap.remainingPico)} is left of the ${adjectiveOf(cap.window)} ${cap.category} budget of ${usd(cap.limitPico)} (${percentLeft(cap)}): ${usd(cap.spentPico)} is spent${reservedWords(cap)} since ${cap.windowStart} UTC.`;
}

function describeSpent({ spentPico, byCategory }: BudgetSummary): string {
  const calls = byCategory.reduce((sum, share) => sum + share.calls, 0);
  if (spentPico.month === 0n && calls === 0) return 'Nothing has been spent this month.';
  if (spentPico.month === 0n)
    return `Nothing has been spent this month: all ${counted(calls, 'call')} were free.`;
  const what = byCategory
    .filter(({ costPico }) => costPico > 0n)
    .map(({ name, costPico }) => `${usd(costPico)} on ${name}`)
    .join(', ');
  return `Spent today ${usd(spentPico.day)}, this week ${usd(spentPico.week)}, this month ${usd(spentPico.month)} (${what}).`;
}

function describeShares(title: string, shares: readonly SpendingShare[]): string[] {
  if (shares.length === 0) return [];
  const shown = shares
    .slice(0, MOST_LINES)
    .map(
      ({ name, costPico, calls, tokens }) =>
        `${name} ${usd(costPico)} (${tokens > 0 ? `${counted(calls, 'call')}, ${counted(tokens, 'token')}` : counted(calls, 'charge')})`,
    );
  const rest = shares.length - shown.length;
  return [`${title}: ${shown.join('; ')}${rest > 0 ? `; and ${String(rest)} more` : ''}.`];
}

function describeOthers(caps: readonly CapStatus[]): string[] {
  if (caps.length === 0) return [];
  const shown = caps.slice(0, MOST_LINES).map((cap) => {
    const whom = describeScope(cap.scope, cap.scopeId);
    return `${cap.category}${whom ? ` ${whom}` : ''} ${usd(cap.remainingPico)} of ${usd(cap.limitPico)} a ${cap.window}${reservedWords(cap)}`;
  });
  return [`Also left: ${shown.join('; ')}.`];
}

function reservedWords({ reservedPico, category }: CapStatus): string {
  const by = category === 'llm' ? ' by running calls' : '';
  return reservedPico > 0n ? ` and ${usd(reservedPico)} reserved${by}` : '';
}

function percentLeft({ limitPico, remainingPico }: CapStatus): string {
  return limitPico === 0n ? '0 %' : `${String((remainingPico * 100n) / limitPico)} %`;
}

function usd(amount: PicoUsd): string {
  return `$${formatUsd(amount)}`;
}

function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;
}

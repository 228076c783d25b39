import type { PicoUsd } from '@371os/kernel';
import { SCOPES, type Cap } from './caps.ts';
import { remainingFraction } from './fraction.ts';

/** How a cap stands for whoever it limits. */
export interface Standing {
  readonly cap: Cap;
  /** The very agent, user or task. */
  readonly scopeId: string;
  readonly spentPico: PicoUsd;
  readonly reservedPico: PicoUsd;
}

/** What is left under the tightest of some caps, 0 to 1; 1 without caps. */
export function tightestFraction(standings: readonly Standing[]): number {
  const fractions = standings.map(({ cap, spentPico, reservedPico }) =>
    remainingFraction(cap.limitPico, spentPico + reservedPico),
  );
  return Math.min(1, ...fractions);
}

/**
 * The cap that refuses an amount: the narrowest of those it does not fit into, so that a guest
 * learns of the guests' budget and not of the company's, then the one with the least left.
 */
export function refusingCap(
  standings: readonly Standing[],
  amountPico: PicoUsd,
): Standing | undefined {
  return standings
    .filter((standing) => amountPico > leftPico(standing))
    .sort(
      (left, right) =>
        SCOPES.indexOf(right.cap.scope) - SCOPES.indexOf(left.cap.scope) ||
        Number(leftPico(left) > leftPico(right)) - Number(leftPico(left) < leftPico(right)),
    )[0];
}

function leftPico({ cap, spentPico, reservedPico }: Standing): PicoUsd {
  return cap.limitPico - spentPico - reservedPico;
}

import type { PicoUsd } from '@371os/kernel';

/** What is left under a cap. */
export interface Allowance {
  /** `the monthly akash cap of $20.00`. */
  readonly name: string;
  readonly leftPico: PicoUsd;
}

/** How many instances can be paid for, and what allows no more. */
export interface Affordable {
  readonly count: number;
  readonly limit: Allowance | undefined;
}

/** As many instances as each allowance pays an hour of; without a price there is no limit. */
export function affordableInstances(
  pricePico: PicoUsd,
  allowances: readonly Allowance[],
): Affordable {
  let least: Affordable = { count: Number.POSITIVE_INFINITY, limit: undefined };
  if (pricePico <= 0n) return least;
  for (const limit of allowances) {
    const left = limit.leftPico > 0n ? limit.leftPico : 0n;
    const count = Number(left / pricePico);
    if (count < least.count) least = { count, limit };
  }
  return least;
}

/**
 * As many instances as keep the cost within what it may be in an hour, if the cost of models grows
 * with them. At least one: work that is there is not left undone for good.
 */
export function withinHourlyCost(init: {
  readonly current: number;
  readonly modelsPicoPerHour: PicoUsd;
  readonly pricePico: PicoUsd;
  readonly costPicoPerHour: PicoUsd;
}): number {
  const { current, modelsPicoPerHour, pricePico, costPicoPerHour } = init;
  const each = pricePico + modelsPicoPerHour / BigInt(Math.max(1, current));
  if (each <= 0n) return Number.POSITIVE_INFINITY;
  return Math.max(1, Number(costPicoPerHour / each));
}

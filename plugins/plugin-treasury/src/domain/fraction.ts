import type { PicoUsd } from '@371os/kernel';

const SCALE = 10n ** 15n;

/**
 * What is left of a cap, 0 to 1, exact to 15 digits and rounded down, so that 4.00 of 20.00 is 0.2
 * and not a hair more. A cap of zero leaves nothing.
 */
export function remainingFraction(limitPico: PicoUsd, usedPico: PicoUsd): number {
  if (limitPico <= 0n || usedPico >= limitPico) return 0;
  return Number(((limitPico - usedPico) * SCALE) / limitPico) / Number(SCALE);
}

import { MissingInputError } from '../errors.ts';
import { ONE, type Decimal } from './decimal.ts';

/** The origin's figures: adoption above 0.65 promotes, else a trend below 0.1 retires. */
export const PROMOTE_ABOVE: Decimal = (ONE * 65n) / 100n;
export const RETIRE_BELOW: Decimal = ONE / 10n;

/** A feature and how it is used. */
export interface FeatureUse {
  readonly name: string;
  /** Share of the users who use it, 0 to 1. */
  readonly adoption: Decimal;
  /** Growth of its use; may be below zero. Not needed where the adoption alone decides. */
  readonly trend?: Decimal | undefined;
}

export type AdoptionVerdict = 'promote' | 'retire' | 'optimise';

/** @throws MissingInputError when the trend decides and is not known */
export function reviewAdoption({ name, adoption, trend }: FeatureUse): AdoptionVerdict {
  if (adoption > PROMOTE_ABOVE) return 'promote';
  if (trend === undefined)
    throw new MissingInputError({
      missing: `the usage trend of ${name}`,
      example: `${name}: adoption 20%, trend 0.05`,
    });
  return trend < RETIRE_BELOW ? 'retire' : 'optimise';
}

import { BaseError, type PicoUsd } from '@371os/kernel';
import { cents } from './domain/plan-words.ts';

/** A payment that would let a deployment cost more in a month than its owner has approved. */
export class MonthExceededError extends BaseError {
  constructor(init: { id: string; maximumPico: PicoUsd; leftPico: PicoUsd; escrowPico: PicoUsd }) {
    const { id, maximumPico, leftPico, escrowPico } = init;
    super(
      `Deployment ${id} may cost $${cents(maximumPico)} a month. $${cents(leftPico)} of that is left this month, and its escrow would hold $${cents(escrowPico)}: that is more. Nothing was paid; pay in less, or deploy it again with a higher maximum.`,
      { details: { id } },
    );
  }
}

/** Work that changes something and does not say what to. */
export class UnnamedDeploymentError extends BaseError {
  constructor({ wish, known }: { wish: string; known: readonly string[] }) {
    super(
      `Which deployment is to be ${wish}? Name one by its id${known.length > 0 ? `: ${known.join(', ')}` : '; none is open'}. Nothing was changed.`,
    );
  }
}

/** An order without a part that nobody may guess. */
export class IncompleteOrderError extends BaseError {
  constructor({ missing, example }: { missing: string; example: string }) {
    super(`${missing} Write it like: ${example}. Nothing was changed.`);
  }
}

/** An update of what is part of the lease. */
export class ResourcesChangedError extends BaseError {
  constructor({ id, what }: { id: string; what: string }) {
    super(
      `${what} of deployment ${id} cannot be updated: the lease was made for what it has. Image and variables can. For the rest, deploy it anew and close ${id} then. Nothing was changed.`,
      { details: { id } },
    );
  }
}

import { BaseError, formatUsd, type PicoUsd } from '@371os/kernel';
import { adjectiveOf, describeScope, type Cap } from './domain/caps.ts';

/** A reservation would take a cap over its limit. */
export class BudgetExceededError extends BaseError {
  constructor(init: {
    cap: Cap;
    /** The very agent, user or task, where the cap is for each of them. */
    scopeId: string;
    spentPico: PicoUsd;
    reservedPico: PicoUsd;
    askedPico: PicoUsd;
  }) {
    const { cap, scopeId } = init;
    super(exceededText(init), {
      details: {
        cap: { ...cap, limitPico: undefined, limitUsd: formatUsd(cap.limitPico) },
        scope: cap.scope,
        scopeId,
        spentUsd: formatUsd(init.spentPico),
        reservedUsd: formatUsd(init.reservedPico),
        askedUsd: formatUsd(init.askedPico),
      },
    });
  }
}

function exceededText(init: {
  cap: Cap;
  scopeId: string;
  spentPico: PicoUsd;
  reservedPico: PicoUsd;
  askedPico: PicoUsd;
}): string {
  const { cap, scopeId, spentPico, reservedPico, askedPico } = init;
  const adjective = adjectiveOf(cap.window);
  const whom = describeScope(cap.scope, scopeId);
  const title = `${adjective.charAt(0).toUpperCase()}${adjective.slice(1)} budget of $${formatUsd(cap.limitPico)}${whom ? ` ${whom}` : ''} has been exceeded.`;
  const left = cap.limitPico - spentPico - reservedPico;
  const reserved =
    reservedPico > 0n ? ` ($${formatUsd(reservedPico)} more is reserved by running calls)` : '';
  const state = `$${formatUsd(left > 0n ? left : 0n)} is left for ${cap.category}${reserved}, and this may cost up to $${formatUsd(askedPico)}.`;
  return `${title} ${state} The owner can raise it: ask for a higher cap (SET_BUDGET_CAP, or /cap), then approve what /requests lists.`;
}

/** The balances and the ledger disagree. */
export class LedgerDamagedError extends BaseError {
  constructor({ mismatches }: { mismatches: readonly string[] }) {
    super(
      `The ledger is damaged, so nothing is spent until it is mended: ${mismatches.slice(0, 3).join('; ')}. Restore the treasury tables from a backup, or, if the ledger as it is now may stand, the owner types /ledger accept.`,
      { details: { mismatches: mismatches.slice(0, 20) } },
    );
  }
}

/** The database did not answer a question about money. */
export class LedgerUnreadableError extends BaseError {
  constructor({ cause }: { cause: unknown }) {
    super(
      'The ledger cannot be read, so nothing is spent until it can: check that the database runs and that its treasury tables are there (restore them from a backup if not), then ask again.',
      { cause, isRetryable: true },
    );
  }
}

/** A settlement of a reservation that the database does not know. */
export class UnknownReservationError extends BaseError {
  constructor({ reservationId }: { reservationId: string }) {
    super(`There is no reservation ${reservationId}: its cost could not be recorded.`, {
      details: { reservationId },
    });
  }
}

/** An amount that cannot be reserved or recorded. */
export class InvalidAmountError extends BaseError {
  constructor({ amountPico }: { amountPico: bigint }) {
    super(
      `$${formatUsd(amountPico)} cannot be spent: an amount lies between $0.00 and $9,000,000.00.`,
    );
  }
}

/** A task that costs without getting anywhere waits for a person. */
export class TaskHeldError extends BaseError {
  constructor({ task, reason }: { task: string; reason: string }) {
    super(
      `Task ${task} is held: ${reason}. It goes on as soon as a person writes to the agents again.`,
      { details: { task, reason } },
    );
  }
}

/** The treasury plugin is not loaded, or did not come up in time. */
export class TreasuryMissingError extends BaseError {
  constructor({ agent }: { agent: string }) {
    super(
      `Agent ${agent} has no treasury that runs, so it may not spend: add @371os/plugin-treasury to the plugins of its character and restart.`,
      { details: { agent } },
    );
  }
}

/** A cap that is out of range. */
export class InvalidCapError extends BaseError {
  constructor({ problem }: { problem: string }) {
    super(
      `That is no cap that can be set: ${problem}. Write it like "set the monthly llm cap to 50 dollars", or /cap llm 50 month.`,
    );
  }
}

/** An approval that does not exist, or is not in a state to be decided or used. */
export class ApprovalUnavailableError extends BaseError {
  constructor({ id, state }: { id: string; state: string }) {
    super(`Request ${id} ${state}. /requests lists what is waiting.`, { details: { id } });
  }
}

/** An approval is used for something else than what was approved. */
export class PlanChangedError extends BaseError {
  constructor({ id }: { id: string }) {
    super(
      `What was approved as ${id} is not what is to be done now: the changed plan needs a request of its own.`,
      { details: { id } },
    );
  }
}

/** Somebody tries to approve in a way that proves nothing. */
export class ApprovalNotProvedError extends BaseError {
  constructor({ id }: { id: string }) {
    super(
      `Request ${id} waits for a message of its own: write "/approve ${id}" yourself. What an agent writes, or the message that made the request, approves nothing.`,
      { details: { id } },
    );
  }
}

/** Nobody has said how a kind of request is carried out. */
export class NoExecutorError extends BaseError {
  constructor({ kind }: { kind: string }) {
    super(
      `The request is approved, but this agent cannot carry out "${kind}": it is done as soon as an agent that can is started.`,
      { details: { kind } },
    );
  }
}

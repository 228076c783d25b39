import type { PicoUsd } from '@371os/kernel';
import type { Category, Scope, Scopes, Window } from './caps.ts';

/** Asks for the right to spend up to `amountPico`. */
export interface ReservationRequest {
  readonly category: Category;
  /** The worst case, in pico-USD, zero or more. */
  readonly amountPico: PicoUsd;
  readonly scopes: Scopes;
  /**
   * Life of the reservation without a renewal, in milliseconds. Default: TREASURY_LEASE_MS. One that was
   * made ahead has lived for up to a second of it.
   */
  readonly ttlMs?: number | undefined;
  /**
   * Whether the money counts as spent when the lease runs out without a word, as it must where it
   * may have been; else it is free again. A settlement that comes later puts either right. Only what
   * counts is reserved ahead. Default: false.
   */
  readonly chargeOnExpiry?: boolean | undefined;
}

/** Money set aside until it is settled, released, or its lease runs out. */
export interface Reservation {
  readonly id: string;
  /** What was asked for, or an eighth more than the most that was asked for in a row of requests. */
  readonly amountPico: PicoUsd;
  /** Milliseconds since 1970 by the database's clock. */
  readonly expiresAtMs: number;
}

export type UsageStatus = 'ok' | 'fallback' | 'error';

/** What a call really cost. */
export interface Usage {
  readonly costPico: PicoUsd;
  readonly provider: string;
  readonly model: string;
  readonly tokensIn: number;
  readonly tokensOut: number;
  readonly status: UsageStatus;
  /** The id under which the price was found. */
  readonly priceId?: string | undefined;
  /** The provider's or our own id of the call. */
  readonly callId?: string | undefined;
}

export interface Settlement {
  /** The cost in the ledger: this call's usage, or that of the settlement that came first. */
  readonly costPico: PicoUsd;
  /** True when this call wrote it; false when the reservation had been settled or released before. */
  readonly wasSettled: boolean;
}

/** A call that costs nothing: a local model, or the built-in rules. */
export interface FreeUsage extends Omit<Usage, 'costPico'> {
  readonly category?: Category | undefined;
  readonly scopes: Scopes;
}

/** One line of the ledger. */
export interface LedgerRow {
  readonly id: string;
  /** When the spending was decided: what counts for the windows. Milliseconds since 1970. */
  readonly tsMs: number;
  readonly category: Category;
  readonly provider: string;
  readonly model: string;
  readonly tokensIn: number;
  readonly tokensOut: number;
  readonly costPico: PicoUsd;
  readonly task: string | undefined;
  readonly agent: string | undefined;
  readonly user: string | undefined;
  readonly status: UsageStatus;
  readonly priceId: string | undefined;
  readonly callId: string | undefined;
  readonly reservationId: string | undefined;
}

/** Which ledger rows, newest first. All of them without a filter. */
export interface LedgerFilter {
  readonly category?: Category | undefined;
  readonly agent?: string | undefined;
  readonly user?: string | undefined;
  readonly task?: string | undefined;
  readonly window?: Window | undefined;
  /** At most so many rows, 1 to 100,000. Default 1,000. */
  readonly limit?: number | undefined;
}

/** A cap and how it stands in its current window. */
export interface CapStatus {
  readonly category: Category;
  readonly scope: Scope;
  /** The very agent, user or task. */
  readonly scopeId: string;
  readonly window: Window;
  /** First day of the window, `2026-01-31`. */
  readonly windowStart: string;
  readonly limitPico: PicoUsd;
  readonly spentPico: PicoUsd;
  readonly reservedPico: PicoUsd;
  /** Never below zero. */
  readonly remainingPico: PicoUsd;
}

/** What was spent under one name. */
export interface SpendingShare {
  readonly name: string;
  readonly costPico: PicoUsd;
  readonly calls: number;
  readonly tokens: number;
}

/** What a category cost on one day of the current month, UTC. */
export interface DaySpending {
  /** `2026-01-31` */
  readonly day: string;
  readonly category: Category;
  readonly costPico: PicoUsd;
}

/** How many calls a model took in a while, by how they ended. */
export interface CallShare {
  readonly provider: string;
  readonly model: string;
  /** Answered, as the first choice or in the place of another one. */
  readonly answered: number;
  readonly failed: number;
}

/** How the budget stands. Shares are those of the current month, dearest first. */
export interface BudgetSummary {
  readonly caps: readonly CapStatus[];
  readonly spentPico: Readonly<Record<Window, PicoUsd>>;
  readonly byCategory: readonly SpendingShare[];
  readonly byAgent: readonly SpendingShare[];
  readonly byModel: readonly SpendingShare[];
}

import type { Plugin } from '@elizaos/core';
import * as schema from './schema.ts';
import { TreasuryService } from './services/treasury-service.ts';

export {
  CATEGORIES,
  SCOPES,
  WINDOWS,
  type Cap,
  type Category,
  type Scope,
  type Scopes,
  type Window,
} from './domain/caps.ts';
export type { Approval, ApprovalState } from './domain/approval.ts';
export type {
  BudgetSummary,
  CapStatus,
  FreeUsage,
  LedgerFilter,
  LedgerRow,
  Reservation,
  ReservationRequest,
  Settlement,
  SpendingShare,
  Usage,
  UsageStatus,
} from './domain/spending.ts';
export {
  ApprovalNotProvedError,
  ApprovalUnavailableError,
  BudgetExceededError,
  InvalidAmountError,
  LedgerDamagedError,
  LedgerUnreadableError,
  NoExecutorError,
  PlanChangedError,
  TaskHeldError,
  TreasuryMissingError,
  UnknownReservationError,
} from './errors.ts';
export type { ApprovalRequest, Approvals, Decision, Executor } from './services/approvals.ts';
export { Books, type BooksInit } from './services/books.ts';
export { TREASURY_SERVICE, treasuryOf, TreasuryService } from './services/treasury-service.ts';
export { treasurySettings, type TreasurySettings } from './settings.ts';
export { Database, type DatabaseClock, type SqlExecutor } from './store/database.ts';

const treasuryPlugin: Plugin = {
  name: 'treasury',
  description: 'Caps, reservations, approvals and an exact ledger for what the agents spend.',
  services: [TreasuryService],
  schema,
};

export default treasuryPlugin;

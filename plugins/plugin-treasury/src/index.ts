import type { Plugin } from '@elizaos/core';
import { declareSettings, prepareAgent, registerCommands } from '@371os/kernel';
import { approveRequest, declineRequest } from './actions/decide-request.ts';
import { exportLedger } from './actions/export-ledger.ts';
import { listRequests } from './actions/list-requests.ts';
import { setBudgetCap } from './actions/set-budget-cap.ts';
import { showBudget } from './actions/show-budget.ts';
import { commands } from './commands.ts';
import { spendReview } from './evaluators/spend-review.ts';
import { budgetProvider } from './providers/budget.ts';
import { routes } from './routes/index.ts';
import * as schema from './schema.ts';
import { watchPeople } from './services/people.ts';
import { TreasuryService } from './services/treasury-service.ts';
import { treasurySettings } from './settings.ts';

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
export {
  approvalId,
  readApprovalId,
  type Approval,
  type ApprovalState,
} from './domain/approval.ts';
export { announceRequest } from './domain/approval-words.ts';
export type {
  BudgetSummary,
  CallShare,
  CapStatus,
  DaySpending,
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
  InvalidCapError,
  LedgerDamagedError,
  LedgerUnreadableError,
  NoExecutorError,
  PlanChangedError,
  TaskHeldError,
  TreasuryMissingError,
  UnknownReservationError,
} from './errors.ts';
export type {
  ApprovalRequest,
  Approvals,
  CarriedOut,
  Decision,
  Executor,
} from './services/approvals.ts';
export { verifyLedger } from './services/audit.ts';
export { Books, type BooksInit } from './services/books.ts';
export { TREASURY_SERVICE, treasuryOf, TreasuryService } from './services/treasury-service.ts';
export { treasurySettings, type TreasurySettings } from './settings.ts';
export { Database, type DatabaseClock, type SqlExecutor } from './store/database.ts';
export { preparedExecutor } from './store/prepared-executor.ts';

const treasuryPlugin: Plugin = {
  name: 'treasury',
  description: 'Caps, reservations, approvals and an exact ledger for what the agents spend.',
  services: [TreasuryService],
  actions: [showBudget, setBudgetCap, approveRequest, declineRequest, listRequests, exportLedger],
  providers: [budgetProvider],
  evaluators: [spendReview],
  routes,
  schema,
  init: async (_config, runtime) => {
    prepareAgent(runtime);
    declareSettings('treasury', treasurySettings);
    registerCommands(runtime, commands);
    watchPeople(runtime);
  },
};

export default treasuryPlugin;

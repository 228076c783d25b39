import {
  secureRandom,
  systemClock,
  uuidSource,
  type Clock,
  type IdSource,
  type PicoUsd,
  type Principal,
  type RandomSource,
} from '@371os/kernel';
import type { Approval } from '../domain/approval.ts';
import { capPlanOf, describeCapPlan, readCapPlan } from '../domain/cap-plan.ts';
import { capId, describeCap, type Cap, type Category, type Scopes } from '../domain/caps.ts';
import { ledgerCsv } from '../domain/csv.ts';
import type {
  BudgetSummary,
  CallShare,
  DaySpending,
  FreeUsage,
  LedgerFilter,
  LedgerRow,
  Reservation,
  ReservationRequest,
  Settlement,
  Usage,
} from '../domain/spending.ts';
import { refusingCap, tightestFraction } from '../domain/standing.ts';
import {
  ApprovalUnavailableError,
  BudgetExceededError,
  InvalidAmountError,
  LedgerDamagedError,
  LedgerUnreadableError,
  TaskHeldError,
  UnknownReservationError,
} from '../errors.ts';
import { settingCaps, type TreasurySettings } from '../settings.ts';
import { setApprovedCap } from '../store/approval-store.ts';
import { findMismatches, rebuildBalances } from '../store/audit-store.ts';
import { applySettingCaps, readCaps } from '../store/cap-store.ts';
import type { Database } from '../store/database.ts';
import { holdTask, liftHolds } from '../store/hold-store.ts';
import { expireReservations, pruneEnded } from '../store/expiry-store.ts';
import { costOfAgent, costOfTask, readLedger } from '../store/ledger-store.ts';
import {
  insertReservations,
  makeBalances,
  renewReservation,
  type Batch,
  type ReserveVerdict,
} from '../store/reservation-store.ts';
import { installReserveFunction } from '../store/reserve-function.ts';
import { settleReservations, type Entry } from '../store/settlement-store.ts';
import {
  readCallShares,
  readDays,
  readShares,
  readSpent,
  readStandings,
  readStatuses,
} from '../store/summary-store.ts';
import { Approvals } from './approvals.ts';
import { Audit } from './audit.ts';
import { RecentFraction } from './recent-fraction.ts';
import { recallAhead, ReserveAhead } from './reserve-ahead.ts';
import type { LaneOf } from './reserve-lane.ts';
import { flushSettlements, SettlementQueue } from './settlement-queue.ts';

export interface BooksInit {
  readonly database: Database;
  readonly settings: TreasurySettings;
  readonly clock?: Clock | undefined;
  readonly newId?: IdSource | undefined;
  readonly random?: RandomSource | undefined;
  /** What goes wrong where nobody waits for it. */
  readonly log?: ((problem: string, error: unknown) => void) | undefined;
}

/** The kind of approval that a change of a cap needs. */
export const CAP_APPROVAL = 'set-budget-cap';

const MOST_AMOUNT_PICO: PicoUsd = 9_000_000_000_000_000_000n;
const MOST_TOKENS = 2_147_483_647;
const ATTEMPTS = 4;

/** The company's money: caps, reservations, ledger and approvals, kept in one database. */
export class Books {
  readonly approvals: Approvals;
  readonly #database: Database;
  readonly #settings: TreasurySettings;
  readonly #newId: IdSource;
  readonly #audit: Audit;
  readonly #recent: RecentFraction;
  readonly #settlements: SettlementQueue;
  readonly #ahead: ReserveAhead;

  constructor(init: BooksInit) {
    const { database, settings, clock = systemClock } = init;
    this.#database = database;
    this.#settings = settings;
    this.#newId = init.newId ?? uuidSource;
    this.#audit = new Audit({ database, clock });
    this.#recent = new RecentFraction(clock);
    this.#settlements = new SettlementQueue({
      write: (entries) => this.#write(entries),
      log: init.log ?? (() => undefined),
    });
    this.#ahead = new ReserveAhead({
      newId: this.#newId,
      reserve: (batch) => this.#judge(batch),
      giveBack: (id) => {
        this.#settlements.addSoon({ kind: 'unused', id });
      },
    });
    this.approvals = new Approvals({
      database,
      random: init.random ?? secureRandom,
      ttlMs: settings.TREASURY_APPROVAL_TTL_MS,
    });
    this.approvals.handle(CAP_APPROVAL, { execute: (approval) => this.#setCap(approval) });
  }

  /** Makes the caps of the settings and carries out what was approved before a crash. */
  async open(): Promise<{ done: string[]; failures: unknown[] }> {
    await installReserveFunction(this.#database);
    await applySettingCaps(this.#database, settingCaps(this.#settings));
    return this.approvals.resume();
  }

  /** Gives back what was reserved ahead, and writes what is still to be written. */
  async close(): Promise<void> {
    this.#ahead.recall();
    await this.#settlements.close();
  }

  /** Ends reservations whose lease ran out, and deletes what ended TREASURY_KEEP_DAYS ago. */
  async tidy(): Promise<void> {
    await this.#watched(async () => {
      await expireReservations(this.#database);
      await pruneEnded(this.#database, this.#settings.TREASURY_KEEP_DAYS);
    });
  }

  /** See {@link TreasuryService.reserve}. */
  async reserve(request: ReservationRequest): Promise<Reservation> {
    checkAmount(request.amountPico);
    await this.#audit.ensureSound();
    const ttlMs = request.ttlMs ?? this.#settings.TREASURY_LEASE_MS;
    const whole = { ...request, ttlMs };
    return this.#watched(async () => (await this.#ahead.take(whole)) ?? this.#reserve(whole));
  }

  async settle(reservationId: string, usage: Usage): Promise<Settlement> {
    const settlement = await this.#settlements.add(paidEntry(reservationId, usage));
    if (!settlement) throw new UnknownReservationError({ reservationId });
    return settlement;
  }

  /** See {@link TreasuryService.settleSoon}. */
  settleSoon(reservationId: string, usage: Usage): void {
    this.#settlements.addSoon(paidEntry(reservationId, usage));
  }

  async release(reservationId: string): Promise<void> {
    await this.#settlements.add({ kind: 'unused', id: reservationId });
  }

  async renew(reservationId: string): Promise<boolean> {
    return this.#watched(() => renewReservation(this.#database, reservationId));
  }

  async recordFree(usage: FreeUsage): Promise<void> {
    await this.#settlements.add({ kind: 'free', id: this.#newId(), usage: recordable(usage) });
  }

  /** See {@link TreasuryService.recordFreeSoon}. */
  recordFreeSoon(usage: FreeUsage): void {
    this.#settlements.addSoon({ kind: 'free', id: this.#newId(), usage: recordable(usage) });
  }

  async remainingFraction(scopes: Scopes): Promise<number> {
    await this.#audit.ensureSound();
    const recent = this.#recent.get(scopes);
    if (recent !== undefined) return recent;
    await flushSettlements();
    const standings = await this.#watched(() => readStandings(this.#database, scopes));
    this.#recent.set(scopes, tightestFraction(standings));
    return tightestFraction(standings);
  }

  async taskCost(taskId: string): Promise<PicoUsd> {
    await flushSettlements();
    return this.#watched(() => costOfTask(this.#database, taskId));
  }

  async agentCost(agent: string, sinceMs: number): Promise<PicoUsd> {
    await flushSettlements();
    return this.#watched(() => costOfAgent(this.#database, agent, sinceMs));
  }

  async summary(): Promise<BudgetSummary> {
    await this.#audit.ensureSound();
    return this.#watched(async () => {
      await this.#bringUpToDate();
      const [caps, spentPico, byCategory, byAgent, byModel] = await Promise.all([
        readStatuses(this.#database),
        readSpent(this.#database),
        readShares(this.#database, 'category'),
        readShares(this.#database, 'agent'),
        readShares(this.#database, 'model'),
      ]);
      return { caps, spentPico, byCategory, byAgent, byModel };
    });
  }

  async ledger(filter: LedgerFilter = {}): Promise<LedgerRow[]> {
    return this.#watched(async () => {
      await this.#bringUpToDate();
      return readLedger(this.#database, filter);
    });
  }

  /** See {@link TreasuryService.days}. */
  async days(): Promise<DaySpending[]> {
    return this.#watched(async () => {
      await this.#bringUpToDate();
      return readDays(this.#database);
    });
  }

  /** See {@link TreasuryService.callShares}. */
  async callShares(wanted: { category: Category; withinMs: number }): Promise<CallShare[]> {
    return this.#watched(async () => {
      await this.#bringUpToDate();
      return readCallShares(this.#database, wanted);
    });
  }

  async exportCsv(filter: LedgerFilter = {}): Promise<string> {
    return ledgerCsv(await this.ledger({ limit: 100_000, ...filter }));
  }

  async caps(): Promise<Cap[]> {
    return this.#watched(() => readCaps(this.#database));
  }

  async verify(): Promise<void> {
    await this.#audit.verify();
  }

  /** Makes the balances what the ledger says, whatever was lost, and checks again. */
  async acceptLedger(): Promise<void> {
    await this.#watched(() => rebuildBalances(this.#database));
    await this.#audit.verify();
  }

  /** Refuses a task further reservations until its user writes again. */
  async holdTask(hold: { task: string; user: string; reason: string }): Promise<void> {
    await this.#watched(() => holdTask(this.#database, hold));
    recallAhead();
  }

  /** A person has written: the tasks that were held for them go on. */
  async personSpoke(user: string): Promise<void> {
    await this.#watched(() => liftHolds(this.#database, user));
  }

  /** Asks the owner to set a cap. */
  async requestCap(
    cap: Cap,
    asked: { requester: Principal; room?: string | undefined; message?: string | undefined },
  ): Promise<Approval> {
    const current = (await this.caps()).find((other) => capId(other) === capId(cap));
    return this.approvals.request({
      kind: CAP_APPROVAL,
      plan: capPlanOf(cap),
      summary: describeCapPlan(cap, current?.limitPico),
      amountPico: cap.limitPico,
      ...asked,
    });
  }

  async #reserve(request: ReservationRequest & LaneOf): Promise<Reservation> {
    const { amountPico } = request;
    const id = this.#newId();
    const batch = { ...request, wanted: [{ id, amountPico }] };
    let verdict = await this.#judge(batch);
    for (let attempt = 1; attempt < ATTEMPTS && (await this.#canTryAgain(verdict)); attempt += 1)
      verdict = await this.#judge(batch);
    if (verdict.kind === 'granted') return { id, amountPico, expiresAtMs: verdict.expiresAtMs };
    throw await this.#refusal(verdict, request);
  }

  async #judge(batch: Batch): Promise<ReserveVerdict> {
    let verdict = await insertReservations(this.#database, batch);
    for (let attempt = 1; attempt < ATTEMPTS && verdict.kind === 'incomplete'; attempt += 1) {
      await makeBalances(this.#database, batch);
      verdict = await insertReservations(this.#database, batch);
    }
    if (verdict.kind === 'granted' && batch.category === 'llm')
      this.#recent.set(batch.scopes, tightestFraction(verdict.standings));
    return verdict;
  }

  async #canTryAgain(verdict: ReserveVerdict): Promise<boolean> {
    if (verdict.kind !== 'exceeded') return false;
    recallAhead();
    const isAnyWritten = await flushSettlements();
    const expired = verdict.isAnyDue ? await expireReservations(this.#database) : 0;
    return isAnyWritten || expired > 0;
  }

  async #write(entries: readonly Entry[]): Promise<Map<string, Settlement>> {
    return this.#watched(() => settleReservations(this.#database, entries));
  }

  // What was spent here, what is not needed, and what nobody came back for.
  async #bringUpToDate(): Promise<void> {
    recallAhead();
    await flushSettlements();
    await expireReservations(this.#database);
  }

  async #refusal(verdict: ReserveVerdict, request: ReservationRequest): Promise<Error> {
    const { amountPico, scopes } = request;
    const refusing =
      verdict.kind === 'exceeded' ? refusingCap(verdict.standings, amountPico) : undefined;
    if (refusing) return new BudgetExceededError({ ...refusing, askedPico: amountPico });
    if (verdict.kind === 'held')
      return new TaskHeldError({ task: scopes.task ?? '', reason: verdict.reason });
    const mismatches = await findMismatches(this.#database);
    return new LedgerDamagedError({
      mismatches: mismatches.length > 0 ? mismatches : ['a balance is missing'],
    });
  }

  // After a database error nothing is taken for granted any more.
  async #watched<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof LedgerUnreadableError || error instanceof LedgerDamagedError)
        this.#audit.distrust();
      throw error;
    }
  }

  async #setCap(approval: Approval): Promise<string> {
    const cap = readCapPlan(approval.plan);
    this.#recent.clear();
    const isSet = await setApprovedCap(this.#database, approval, cap);
    recallAhead();
    if (isSet) return `Done: ${describeCap(cap)} is set.`;
    throw new ApprovalUnavailableError({ id: approval.id, state: 'has been carried out already' });
  }
}

function checkAmount(amountPico: PicoUsd): void {
  if (amountPico < 0n || amountPico > MOST_AMOUNT_PICO)
    throw new InvalidAmountError({ amountPico });
}

function paidEntry(id: string, usage: Usage): Entry {
  checkAmount(usage.costPico);
  return { kind: 'paid', id, usage: recordable(usage) };
}

// A cost must not be lost because a provider counts its tokens badly, or for a character that
// PostgreSQL does not store.
function recordable<Used extends Omit<Usage, 'costPico'>>(usage: Used): Used {
  return {
    ...usage,
    provider: storable(usage.provider),
    model: storable(usage.model),
    priceId: usage.priceId === undefined ? undefined : storable(usage.priceId),
    callId: usage.callId === undefined ? undefined : storable(usage.callId),
    tokensIn: count(usage.tokensIn),
    tokensOut: count(usage.tokensOut),
  };
}

function storable(text: string): string {
  return text.toWellFormed().replaceAll('\0', '');
}

function count(tokens: number): number {
  return Number.isFinite(tokens) ? Math.min(Math.max(0, Math.trunc(tokens)), MOST_TOKENS) : 0;
}

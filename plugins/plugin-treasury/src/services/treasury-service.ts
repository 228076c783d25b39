import { Service, type ElizaOS, type IAgentRuntime } from '@elizaos/core';
import { agentSettings, serviceOf, type PicoUsd } from '@371os/kernel';
import type { Approval } from '../domain/approval.ts';
import type { Cap, Category, Scopes } from '../domain/caps.ts';
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
import { TreasuryMissingError } from '../errors.ts';
import { treasurySettings, type TreasurySettings } from '../settings.ts';
import { Database, type SqlExecutor } from '../store/database.ts';
import { preparedExecutor } from '../store/prepared-executor.ts';
import type { Approvals, CarriedOut, Decision } from './approvals.ts';
import { Books } from './books.ts';

type CapAsked = Parameters<Books['requestCap']>[1];

declare module '@elizaos/core' {
  interface ServiceTypeRegistry {
    TREASURY: 'treasury';
  }
}

const TIDY_EVERY_MS = 600_000;

/** The name under which an agent finds its treasury. */
export const TREASURY_SERVICE = 'treasury';

/**
 * An agent's way to the company's money. All agents on one database share caps and ledger. Every
 * method throws a typed error when the settings are wrong or the ledger cannot be trusted.
 */
export class TreasuryService extends Service {
  static override readonly serviceType = TREASURY_SERVICE;
  override readonly capabilityDescription =
    'Caps, reservations, approvals and the ledger of what the agents spend.';

  #settings: TreasurySettings | undefined;
  #books: Books | undefined;
  #opening: Promise<void> | undefined;
  #tidying: NodeJS.Timeout | undefined;

  // ElizaOS stops the process when a start throws: what is wrong is said to whoever asks instead.
  static override async start(runtime: IAgentRuntime): Promise<TreasuryService> {
    const service = new TreasuryService(runtime);
    try {
      await service.#open();
      await service.verify();
      service.#keepTidy();
    } catch (error) {
      runtime.logger.error(
        { src: 'treasury', error },
        'the treasury did not open: nothing is spent',
      );
    }
    return service;
  }

  override async stop(): Promise<void> {
    clearInterval(this.#tidying);
    await this.#books?.close();
  }

  /**
   * Sets money aside for the worst case, in every window of every scope or in none, before it is
   * spent. An amount of zero is always granted.
   * @throws BudgetExceededError, TaskHeldError, LedgerDamagedError, LedgerUnreadableError,
   *   InvalidAmountError
   */
  async reserve(request: ReservationRequest): Promise<Reservation> {
    return (await this.#open()).reserve(request);
  }

  /**
   * Records the real cost of what was reserved, once, and gives the rest back. The cost is recorded
   * even when the lease has run out, and counts in the windows of the reservation. Repeating it
   * changes nothing; after a release it records nothing.
   * @throws UnknownReservationError, LedgerUnreadableError, InvalidAmountError
   */
  async settle(reservationId: string, usage: Usage): Promise<Settlement> {
    return (await this.#open()).settle(reservationId, usage);
  }

  /**
   * The same, without being waited for: written a moment later, and again until it is. What this
   * process reads or reserves afterwards knows of it; other processes see the money reserved until
   * then. Where the process dies before, the lease decides. @throws InvalidAmountError
   */
  settleSoon(reservationId: string, usage: Usage): void {
    this.#made().settleSoon(reservationId, usage);
  }

  /** Gives back what was not used; nothing happens to a reservation that is closed or unknown. */
  async release(reservationId: string): Promise<void> {
    return (await this.#open()).release(reservationId);
  }

  /** Starts the lease anew; false when it is too late. */
  async renew(reservationId: string): Promise<boolean> {
    return (await this.#open()).renew(reservationId);
  }

  /** Records a call that costs nothing. No cap stands in its way. @throws LedgerUnreadableError */
  async recordFree(usage: FreeUsage): Promise<void> {
    return (await this.#open()).recordFree(usage);
  }

  /** The same, without being waited for; lost where the process dies before it is written. */
  recordFreeSoon(usage: FreeUsage): void {
    this.#made().recordFreeSoon(usage);
  }

  /**
   * What is left for models, 0 to 1: the smallest over the llm caps that apply, reservations counted
   * as spent; 1 when no cap applies. It may be a second old. 0 when the ledger cannot be trusted: then
   * nothing may be spent, and what is free goes on.
   */
  async remainingFraction(scopes: Scopes): Promise<number> {
    try {
      return await (await this.#open()).remainingFraction(scopes);
    } catch (error) {
      this.runtime.logger.warn({ src: 'treasury', error }, 'the remaining budget is not known');
      return 0;
    }
  }

  /** The sum of a task's ledger rows. */
  async taskCost(taskId: string): Promise<PicoUsd> {
    return (await this.#open()).taskCost(taskId);
  }

  /** The sum of an agent's ledger rows since then, in milliseconds since 1970. */
  async agentCost(agent: string, sinceMs: number): Promise<PicoUsd> {
    return (await this.#open()).agentCost(agent, sinceMs);
  }

  /** How the budget stands now. @throws LedgerDamagedError, LedgerUnreadableError */
  async summary(): Promise<BudgetSummary> {
    return (await this.#open()).summary();
  }

  /** Ledger rows, newest first. */
  async ledger(filter?: LedgerFilter): Promise<LedgerRow[]> {
    return (await this.#open()).ledger(filter);
  }

  /** What this month's days cost by category, oldest first. @throws LedgerUnreadableError */
  async days(): Promise<DaySpending[]> {
    return (await this.#open()).days();
  }

  /** How many calls each model took in the last so many milliseconds. @throws LedgerUnreadableError */
  async callShares(wanted: { category: Category; withinMs: number }): Promise<CallShare[]> {
    return (await this.#open()).callShares(wanted);
  }

  /** The ledger as CSV with a header, at most 100,000 rows. */
  async exportCsv(filter?: LedgerFilter): Promise<string> {
    return (await this.#open()).exportCsv(filter);
  }

  /** Every cap there is. */
  async caps(): Promise<Cap[]> {
    return (await this.#open()).caps();
  }

  /** Checks that balances and ledger agree. @throws LedgerDamagedError, LedgerUnreadableError */
  async verify(): Promise<void> {
    return (await this.#open()).verify();
  }

  /** Takes the ledger as it is for the truth after damage. For the owner alone. */
  async acceptLedger(): Promise<void> {
    return (await this.#open()).acceptLedger();
  }

  /** Refuses a task further reservations until its user writes again. */
  async holdTask(hold: { task: string; user: string; reason: string }): Promise<void> {
    return (await this.#open()).holdTask(hold);
  }

  /** A person has written: the tasks that were held for them go on. */
  async personSpoke(user: string): Promise<void> {
    return (await this.#open()).personSpoke(user);
  }

  /** Asks the owner to set a cap. */
  async requestCap(cap: Cap, asked: CapAsked): Promise<Approval> {
    return (await this.#open()).requestCap(cap, asked);
  }

  /** Requests for a person's word. @throws InvalidSettingError when a setting is wrong */
  get approvals(): Approvals {
    return this.#made().approvals;
  }

  /**
   * Approves a request and has it carried out, by a colleague in this process where this agent cannot.
   * @throws what {@link Approvals.carryOut} throws
   */
  async carryOut(id: string, decision: Decision): Promise<CarriedOut> {
    const { kind } = await this.approvals.get(id);
    const able = this.#colleagues().find((approvals) => approvals.canCarryOut(kind));
    return (able ?? this.approvals).carryOut(id, decision);
  }

  /** The same, in words alone. */
  async grant(id: string, decision: Decision): Promise<string> {
    return (await this.carryOut(id, decision)).text;
  }

  // This agent first.
  #colleagues(): Approvals[] {
    const others = (this.runtime.elizaOS as ElizaOS | undefined)?.getAgents() ?? [];
    const services = others.map((other) => other.getService<TreasuryService>(TREASURY_SERVICE));
    return [this, ...services.filter((service) => service !== null)].map(
      ({ approvals }) => approvals,
    );
  }

  /** @throws InvalidSettingError when a setting is wrong */
  get settings(): TreasurySettings {
    return (this.#settings ??= agentSettings(treasurySettings, this.runtime));
  }

  #made(): Books {
    return (this.#books ??= new Books({
      database: new Database(preparedExecutor(this.runtime.db as SqlExecutor)),
      settings: this.settings,
      log: (problem, error) => {
        this.runtime.logger.error({ src: 'treasury', error }, problem);
      },
    }));
  }

  #keepTidy(): void {
    const tidy = (): void => {
      this.#books?.tidy().catch((error: unknown) => {
        this.runtime.logger.warn({ src: 'treasury', error }, 'old reservations were not tidied up');
      });
    };
    tidy();
    this.#tidying = setInterval(tidy, TIDY_EVERY_MS).unref();
  }

  // Opened when first needed, and again when that failed: a database may come back.
  async #open(): Promise<Books> {
    const books = this.#made();
    this.#opening ??= this.#start(books).catch((error: unknown) => {
      this.#opening = undefined;
      throw error;
    });
    await this.#opening;
    return books;
  }

  async #start(books: Books): Promise<void> {
    const { done, failures } = await books.open();
    const log = { src: 'treasury' };
    for (const outcome of done) this.runtime.logger.info({ ...log, outcome }, 'approval resumed');
    for (const error of failures) this.runtime.logger.error({ ...log, error }, 'approval failed');
  }
}

/**
 * The treasury of an agent, once it has started.
 * @throws TreasuryMissingError when the plugin is not there or does not start in time
 */
export async function treasuryOf(runtime: IAgentRuntime): Promise<TreasuryService> {
  return serviceOf<TreasuryService>(runtime, {
    type: TREASURY_SERVICE,
    plugin: 'treasury',
    missing: () => new TreasuryMissingError({ agent: runtime.character.name }),
  });
}

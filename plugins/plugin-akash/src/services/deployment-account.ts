import type { PicoUsd } from '@371os/kernel';
import type { TreasuryService } from '@371os/plugin-treasury';
import { DEPLOYMENT_STATES, type Deployment, type DeploymentState } from '../domain/deployment.ts';
import type { AkashChain } from '../ports/akash-chain.ts';
import type { Database } from '../store/database.ts';
import { findDeployment, keepAccount, type Account } from '../store/deployment-store.ts';
import { numbersOf } from '../store/number-store.ts';
import { listOwing } from '../store/transaction-store.ts';
import type { FeeBook } from './fee-book.ts';

export interface AccountComponents {
  readonly database: Database;
  readonly chain: AkashChain;
  readonly treasury: Pick<TreasuryService, 'reserve' | 'settle' | 'release' | 'renew' | 'ledger'>;
  readonly fees: Pick<FeeBook, 'enter'>;
  readonly log: (problem: string, error: unknown) => void;
}

// Renewed by the watch; where nobody watches any more, other work may have the money.
const LEASE_MS = 24 * 3_600_000;
const PICO_PER_UACT = 1_000_000n;
// Where it may still cost something that is not paid in yet.
const SPENDING: readonly DeploymentState[] = ['DEPLOYING', 'ACTIVE'];

/**
 * A deployment's money in the treasury: the month's maximum is reserved, what the chain has really
 * taken is written into the ledger, and the rest stays reserved.
 */
export class DeploymentAccount {
  readonly #components: AccountComponents;

  constructor(components: AccountComponents) {
    this.#components = components;
  }

  /**
   * Sees to it that what the rest of the month may cost is reserved, as long as it may cost something.
   * @throws BudgetExceededError, TaskHeldError
   */
  async ensureOpen(deployment: Deployment): Promise<Deployment> {
    const { treasury } = this.#components;
    const { reservationId } = deployment;
    if (reservationId !== undefined && (await treasury.renew(reservationId))) return deployment;
    const next = await this.#reserveMonth(deployment);
    return this.#replace(deployment, { ...deployment, reservationId: next }, SPENDING);
  }

  /** What of its maximum is left in this month, as the treasury counts months. */
  async monthLeft({ id, maximumPico }: Deployment): Promise<PicoUsd> {
    const { treasury } = this.#components;
    const rows = await treasury.ledger({ category: 'akash', task: id, window: 'month' });
    const spent = rows.reduce((sum, { costPico }) => sum + costPico, 0n);
    return spent < maximumPico ? maximumPico - spent : 0n;
  }

  /**
   * Writes into the ledger what has been spent since the last time. A settlement that was written
   * and not noted is found again: its amount is what the ledger says.
   */
  async record(known: Deployment, { isFinal }: { isFinal: boolean }): Promise<Deployment> {
    await this.#components.fees.enter(known);
    const deployment = (await findDeployment(this.#components.database, known.id)) ?? known;
    const due = (await this.#rentOf(deployment)) - deployment.rentPico;
    if (deployment.reservationId === undefined && due <= 0n && isFinal) return deployment;
    const held = await this.#held(deployment);
    const { reservationId } = held;
    // Somebody else records it at this moment.
    if (reservationId === undefined) return held;
    const { costPico: written } = await this.#components.treasury.settle(reservationId, {
      costPico: due > 0n ? due : 0n,
      ...{ provider: 'akash', model: 'lease', tokensIn: 0, tokensOut: 0, status: 'ok' },
      callId: deployment.dseq,
    });
    const reservedNext = isFinal ? undefined : await this.#reserveRest(deployment);
    const rentPico = held.rentPico + written;
    return this.#replace(held, { reservationId: reservedNext, rentPico });
  }

  // What was spent goes into the ledger even where nothing could be reserved for it.
  async #held(deployment: Deployment): Promise<Deployment> {
    if (deployment.reservationId !== undefined) return deployment;
    const nothing = await this.#reserve(deployment, 0n);
    const held = await this.#replace(deployment, { ...deployment, reservationId: nothing });
    return held.reservationId === nothing ? held : { ...held, reservationId: undefined };
  }

  // Whoever comes second gives back what it has reserved: one deployment holds one reservation.
  async #replace(
    before: Deployment,
    { reservationId, rentPico }: Account,
    states: readonly DeploymentState[] = DEPLOYMENT_STATES,
  ): Promise<Deployment> {
    const { database, treasury } = this.#components;
    const after = { reservationId, rentPico };
    if (await keepAccount(database, before.id, { before, after, states }))
      return { ...before, ...after };
    if (reservationId !== undefined) await treasury.release(reservationId);
    return (await findDeployment(database, before.id)) ?? before;
  }

  /** Rent that the escrows have paid out under all its numbers, and the fees as the ledger has them. */
  async costOf(deployment: Deployment): Promise<PicoUsd> {
    return (await this.#rentOf(deployment)) + deployment.feesPico;
  }

  /** Enters fees that were not known when their deployment was last recorded. */
  async enterLate(agent: string): Promise<void> {
    const { database, fees } = this.#components;
    for (const id of await listOwing(database)) {
      const deployment = await findDeployment(database, id);
      if (deployment?.agent === agent) await fees.enter(deployment);
    }
  }

  async #rentOf({ id }: Deployment): Promise<PicoUsd> {
    const { chain, database } = this.#components;
    const numbers = await numbersOf(database, id);
    const found = await Promise.all(numbers.map(({ dseq }) => chain.deployment(dseq)));
    return found.reduce((sum, one) => sum + (one?.spentUact ?? 0n), 0n) * PICO_PER_UACT;
  }

  async #reserveMonth(deployment: Deployment): Promise<string> {
    return this.#reserve(deployment, await this.monthLeft(deployment));
  }

  async #reserve(deployment: Deployment, amountPico: PicoUsd): Promise<string> {
    const { id } = await this.#components.treasury.reserve({
      category: 'akash',
      amountPico,
      scopes: scopesOf(deployment),
      ttlMs: LEASE_MS,
    });
    return id;
  }

  // Others may have taken the room in between: what has been paid in stays there all the same, and
  // nothing more is paid in.
  async #reserveRest(deployment: Deployment): Promise<string | undefined> {
    try {
      return await this.#reserveMonth(deployment);
    } catch (error) {
      this.#components.log('the rest of a deployment is not reserved', error);
      return undefined;
    }
  }
}

function scopesOf({ id, agent, requesterId }: Pick<Deployment, 'id' | 'agent' | 'requesterId'>): {
  agent: string;
  user: string;
  task: string;
} {
  return { agent, user: requesterId, task: id };
}

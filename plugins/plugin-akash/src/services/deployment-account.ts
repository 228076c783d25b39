import type { PicoUsd } from '@371os/kernel';
import type { TreasuryService } from '@371os/plugin-treasury';
import type { Deployment } from '../domain/deployment.ts';
import type { AkashChain } from '../ports/akash-chain.ts';
import type { Database } from '../store/database.ts';
import { findDeployment, keepAccount } from '../store/deployment-store.ts';
import { numbersOf } from '../store/number-store.ts';

export interface AccountComponents {
  readonly database: Database;
  readonly chain: AkashChain;
  readonly treasury: Pick<TreasuryService, 'reserve' | 'settle' | 'release' | 'renew' | 'ledger'>;
  readonly log: (problem: string, error: unknown) => void;
}

// Renewed by the watch; where nobody watches any more, other work may have the money.
const LEASE_MS = 24 * 3_600_000;
const PICO_PER_UACT = 1_000_000n;
const UAKT_PER_AKT = 1_000_000n;

/**
 * A deployment's money in the treasury: the month's maximum is reserved, what the chain has really
 * taken is written into the ledger, and the rest stays reserved.
 */
export class DeploymentAccount {
  readonly #components: AccountComponents;

  constructor(components: AccountComponents) {
    this.#components = components;
  }

  /** Reserves what the rest of the month may cost. @throws BudgetExceededError, TaskHeldError */
  async reserveMonth(deployment: Deployment): Promise<string> {
    return this.#reserve(deployment, await this.monthLeft(deployment));
  }

  /** Sees to it that what the rest of the month may cost is reserved. @throws BudgetExceededError */
  async ensureOpen(deployment: Deployment): Promise<Deployment> {
    const { treasury } = this.#components;
    const { reservationId } = deployment;
    if (reservationId !== undefined && (await treasury.renew(reservationId))) return deployment;
    return this.#replace(deployment, await this.reserveMonth(deployment));
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
  async record(deployment: Deployment, { isFinal }: { isFinal: boolean }): Promise<Deployment> {
    const due = (await this.costOf(deployment)) - deployment.accountedPico;
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
    const accounted = { ...held, accountedPico: held.accountedPico + written };
    return this.#replace(accounted, isFinal ? undefined : await this.#reserveRest(deployment));
  }

  // What was spent goes into the ledger even where nothing could be reserved for it.
  async #held(deployment: Deployment): Promise<Deployment> {
    if (deployment.reservationId !== undefined) return deployment;
    const nothing = await this.#reserve(deployment, 0n);
    const held = await this.#replace(deployment, nothing);
    return held.reservationId === nothing ? held : { ...held, reservationId: undefined };
  }

  // Whoever comes second gives back what it has reserved: one deployment holds one reservation.
  async #replace(deployment: Deployment, next: string | undefined): Promise<Deployment> {
    const { database, treasury } = this.#components;
    const { id, accountedPico, reservationId: previousId } = deployment;
    if (await keepAccount(database, id, { previousId, reservationId: next, accountedPico }))
      return { ...deployment, reservationId: next };
    if (next !== undefined) await treasury.release(next);
    return (await findDeployment(database, id)) ?? deployment;
  }

  /** Rent that the escrows have paid out under all its numbers, and the fees. */
  async costOf(deployment: Deployment): Promise<PicoUsd> {
    const { chain, database } = this.#components;
    const numbers = await numbersOf(database, deployment.id);
    const found = await Promise.all(numbers.map(({ dseq }) => chain.deployment(dseq)));
    const uact = found.reduce((sum, one) => sum + (one?.spentUact ?? 0n), 0n);
    return uact * PICO_PER_UACT + (await this.#feesPico(deployment.feesUakt));
  }

  // Without a sound price the fees are entered later, with the next record.
  async #feesPico(feesUakt: bigint): Promise<PicoUsd> {
    const price = await this.#components.chain.aktPriceMicroUsd();
    return price === undefined ? 0n : (feesUakt * price * PICO_PER_UACT) / UAKT_PER_AKT;
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
      return await this.reserveMonth(deployment);
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

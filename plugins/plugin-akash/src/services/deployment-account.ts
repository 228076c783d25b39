import type { PicoUsd } from '@371os/kernel';
import type { TreasuryService } from '@371os/plugin-treasury';
import type { Deployment } from '../domain/deployment.ts';
import type { AkashChain } from '../ports/akash-chain.ts';
import type { Database } from '../store/database.ts';
import { keepAccount } from '../store/deployment-store.ts';
import { numbersOf } from '../store/number-store.ts';

export interface AccountComponents {
  readonly database: Database;
  readonly chain: AkashChain;
  readonly treasury: Pick<TreasuryService, 'reserve' | 'settle' | 'release' | 'renew'>;
  readonly log: (problem: string, error: unknown) => void;
}

// Renewed by the watch; where nobody watches any more, other work may have the money.
const LEASE_MS = 7 * 24 * 3_600_000;
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

  /** Reserves the month's maximum. @throws BudgetExceededError */
  async open(
    deployment: Pick<Deployment, 'id' | 'agent' | 'requesterId'>,
    pico: PicoUsd,
  ): Promise<string> {
    const { id } = await this.#components.treasury.reserve({
      category: 'akash',
      amountPico: pico,
      scopes: scopesOf(deployment),
      ttlMs: LEASE_MS,
    });
    return id;
  }

  /**
   * Writes into the ledger what has been spent since the last time. A settlement that was written
   * and not noted is found again: its amount is what the ledger says.
   */
  async record(deployment: Deployment, { isFinal }: { isFinal: boolean }): Promise<Deployment> {
    const { treasury, database } = this.#components;
    const { reservationId } = deployment;
    if (reservationId === undefined) return deployment;
    const costPico = (await this.costOf(deployment)) - deployment.accountedPico;
    const { costPico: written } = await treasury.settle(reservationId, {
      costPico: costPico > 0n ? costPico : 0n,
      ...{ provider: 'akash', model: 'lease', tokensIn: 0, tokensOut: 0, status: 'ok' },
      callId: deployment.dseq,
    });
    const accountedPico = deployment.accountedPico + written;
    const next = isFinal ? undefined : await this.#reserveRest(deployment, accountedPico);
    await keepAccount(database, deployment.id, { reservationId: next, accountedPico });
    return { ...deployment, reservationId: next, accountedPico };
  }

  /** Keeps the reservation of a deployment that goes on. */
  async renew({ reservationId }: Deployment): Promise<void> {
    if (reservationId !== undefined) await this.#components.treasury.renew(reservationId);
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

  // Others may have taken the room in between: what has been paid in stays there all the same, and
  // nothing more is paid in.
  async #reserveRest(deployment: Deployment, accounted: PicoUsd): Promise<string | undefined> {
    const rest = deployment.maximumPico - accounted;
    if (rest <= 0n) return undefined;
    try {
      return await this.open(deployment, rest);
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

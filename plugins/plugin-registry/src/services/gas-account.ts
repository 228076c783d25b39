import type { Clock } from '@371os/kernel';
import type { TreasuryService } from '@371os/plugin-treasury';
import { GasCapReachedError } from '../chain-errors.ts';
import { gasCost, isFresh, monthOf, type GasRate } from '../domain/gas-rate.ts';
import type { Database } from '../store/database.ts';
import { chargeGas, findCharge, keepReservation, settleGas } from '../store/gas-store.ts';

/** On whose account gas is spent. */
export interface GasScopes {
  readonly agent?: string | undefined;
  readonly user?: string | undefined;
  readonly task?: string | undefined;
}

export interface GasAccountComponents {
  readonly database: Database;
  readonly treasury: Pick<TreasuryService, 'reserve' | 'settle' | 'release'>;
  readonly chainId: number;
  /** Most that a month may take, in the chain's own coin. */
  readonly capWei: bigint;
  readonly rate: GasRate | undefined;
  readonly rateDays: number;
  readonly now: Clock;
}

// A transaction is in a block, or taken back, long before.
const LEASE_MS = 24 * 3_600_000;

/**
 * The money for gas. The month's cap in the chain's own coin always holds; with a rate that is
 * recent enough the treasury's caps in dollars hold as well.
 */
export class GasAccount {
  readonly #components: GasAccountComponents;

  constructor(components: GasAccountComponents) {
    this.#components = components;
  }

  /**
   * Sets the worst case aside, once for a key.
   * @throws GasCapReachedError, BudgetExceededError, TaskHeldError
   */
  async reserve(key: string, worstWei: bigint, scopes: GasScopes): Promise<void> {
    const { database, chainId, capWei, now } = this.#components;
    const month = monthOf(now());
    const charge = await chargeGas(database, { key, chainId, month, worstWei, capWei });
    if (!charge) throw new GasCapReachedError({ worstWei, capWei });
    if (charge.reservationId === undefined) await this.#reserveUsd(key, worstWei, scopes);
  }

  async #reserveUsd(key: string, worstWei: bigint, scopes: GasScopes): Promise<void> {
    const { database, treasury } = this.#components;
    const rate = this.#freshRate();
    if (!rate) return;
    try {
      const { id } = await treasury.reserve({
        category: 'gas',
        amountPico: gasCost(worstWei, rate),
        ...{ scopes, ttlMs: LEASE_MS },
      });
      await keepReservation(database, key, id);
    } catch (error) {
      await settleGas(database, key, 0n);
      throw error;
    }
  }

  /** What it has really cost, once; 0 gives everything back. */
  async settle(key: string, feeWei: bigint, hash?: string): Promise<void> {
    const { database, treasury, chainId } = this.#components;
    const charge = await findCharge(database, key);
    if (!charge) return;
    const { reservationId } = charge;
    const rate = this.#components.rate;
    if (reservationId !== undefined && feeWei === 0n) await treasury.release(reservationId);
    if (reservationId !== undefined && feeWei > 0n && rate)
      await treasury.settle(reservationId, {
        costPico: gasCost(feeWei, rate),
        ...{ provider: 'evm', model: `eip155:${String(chainId)}`, tokensIn: 0, tokensOut: 0 },
        ...{ status: 'ok', callId: hash, priceId: `${rate.date} native coin` },
      });
    await settleGas(database, key, feeWei);
  }

  /** What gas costs in dollars; undefined without a recent rate. */
  costOf(wei: bigint): bigint | undefined {
    const rate = this.#freshRate();
    return rate && gasCost(wei, rate);
  }

  #freshRate(): GasRate | undefined {
    const { rate, rateDays, now } = this.#components;
    return rate && isFresh(rate, now(), rateDays) ? rate : undefined;
  }
}

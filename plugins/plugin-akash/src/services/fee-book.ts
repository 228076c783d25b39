import type { TreasuryService } from '@371os/plugin-treasury';
import type { Deployment } from '../domain/deployment.ts';
import type { AkashChain, SendOptions } from '../ports/akash-chain.ts';
import type { Database } from '../store/database.ts';
import {
  bindFees,
  hasUnboundFees,
  keepTransaction,
  listBoundFees,
  listSent,
  moveSent,
  noteEntered,
} from '../store/transaction-store.ts';

export interface FeeBookComponents {
  readonly database: Database;
  readonly chain: Pick<AkashChain, 'latestBlock' | 'hasTransaction' | 'aktPriceMicroUsd'>;
  readonly treasury: Pick<TreasuryService, 'reserve' | 'settle' | 'release'>;
}

/** For whom a fee is paid. */
export type Payer = Pick<Deployment, 'id' | 'agent' | 'requesterId'>;

/**
 * The fees of transactions in the ledger. Each transaction is written down before it is sent, and its
 * fee entered once a block has it: that of an attempt that was undone, of a mint, or of a process that
 * has died, too.
 */
export class FeeBook {
  readonly #components: FeeBookComponents;

  constructor(components: FeeBookComponents) {
    this.#components = components;
  }

  /** What a transaction for a deployment is to be sent with. */
  journal(deploymentId: string): Pick<SendOptions, 'onSigned'> {
    const { database } = this.#components;
    return { onSigned: (transaction) => keepTransaction(database, deploymentId, transaction) };
  }

  /**
   * Enters what blocks have taken since the last time, in exact uakt at the chain's price of this
   * moment. Without a sound price it waits for the next time.
   */
  async enter(payer: Payer): Promise<void> {
    const { database } = this.#components;
    await this.#lookUp(payer.id);
    if (await hasUnboundFees(database, payer.id)) await this.#bind(payer);
    for (const batch of await listBoundFees(database, payer.id)) {
      // An uakt is a millionth of an AKT, and the rate is in millionths: the product is in pico-USD.
      const costPico = batch.feeUakt * batch.rateMicroUsd;
      await this.#components.treasury.settle(batch.reservationId, {
        ...{ costPico, provider: 'akash', model: 'fee', tokensIn: 0, tokensOut: 0, status: 'ok' },
        priceId: `${String(batch.feeUakt)} uakt at ${formatRate(batch.rateMicroUsd)} USD/AKT`,
      });
      await noteEntered(database, payer.id, { ...batch, costPico });
    }
  }

  async #lookUp(deploymentId: string): Promise<void> {
    const { database, chain } = this.#components;
    for (const { hash, lastHeight } of await listSent(database, deploymentId)) {
      // The height first: what is in no block after its last one never will be.
      const { height } = await chain.latestBlock();
      if (await chain.hasTransaction(hash)) await moveSent(database, hash, 'paid');
      else if (height > lastHeight + 1) await moveSent(database, hash, 'lost');
    }
  }

  async #bind({ id, agent, requesterId }: Payer): Promise<void> {
    const { database, chain, treasury } = this.#components;
    const rateMicroUsd = await chain.aktPriceMicroUsd();
    if (rateMicroUsd === undefined) return;
    const { id: reservationId } = await treasury.reserve({
      ...{ category: 'akash', amountPico: 0n },
      scopes: { agent, user: requesterId, task: id },
    });
    const isBound = await bindFees(database, id, { reservationId, rateMicroUsd });
    if (!isBound) await treasury.release(reservationId);
  }
}

/** Millionths of a dollar as dollars. */
function formatRate(microUsd: bigint): string {
  const digits = microUsd.toString().padStart(7, '0');
  return `${digits.slice(0, -6)}.${digits.slice(-6)}`;
}

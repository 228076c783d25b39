import { KeyedQueue, processWide, type Clock } from '@371os/kernel';
import {
  GasTooDearError,
  NoFundsError,
  TransactionPendingError,
  TransactionRefusedError,
  TransactionRevertedError,
  TransactionWithdrawnError,
} from '../chain-errors.ts';
import {
  bumpedFees,
  type KeptReceipt,
  type KeptTransaction,
  type SignedVersion,
} from '../domain/transaction.ts';
import type { ContractCall, EvmChain, GasFees, TransactionReceipt } from '../ports/evm-chain.ts';
import type { Signer } from '../ports/signer.ts';
import type { Database } from '../store/database.ts';
import {
  addVersion,
  findTransaction,
  forgetTransaction,
  keepTransaction,
  moveTransaction,
  takenNonces,
} from '../store/transaction-store.ts';
import type { GasAccount, GasScopes } from './gas-account.ts';

export interface TransactionQueueSettings {
  /** How deep a block has to be, itself included. */
  readonly confirmations: number;
  readonly pollMs: number;
  /** After how long in no block the fees are raised. */
  readonly bumpMs: number;
  /** How long a transaction may take to get into a block. */
  readonly patienceMs: number;
  /** Most that a unit of gas may cost. */
  readonly maxFeeWei: bigint;
}

export interface TransactionQueueComponents {
  readonly database: Database;
  readonly chain: EvmChain;
  readonly signer: Signer;
  readonly gas: GasAccount;
  readonly settings: TransactionQueueSettings;
  readonly now: Clock;
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** What somebody wants sent, under a key that stands for it for good. */
export interface Submission {
  readonly key: string;
  readonly call: ContractCall;
  readonly scopes: GasScopes;
  /** Told when a node has the transaction. */
  readonly onSent?: (() => void) | undefined;
}

// Estimates run out in one of some hundred registrations; 1.3 times them did not (measured 2026-11).
const GAS_HEADROOM_PERCENT = 130n;
// The price may rise that much while the transaction waits.
const CEILING_TIMES = 3n;
const NOTHING = { gasLimit: 21_000n, data: '0x' } as const;

/**
 * Sends transactions of one key: each is signed and kept before a node hears of it, so that whoever
 * goes on after a crash sends the same one again. Nonces are given out one after the other.
 */
export class TransactionQueue {
  readonly #components: TransactionQueueComponents;

  constructor(components: TransactionQueueComponents) {
    this.#components = components;
  }

  /** The account that sends and pays. */
  get sender(): string {
    return this.#components.signer.address;
  }

  /**
   * The most that a call may cost in gas now, in wei.
   * @throws CallRevertedError when it would not go through, GasTooDearError
   */
  async quote(call: ContractCall): Promise<bigint> {
    const { gasLimit, ceilingWei } = await this.#price(call);
    return gasLimit * ceilingWei;
  }

  /**
   * Sends a call, or goes on with the one of that key, until it is in a block.
   * @throws CallRevertedError, NoFundsError, GasTooDearError, GasCapReachedError, BudgetExceededError,
   *   TransactionRevertedError, TransactionWithdrawnError, TransactionRefusedError,
   *   TransactionPendingError
   */
  async submit(submission: Submission, signal: AbortSignal): Promise<TransactionReceipt> {
    for (const end = this.#deadline(); ;) {
      const kept = await this.#kept(submission);
      const outcome = await this.#advance(kept);
      if (outcome === 'lost') await forgetTransaction(this.#components.database, kept.key);
      else submission.onSent?.();
      if (typeof outcome === 'object') return this.#succeeded(kept, outcome);
      if (this.#components.now() > end) throw this.#late(kept);
      await this.#pause(signal);
    }
  }

  /**
   * Waits until the transaction of a key is deep enough, however often its block is replaced.
   * @throws what {@link submit} throws
   */
  async confirm(submission: Submission, signal: AbortSignal): Promise<TransactionReceipt> {
    const { database, chain, gas, settings } = this.#components;
    for (;;) {
      const receipt = await this.submit(submission, signal);
      const { number } = await chain.head();
      const isDeep = number - receipt.blockNumber + 1 >= settings.confirmations;
      const block = isDeep ? await chain.block(receipt.blockNumber) : undefined;
      if (block?.hash === receipt.blockHash) {
        await moveTransaction(database, submission.key, 'confirmed', placeOf(receipt));
        await gas.settle(submission.key, receipt.feeWei, receipt.hash);
        return receipt;
      }
      await this.#pause(signal);
    }
  }

  /**
   * Sees to it that a transaction has no effect any more, if that is still possible.
   * @returns the receipt of one that had its effect before
   * @throws TransactionPendingError when that is not decided in time
   */
  async withdraw(key: string, signal: AbortSignal): Promise<TransactionReceipt | undefined> {
    const { database } = this.#components;
    for (const end = this.#deadline(); ;) {
      const kept = await findTransaction(database, key);
      if (!kept || kept.state === 'abandoned' || kept.state === 'withdrawn') return undefined;
      const receipt = await this.#receiptOf(kept);
      if (receipt) return this.#withdrawn(kept, receipt);
      const newest = kept.versions.at(-1);
      if (newest && !kept.versions.some(({ isWithdrawal }) => isWithdrawal))
        await this.#bump(kept, newest, true);
      else if ((await this.#advance(kept)) === 'lost') {
        await this.#giveUp(kept);
        return undefined;
      }
      if (this.#components.now() > end) throw this.#late(kept);
      await this.#pause(signal);
    }
  }

  // --- signing

  async #kept(submission: Submission): Promise<KeptTransaction> {
    const known = await findTransaction(this.#components.database, submission.key);
    return known ?? this.#sign(submission);
  }

  async #sign(submission: Submission): Promise<KeptTransaction> {
    const { chain, gas, signer } = this.#components;
    const { key, call, scopes } = submission;
    const { gasLimit, ceilingWei, fees } = await this.#price(call);
    const worstWei = gasLimit * ceilingWei;
    if ((await chain.balanceOf(signer.address)) < worstWei)
      throw new NoFundsError({ address: signer.address, neededWei: worstWei });
    await gas.reserve(key, worstWei, scopes);
    return this.#inTurn(() => this.#takeNonce({ key, call, gasLimit, ceilingWei }, fees));
  }

  async #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const { chain, signer } = this.#components;
    const turns = processWide('registry-nonces', () => new KeyedQueue());
    return turns.run(`${String(chain.chainId)}/${signer.address}`, work);
  }

  async #price(
    call: ContractCall,
  ): Promise<{ gasLimit: bigint; ceilingWei: bigint; fees: GasFees }> {
    const { chain, signer, settings } = this.#components;
    // A call first: nodes give the reason of a refusal there, and not with an estimate.
    await chain.call(call, { from: signer.address });
    const gasLimit =
      ((await chain.estimateGas(call, signer.address)) * GAS_HEADROOM_PERCENT) / 100n;
    const fees = await chain.fees();
    const { maxFeeWei: mostWei } = settings;
    if (fees.maxFeeWei > mostWei) throw new GasTooDearError({ feeWei: fees.maxFeeWei, mostWei });
    const roof = fees.maxFeeWei * CEILING_TIMES;
    return { gasLimit, fees, ceilingWei: roof > mostWei ? mostWei : roof };
  }

  // Other processes take nonces of the same key: the database lets one of them have each.
  async #takeNonce(
    wanted: Pick<KeptTransaction, 'key' | 'call' | 'gasLimit' | 'ceilingWei'>,
    fees: GasFees,
  ): Promise<KeptTransaction> {
    const { database, chain, signer } = this.#components;
    for (;;) {
      const nonce = await this.#freeNonce();
      const version = await this.#version(
        { ...wanted.call, gasLimit: wanted.gasLimit },
        nonce,
        fees,
      );
      const kept = await keepTransaction(database, {
        ...{ ...wanted, nonce, versions: [version] },
        ...{ chainId: chain.chainId, sender: signer.address },
      });
      const known = kept ?? (await findTransaction(database, wanted.key));
      if (known) return known;
    }
  }

  // The first that neither the node nor anybody here has: so a gap is filled by whoever comes next.
  async #freeNonce(): Promise<number> {
    const { database, chain, signer } = this.#components;
    const { chainId } = chain;
    const from = await chain.pendingNonceOf(signer.address);
    const taken = new Set(await takenNonces(database, { chainId, sender: signer.address, from }));
    let nonce = from;
    while (taken.has(nonce)) nonce += 1;
    return nonce;
  }

  async #version(
    body: ContractCall & { gasLimit: bigint },
    nonce: number,
    fees: GasFees,
    isWithdrawal = false,
  ): Promise<SignedVersion> {
    const { chain, signer, now } = this.#components;
    const { chainId } = chain;
    const { raw, hash } = await signer.signTransaction({ ...body, ...fees, chainId, nonce });
    return { raw, hash, ...fees, isWithdrawal, signedAtMs: now() };
  }

  // --- following

  /** One look: its receipt, or that it waits, or that its nonce went to somebody else for good. */
  async #advance(kept: KeptTransaction): Promise<TransactionReceipt | 'waits' | 'lost'> {
    const { chain } = this.#components;
    if (kept.state === 'abandoned' || kept.state === 'withdrawn')
      throw new TransactionWithdrawnError({ key: kept.key });
    const receipt = await this.#receiptOf(kept);
    if (receipt) return receipt;
    const nonce = kept.nonce ?? 0;
    if ((await chain.nonceOf(kept.sender)) > nonce) return this.#afterNonce(kept, nonce);
    const newest = kept.versions.at(-1);
    if (!newest) return 'waits';
    if (!(await chain.isKnown(newest.hash))) await this.#broadcast(kept, newest);
    else if (this.#components.now() - newest.signedAtMs > this.#components.settings.bumpMs)
      await this.#bump(kept, newest);
    await this.#inTurn(() => this.#fillGap(nonce));
    return 'waits';
  }

  // The nonce is used and none of ours is in a block: once that is deep, it stays so.
  async #afterNonce(
    kept: KeptTransaction,
    nonce: number,
  ): Promise<TransactionReceipt | 'waits' | 'lost'> {
    const { chain, settings } = this.#components;
    const { number } = await chain.head();
    const deep = Math.max(0, number - settings.confirmations + 1);
    if ((await chain.nonceOf(kept.sender, deep)) <= nonce) return 'waits';
    return (await this.#receiptOf(kept)) ?? 'lost';
  }

  async #receiptOf({ versions }: KeptTransaction): Promise<TransactionReceipt | undefined> {
    for (const { hash } of versions.toReversed()) {
      const receipt = await this.#components.chain.receipt(hash);
      if (receipt) return receipt;
    }
    return undefined;
  }

  async #broadcast(kept: KeptTransaction, version: SignedVersion): Promise<void> {
    const { database, chain } = this.#components;
    try {
      const answer = await chain.broadcast(version.raw);
      if (answer === 'accepted' && kept.state === 'signed')
        await moveTransaction(database, kept.key, 'sent');
      if (answer === 'underpriced') await this.#bump(kept, version);
    } catch (error) {
      const isFinal = error instanceof NoFundsError || error instanceof TransactionRefusedError;
      // No node has it, and nobody else ever had: the nonce is free again.
      if (isFinal && kept.state === 'signed') await this.#giveUp(kept);
      throw error;
    }
  }

  async #giveUp({ key }: KeptTransaction): Promise<void> {
    const { database, gas } = this.#components;
    await moveTransaction(database, key, 'abandoned');
    await gas.settle(key, 0n);
  }

  // Once it is called back, only what takes it back is sent any more. That needs less gas, so each
  // unit of it may cost more within what was reserved.
  async #bump(
    kept: KeptTransaction,
    newest: SignedVersion,
    isWithdrawal = kept.versions.some((version) => version.isWithdrawal),
  ): Promise<void> {
    const { chain } = this.#components;
    const { call, gasLimit, ceilingWei, sender, nonce = 0 } = kept;
    const roof = isWithdrawal ? (gasLimit * ceilingWei) / NOTHING.gasLimit : ceilingWei;
    const fees = bumpedFees(newest, await chain.fees(), roof);
    if (!fees) return;
    const body = isWithdrawal ? { ...NOTHING, to: sender } : { ...call, gasLimit };
    await this.#replace(kept, await this.#version(body, nonce, fees, isWithdrawal));
  }

  // Kept first, so that whichever version gets into a block is known.
  async #replace(kept: KeptTransaction, version: SignedVersion): Promise<void> {
    const { database, chain } = this.#components;
    if (await addVersion(database, kept.key, version)) await chain.broadcast(version.raw);
  }

  // A nonce before ours that nobody fills would have ours wait for ever.
  async #fillGap(nonce: number): Promise<void> {
    const { chain, signer, gas } = this.#components;
    const pending = await chain.pendingNonceOf(signer.address);
    if (pending >= nonce || (await this.#freeNonce()) !== pending) return;
    const fees = await chain.fees();
    const { raw, hash } = await this.#version({ ...NOTHING, to: signer.address }, pending, fees);
    const worstWei = NOTHING.gasLimit * fees.maxFeeWei;
    await gas.reserve(hash, worstWei, {});
    await chain.broadcast(raw);
    await gas.settle(hash, worstWei, hash);
  }

  // --- ends

  async #succeeded(
    kept: KeptTransaction,
    receipt: TransactionReceipt,
  ): Promise<TransactionReceipt> {
    const { database, chain, gas } = this.#components;
    const version = kept.versions.find(({ hash }) => hash === receipt.hash);
    if (version?.isWithdrawal) {
      await this.#withdrawn(kept, receipt);
      throw new TransactionWithdrawnError({ key: kept.key });
    }
    if (receipt.hasSucceeded) return receipt;
    await moveTransaction(database, kept.key, 'reverted', placeOf(receipt));
    await gas.settle(kept.key, receipt.feeWei, receipt.hash);
    const reason = await chain
      .call(kept.call, { from: kept.sender, atBlock: receipt.blockNumber })
      .then(() => 'it ran out of gas, or what it met has changed since', reasonOf);
    throw new TransactionRevertedError({ hash: receipt.hash, reason });
  }

  async #withdrawn(
    kept: KeptTransaction,
    receipt: TransactionReceipt,
  ): Promise<TransactionReceipt | undefined> {
    const { database, gas } = this.#components;
    const version = kept.versions.find(({ hash }) => hash === receipt.hash);
    if (version && !version.isWithdrawal) return receipt.hasSucceeded ? receipt : undefined;
    await moveTransaction(database, kept.key, 'withdrawn', placeOf(receipt));
    await gas.settle(kept.key, receipt.feeWei, receipt.hash);
    return undefined;
  }

  #late({ versions }: KeptTransaction): TransactionPendingError {
    const { settings } = this.#components;
    return new TransactionPendingError({
      hash: versions.at(-1)?.hash ?? '',
      waitedMs: settings.patienceMs,
    });
  }

  #deadline(): number {
    return this.#components.now() + this.#components.settings.patienceMs;
  }

  async #pause(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await this.#components.pause(this.#components.settings.pollMs, signal);
  }
}

function placeOf({ hash, blockNumber, blockHash }: TransactionReceipt): KeptReceipt {
  return { hash, blockNumber, blockHash };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

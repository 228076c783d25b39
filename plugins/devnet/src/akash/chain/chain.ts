import { createHash } from 'node:crypto';
import type { Clock } from '@371os/kernel';
import { TxMsgData } from '@akashnetwork/chain-sdk/private-types/cosmos.v1beta1';
import { moduleAddress, UAKT } from './bank.ts';
import type { ChainEvent } from './chain-context.ts';
import { ChainError, refuse } from './chain-error.ts';
import { ChainState } from './chain-state.ts';
import { recordFormat, type Codec } from './codec.ts';
import { handlerOf } from './messages.ts';
import type { MintSwitches } from './mint.ts';
import {
  checkSequence,
  checkTransaction,
  decodeTransaction,
  type SignedTransaction,
} from './signed-transaction.ts';
import type { Store, Table } from './store.ts';

const FEE_COLLECTOR = moduleAddress('fee_collector');
// What the real chain answers when its code panics.
const PANIC = { codespace: 'sdk', code: 111_222, log: 'panic' };

/** Code 0 is success. */
export interface Outcome {
  readonly code: number;
  readonly codespace: string;
  readonly log: string;
}

/** A transaction that is in a block. */
export interface TransactionRecord extends Outcome {
  /** Upper-case hexadecimal SHA-256 of the bytes. */
  readonly hash: string;
  readonly height: number;
  readonly index: number;
  readonly timeMs: number;
  readonly gasWanted: string;
  readonly gasUsed: string;
  readonly events: readonly ChainEvent[];
  /** Encoded TxMsgData, and the transaction itself, in base64. */
  readonly data: string;
  readonly tx: string;
}

export interface Block {
  readonly height: number;
  readonly timeMs: number;
  readonly events: readonly ChainEvent[];
}

/** What a test may do to transactions. */
export interface ChainSwitches {
  readonly chain: MintSwitches;
  /** Takes one of a number of times that something is to go wrong: true when there was one. */
  take(fault: 'dropTransactions' | 'sequenceRace'): boolean;
}

export interface ChainInit {
  readonly store: Store;
  readonly chainId: string;
  readonly clock: Clock;
  readonly switches: ChainSwitches;
  /** Fills the state of a new chain. */
  readonly genesis: (state: ChainState) => void;
}

interface Errand {
  readonly work: () => unknown;
  readonly done: (outcome: Outcome) => void;
}

/**
 * The chain: takes transactions in, puts them into blocks, keeps what came of them. A block is made
 * when `makeBlock` is called, and nothing else changes the state.
 */
export class Chain {
  readonly state: ChainState;
  readonly chainId: string;
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #switches: ChainSwitches;
  readonly #transactions: Table<TransactionRecord>;
  readonly #last: Table<{ height: number; timeMs: number }>;
  readonly #listeners = new Set<(block: Block) => void>();
  #mempool: SignedTransaction[] = [];
  #errands: Errand[] = [];

  constructor({ store, chainId, clock, switches, genesis }: ChainInit) {
    this.state = new ChainState(store, () => switches.chain);
    this.chainId = chainId;
    this.#store = store;
    this.#clock = clock;
    this.#switches = switches;
    this.#transactions = store.table('transaction', recordFormat());
    this.#last = store.table('last-block', recordFormat());
    const last = this.#last.get('');
    if (last) Object.assign(this.state.context, last);
    else store.transaction(() => this.#begin(genesis));
  }

  get height(): number {
    return this.state.context.height;
  }

  /** Time of the last block, milliseconds since 1970. */
  get timeMs(): number {
    return this.state.context.timeMs;
  }

  /** Calls back after each block, until what it returns is called. */
  onBlock(listener: (block: Block) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  transaction(hash: string): TransactionRecord | undefined {
    return this.#transactions.get(hash.toUpperCase());
  }

  /**
   * Takes a transaction in, or says why not. Its messages run in the next block only, so success
   * here says no more than that it was signed and paid for.
   */
  submit(bytes: Uint8Array): Outcome & { hash: string } {
    const { outcome } = this.#attempt(() => {
      this.#admit(bytes);
    });
    return { hash: hashOf(bytes), ...outcome };
  }

  /** Whether a transaction has been taken in and is in no block yet, or in one. */
  knows(hash: string): boolean {
    return (
      this.transaction(hash) !== undefined ||
      this.#mempool.some(({ bytes }) => hashOf(bytes) === hash)
    );
  }

  /** What a transaction would do now; its signature is not looked at. @throws ChainError */
  simulate(bytes: Uint8Array): { gasUsed: bigint; data: Uint8Array } {
    const transaction = decodeTransaction(bytes);
    checkSequence(transaction, this.#nextSequence(transaction.signer));
    let result: { gasUsed: bigint; data: Uint8Array } | undefined;
    const { outcome } = this.#attempt(() => {
      result = { gasUsed: transaction.gasUsed, data: this.#run(transaction) };
      throw new Rehearsal();
    });
    return result ?? refuse('sdk.invalidRequest', outcome.log);
  }

  /** Runs a message of the devnet's own providers in the next block, as if they had signed it. */
  async perform<Message>(codec: Codec<Message>, message: Message): Promise<Outcome> {
    const value = codec.encode(message).finish();
    return this.intervene((state) => handlerOf(`/${codec.$type}`).run(state, value));
  }

  /** Changes the state in the next block, as no transaction could. */
  async intervene(work: (state: ChainState) => unknown): Promise<Outcome> {
    return new Promise((done) => {
      this.#errands.push({ work: () => work(this.state), done });
    });
  }

  makeBlock(): Block {
    const transactions = this.#mempool;
    const errands = this.#errands;
    this.#mempool = [];
    this.#errands = [];
    const answers: (() => void)[] = [];
    const block = this.#store.transaction(() => {
      this.#begin();
      const events: ChainEvent[] = [];
      for (const errand of errands) {
        const { outcome, happened } = this.#attempt(errand.work);
        events.push(...happened);
        answers.push(() => {
          errand.done(outcome);
        });
      }
      for (const [index, transaction] of transactions.entries())
        events.push(...this.#deliver(transaction, index));
      this.state.endBlock();
      events.push(...this.#takeEvents());
      return { height: this.height, timeMs: this.timeMs, events };
    });
    for (const answer of answers) answer();
    for (const listener of [...this.#listeners]) listener(block);
    return block;
  }

  /** Lets time pass: the next block has a height that is higher by `blocks`. */
  skip(blocks: number): Block {
    this.state.context.height += blocks - 1;
    return this.makeBlock();
  }

  #begin(genesis?: (state: ChainState) => void): void {
    const { context } = this.state;
    context.height += 1;
    context.timeMs = Math.max(this.#clock(), context.timeMs + 1);
    context.events = [];
    this.#last.set('', { height: context.height, timeMs: context.timeMs });
    genesis?.(this.state);
  }

  #admit(bytes: Uint8Array): void {
    const transaction = decodeTransaction(bytes);
    const { signer } = transaction;
    const account = this.state.bank.account(signer);
    if (account && this.#switches.take('sequenceRace'))
      this.state.bank.saveAccount({ ...account, sequence: account.sequence + 1 });
    checkTransaction(transaction, this.state.bank.account(signer), {
      ...{ chainId: this.chainId, height: this.height + 1 },
      sequence: this.#nextSequence(signer),
    });
    if (this.state.bank.balance(signer, UAKT) < transaction.feeUakt)
      refuse('sdk.insufficientFunds', `${String(transaction.feeUakt)}${UAKT} for the fee`);
    if (!this.#switches.take('dropTransactions')) this.#mempool.push(transaction);
  }

  // Transactions that wait count: a client may send several in one block.
  #nextSequence(signer: string): number {
    const waiting = this.#mempool.filter((transaction) => transaction.signer === signer).length;
    return (this.state.bank.account(signer)?.sequence ?? 0) + waiting;
  }

  #deliver(transaction: SignedTransaction, index: number): readonly ChainEvent[] {
    let data: Uint8Array = new Uint8Array();
    const paid = this.#attempt(() => {
      this.#charge(transaction);
    });
    const { outcome, happened } =
      paid.outcome.code === 0 ? this.#attempt(() => (data = this.#run(transaction))) : paid;
    const hash = hashOf(transaction.bytes);
    this.#transactions.set(hash, {
      ...{ ...outcome, hash, index, height: this.height, timeMs: this.timeMs, events: happened },
      gasWanted: String(transaction.gasWanted),
      gasUsed: String(transaction.gasUsed),
      data: Buffer.from(data).toString('base64'),
      tx: Buffer.from(transaction.bytes).toString('base64'),
    });
    return happened;
  }

  // The fee is gone, and the sequence used, whatever the messages come to.
  #charge(transaction: SignedTransaction): void {
    const { signer, feeUakt } = transaction;
    const { bank } = this.state;
    const account = bank.account(signer);
    const { publicKey } = checkTransaction(transaction, account, {
      ...{ chainId: this.chainId, height: this.height, sequence: account?.sequence ?? 0 },
    });
    bank.send(signer, FEE_COLLECTOR, { denom: UAKT, amount: feeUakt });
    if (account)
      bank.saveAccount({
        ...{ ...account, sequence: account.sequence + 1 },
        publicKey: Buffer.from(publicKey).toString('base64'),
      });
  }

  #run({ body, gasUsed, gasWanted }: SignedTransaction): Uint8Array {
    const msgResponses = body.messages.map(({ typeUrl, value }) =>
      handlerOf(typeUrl).run(this.state, value),
    );
    if (gasUsed > gasWanted && gasWanted > 0n)
      refuse('sdk.outOfGas', `gasWanted: ${String(gasWanted)}, gasUsed: ${String(gasUsed)}`);
    return TxMsgData.encode(TxMsgData.fromPartial({ msgResponses })).finish();
  }

  /** Runs `work`; when it throws, nothing of it remains but the reason. */
  #attempt(work: () => unknown): { outcome: Outcome; happened: readonly ChainEvent[] } {
    const before = this.#takeEvents();
    try {
      this.#store.transaction(work);
      return { outcome: { code: 0, codespace: '', log: '' }, happened: this.#takeEvents() };
    } catch (error) {
      this.#takeEvents();
      return { outcome: outcomeOf(error), happened: [] };
    } finally {
      this.state.context.events = before;
    }
  }

  #takeEvents(): ChainEvent[] {
    const { events } = this.state.context;
    this.state.context.events = [];
    return events;
  }
}

/** Thrown to undo a simulation that went well. */
class Rehearsal extends ChainError {
  constructor() {
    super({ error: 'sdk.invalidRequest' });
  }
}

export function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex').toUpperCase();
}

function outcomeOf(error: unknown): Outcome {
  if (!(error instanceof ChainError)) return PANIC;
  return { code: error.number, codespace: error.codespace, log: error.message };
}

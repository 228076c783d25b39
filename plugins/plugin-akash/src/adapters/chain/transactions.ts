import { setTimeout as pause } from 'node:timers/promises';
import { sha256 } from '@cosmjs/crypto';
import { toHex } from '@cosmjs/encoding';
import {
  makeSignBytes,
  Registry,
  type EncodeObject,
  type GeneratedType,
  type OfflineDirectSigner,
} from '@cosmjs/proto-signing';
import { BroadcastTxError, calculateFee, GasPrice, SigningStargateClient } from '@cosmjs/stargate';
import type { Comet38Client } from '@cosmjs/tendermint-rpc';
import { TxRaw } from '@akashnetwork/chain-sdk/private-types/cosmos.v1beta1';
import { encodeSecp256k1Signature } from '@cosmjs/amino';
import { KeyedQueue } from '@371os/kernel';
import {
  ChainRefusedError,
  ChainStalledError,
  ChainUnreachableError,
  TransactionLostError,
  WrongChainError,
} from '../../network-errors.ts';
import type { Receipt, SendOptions, SignedTransaction } from '../../ports/akash-chain.ts';
import type { Signer } from '../../ports/signer.ts';

export interface TransactionsInit {
  readonly comet: Comet38Client;
  readonly signer: Signer;
  /** The chain that may be signed for. */
  readonly chainId: string;
  /** `0.025uakt` */
  readonly gasPrice: string;
  readonly types: readonly { readonly $type: string }[];
  /** How often it is asked whether a transaction is in a block. */
  readonly pollMs: number;
}

type TxResponse = Awaited<ReturnType<Comet38Client['txSearch']>>['txs'][number];

// Simulation knows less than the block that runs it.
const GAS_MARGIN = 1.4;
// Blocks that a transaction may wait for: about two minutes on the main network.
const PATIENCE_BLOCKS = 20;
const LONGEST_WAIT_MS = 300_000;
const WRONG_SEQUENCE = 32;
const PAST_ITS_HEIGHT = 30;
const MOST_ATTEMPTS = 5;
// One account has one sequence, whatever the number of agents that use it.
const oneByOne = new KeyedQueue();

/**
 * Signs and sends transactions, one at a time for an account. Each carries the last height that may
 * hold it, so that "lost" is certain and sending again cannot do a thing twice.
 */
export class Transactions {
  readonly #init: TransactionsInit;
  readonly #client: SigningStargateClient;
  #isRightChain = false;

  constructor(init: TransactionsInit) {
    this.#init = init;
    const types = init.types.map((type): [string, GeneratedType] => [
      `/${type.$type}`,
      type as unknown as GeneratedType,
    ]);
    this.#client = SigningStargateClient.createWithSigner(init.comet, offline(init.signer), {
      registry: new Registry(types),
    });
  }

  /**
   * Messages that all happen or none.
   * @throws ChainRefusedError, TransactionLostError, ChainUnreachableError, WrongChainError
   */
  async send(messages: readonly EncodeObject[], options: SendOptions = {}): Promise<Receipt> {
    const { signer, chainId } = this.#init;
    return oneByOne.run(`${chainId}/${signer.address}`, async () => {
      await this.#checkChain();
      const pending = await this.#broadcast(messages, options);
      return this.#settled(pending);
    });
  }

  // Another process with the same key may have taken the sequence in between.
  async #broadcast(
    messages: readonly EncodeObject[],
    options: SendOptions,
  ): Promise<SignedTransaction> {
    for (let attempt = 1; ; attempt += 1) {
      const height = await this.#client.getHeight();
      const lastHeight = options.lastHeight ?? height + PATIENCE_BLOCKS;
      try {
        return await this.#broadcastOnce(messages, { ...options, lastHeight });
      } catch (error) {
        const refusal = refusalOf(error);
        if (refusal?.chainCode === PAST_ITS_HEIGHT && refusal.codespace === 'sdk')
          throw new TransactionLostError({ lastHeight });
        if (refusal?.chainCode !== WRONG_SEQUENCE || attempt === MOST_ATTEMPTS)
          throw refusal ?? error;
        await pause(this.#init.pollMs);
      }
    }
  }

  async #broadcastOnce(
    messages: readonly EncodeObject[],
    { lastHeight, onSigned }: SendOptions & { lastHeight: number },
  ): Promise<SignedTransaction> {
    const { signer, gasPrice } = this.#init;
    const used = await this.#client.simulate(signer.address, messages, '');
    const fee = calculateFee(Math.ceil(used * GAS_MARGIN), GasPrice.fromString(gasPrice));
    const signed = await this.#client.sign(
      signer.address,
      messages,
      fee,
      '',
      undefined,
      BigInt(lastHeight),
    );
    const bytes = TxRaw.encode(signed).finish();
    const hash = toHex(sha256(bytes)).toUpperCase();
    const transaction = { hash, lastHeight, feeUakt: BigInt(fee.amount[0]?.amount ?? 0) };
    await onSigned?.(transaction);
    await this.#client.broadcastTxSync(bytes).catch(ignoreSilence);
    return transaction;
  }

  async #settled({ hash, lastHeight, feeUakt }: SignedTransaction): Promise<Receipt> {
    const deadline = Date.now() + LONGEST_WAIT_MS;
    for (;;) {
      // The height first: a transaction that is missing after it was seen past is in no block.
      const height = await this.#client.getHeight();
      const found = await this.find(hash);
      if (found) return receiptOf(found, feeUakt);
      // A node may index a block a moment after it has made it.
      if (height > lastHeight + 1) throw new TransactionLostError({ hash, lastHeight });
      if (Date.now() > deadline) throw new ChainStalledError({ hash });
      await pause(this.#init.pollMs);
    }
  }

  /** The transaction once a block has it. */
  async find(hash: string): Promise<TxResponse | undefined> {
    const { txs } = await this.#init.comet.txSearch({ query: `tx.hash='${hash}'` });
    return txs[0];
  }

  async #checkChain(): Promise<void> {
    if (this.#isRightChain) return;
    const wanted = this.#init.chainId;
    const found = await this.#client.getChainId();
    if (found !== wanted) throw new WrongChainError({ wanted, found });
    this.#isRightChain = true;
  }
}

function receiptOf({ hash, height, result }: TxResponse, feeUakt: bigint): Receipt {
  const { code, codespace = '', log = '' } = result;
  if (code !== 0) throw new ChainRefusedError({ codespace, code, log });
  return { hash: toHex(hash).toUpperCase(), height, feeUakt };
}

function refusalOf(error: unknown): ChainRefusedError | undefined {
  if (error instanceof BroadcastTxError) {
    const { codespace, code, log } = error;
    return new ChainRefusedError({ codespace, code, log: log ?? '' });
  }
  return simulationRefusal(error);
}

// A simulation that fails is an error whose text alone holds the code: "Query failed with (6): ...".
function simulationRefusal(error: unknown): ChainRefusedError | undefined {
  const match =
    error instanceof Error && /^Query failed with \((\d+)\): ([^]*)$/.exec(error.message);
  if (!match) return undefined;
  const [, code = '0', log = ''] = match;
  const isSequence = /account sequence mismatch/.test(log);
  return new ChainRefusedError({
    codespace: 'simulation',
    code: isSequence ? WRONG_SEQUENCE : Number(code),
    log,
  });
}

// What the node did not answer to may be on its way all the same: blocks will tell.
function ignoreSilence(error: unknown): void {
  if (!(error instanceof ChainUnreachableError)) throw error;
}

/** The signer as cosmjs wants it. */
function offline(signer: Signer): OfflineDirectSigner {
  const { address, publicKey: pubkey } = signer;
  return {
    getAccounts: () => Promise.resolve([{ address, pubkey, algo: 'secp256k1' }]),
    signDirect: async (_address, signed) => {
      const signature = await signer.sign(sha256(makeSignBytes(signed)));
      return { signed, signature: encodeSecp256k1Signature(pubkey, signature) };
    },
  };
}

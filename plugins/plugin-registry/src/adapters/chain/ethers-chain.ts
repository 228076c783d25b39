import { refuseCutOff } from '@371os/kernel';
import { FetchRequest, isError, JsonRpcProvider, Network, type Block, type Log } from 'ethers';
import {
  CallRevertedError,
  NoFundsError,
  RpcUnreachableError,
  TransactionRefusedError,
  WrongChainError,
} from '../../chain-errors.ts';
import type {
  BlockReference,
  BroadcastAnswer,
  ContractCall,
  EventLog,
  EvmChain,
  GasFees,
  LogQuery,
  TransactionReceipt,
} from '../../ports/evm-chain.ts';
import { revertReasonOf } from './revert-reason.ts';

export interface EthersChainInit {
  readonly rpcUrl: string;
  readonly chainId: number;
  readonly timeoutMs: number;
}

// Room for the base fee to double, as most wallets leave it.
const FEE_ROOM = 2n;
const FALLBACK_TIP_WEI = 1_000_000_000n;

/** A chain through one JSON-RPC node, by ethers. */
export class EthersChain implements EvmChain {
  readonly chainId: number;
  readonly #url: string;
  readonly #provider: JsonRpcProvider;
  #checking: Promise<void> | undefined;

  constructor({ rpcUrl, chainId, timeoutMs }: EthersChainInit) {
    this.chainId = chainId;
    this.#url = rpcUrl;
    const request = new FetchRequest(rpcUrl);
    request.timeout = timeoutMs;
    this.#provider = new JsonRpcProvider(request, chainId, {
      staticNetwork: Network.from(chainId),
      // With its cache of 250 ms a chain that mines at once answers with a nonce that is used.
      cacheTimeout: -1,
      batchMaxCount: 1,
    });
  }

  async head(): Promise<BlockReference> {
    return this.#ask(async (node) => {
      const block = await node.getBlock('latest');
      if (!block) throw new RpcUnreachableError({ url: this.#url });
      return referenceOf(block);
    });
  }

  async block(number: number): Promise<BlockReference | undefined> {
    const block = await this.#ask((node) => node.getBlock(number));
    return block ? referenceOf(block) : undefined;
  }

  async nonceOf(address: string, atBlock?: number): Promise<number> {
    return this.#ask((node) => node.getTransactionCount(address, atBlock ?? 'latest'));
  }

  async pendingNonceOf(address: string): Promise<number> {
    return this.#ask((node) => node.getTransactionCount(address, 'pending'));
  }

  async balanceOf(address: string): Promise<bigint> {
    return this.#ask((node) => node.getBalance(address));
  }

  async fees(): Promise<GasFees> {
    return this.#ask(async (node) => {
      const block = await node.getBlock('latest');
      const { gasPrice, maxPriorityFeePerGas } = await node.getFeeData();
      const tipWei = maxPriorityFeePerGas ?? FALLBACK_TIP_WEI;
      const base = block?.baseFeePerGas ?? gasPrice ?? 0n;
      return { maxFeeWei: base * FEE_ROOM + tipWei, tipWei };
    });
  }

  async hasCode(address: string): Promise<boolean> {
    return (await this.#ask((node) => node.getCode(address))) !== '0x';
  }

  async call(
    { to, data }: ContractCall,
    { from, atBlock }: { from?: string; atBlock?: number | 'pending' } = {},
  ): Promise<string> {
    return this.#ask((node) =>
      node.call({
        to,
        data,
        ...(from === undefined ? {} : { from }),
        blockTag: atBlock ?? 'latest',
      }),
    );
  }

  async estimateGas({ to, data }: ContractCall, from: string): Promise<bigint> {
    return this.#ask((node) => node.estimateGas({ to, data, from }));
  }

  async broadcast(raw: string): Promise<BroadcastAnswer> {
    await this.#check();
    try {
      // Past ethers, whose way asks for blocks before it sends.
      await this.#provider.send('eth_sendRawTransaction', [raw]);
      return 'accepted';
    } catch (error) {
      return this.#readRefusal(error);
    }
  }

  async isKnown(hash: string): Promise<boolean> {
    return (await this.#ask((node) => node.getTransaction(hash))) !== null;
  }

  async receipt(hash: string): Promise<TransactionReceipt | undefined> {
    const receipt = await this.#ask((node) => node.getTransactionReceipt(hash));
    if (!receipt) return undefined;
    return {
      hash: receipt.hash,
      blockNumber: receipt.blockNumber,
      blockHash: receipt.blockHash,
      hasSucceeded: receipt.status === 1,
      feeWei: receipt.fee,
      logs: receipt.logs.map(logOf),
    };
  }

  async logs({ address, topics, fromBlock, toBlock }: LogQuery): Promise<readonly EventLog[]> {
    const filter = { address, topics: topics.map(topicOf), fromBlock, toBlock };
    return (await this.#ask((node) => node.getLogs(filter))).map(logOf);
  }

  async #ask<Result>(question: (node: JsonRpcProvider) => Promise<Result>): Promise<Result> {
    this.#refuseCutOff();
    await this.#check();
    try {
      return await question(this.#provider);
    } catch (error) {
      // It may be known by now why nobody has answered.
      if (!isError(error, 'CALL_EXCEPTION')) this.#refuseCutOff();
      throw this.#explain(error);
    }
  }

  // To whoever reads the chain it is one that does not answer; what can wait sees why.
  #refuseCutOff(): void {
    try {
      refuseCutOff(this.#url, "the chain's node");
    } catch (cause) {
      throw new RpcUnreachableError({ url: this.#url, cause });
    }
  }

  // Once for each connection that works: a node may be behind an address that changes.
  async #check(): Promise<void> {
    this.#checking ??= this.#checkChain();
    try {
      await this.#checking;
    } catch (error) {
      this.#checking = undefined;
      throw error;
    }
  }

  async #checkChain(): Promise<void> {
    let found: number;
    try {
      found = Number(await this.#provider.send('eth_chainId', []));
    } catch (error) {
      throw this.#explain(error);
    }
    if (found !== this.chainId) throw new WrongChainError({ wanted: this.chainId, found });
  }

  #explain(error: unknown): unknown {
    if (isError(error, 'CALL_EXCEPTION'))
      return new CallRevertedError({ reason: revertReasonOf(error) });
    if (isError(error, 'INSUFFICIENT_FUNDS')) return new NoFundsError({ address: 'that pays' });
    return error instanceof RpcUnreachableError
      ? error
      : new RpcUnreachableError({ url: this.#url, cause: error });
  }

  // Nodes agree on the meaning of these words, and not on codes.
  #readRefusal(error: unknown): BroadcastAnswer {
    const words = wordsOf(error);
    if (/already known|known transaction|already imported/i.test(words)) return 'accepted';
    if (/nonce too low|nonce has already been used/i.test(words)) return 'nonce-used';
    if (/underpriced|fee too low|less than block base fee/i.test(words)) return 'underpriced';
    if (/insufficient funds/i.test(words)) throw new NoFundsError({ address: 'that pays' });
    const refusal = nodeMessageOf(error);
    if (refusal !== undefined)
      throw new TransactionRefusedError({ problem: refusal.slice(0, 200), cause: error });
    throw new RpcUnreachableError({ url: this.#url, cause: error });
  }
}

function wordsOf(error: unknown): string {
  return `${nodeMessageOf(error) ?? ''} ${error instanceof Error ? error.message : ''}`;
}

// What the node itself has said, in the error that ethers makes of it.
function nodeMessageOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { error: answer, info } = error as { error?: unknown; info?: { error?: unknown } };
  for (const said of [answer, info?.error])
    if (typeof said === 'object' && said !== null && 'message' in said) return String(said.message);
  return undefined;
}

function referenceOf({ number, hash, timestamp }: Block): BlockReference {
  return { number, hash: hash ?? '', timestampMs: timestamp * 1_000 };
}

function logOf(log: Log): EventLog {
  const { address, topics, data, blockNumber, blockHash, transactionHash, index } = log;
  return { address, topics, data, blockNumber, blockHash, transactionHash, logIndex: index };
}

function topicOf(topic: string | readonly string[] | null): string | string[] | null {
  return typeof topic === 'object' && topic !== null ? [...topic] : topic;
}

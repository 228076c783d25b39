import { Fallbacks, refuseCutOff } from '@371os/kernel';
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
import { getUrl } from './get-url.ts';
import { revertReasonOf } from './revert-reason.ts';

export interface EthersChainInit {
  readonly rpcUrl: string;
  /** Other nodes of the same chain, asked while that one does not answer. */
  readonly fallbackUrls?: readonly string[] | undefined;
  readonly chainId: number;
  readonly timeoutMs: number;
}

// Room for the base fee to double, as most wallets leave it.
const FEE_ROOM = 2n;
const FALLBACK_TIP_WEI = 1_000_000_000n;

/** A node, which is asked once which chain it belongs to. */
interface Node {
  readonly provider: JsonRpcProvider;
  checking: Promise<void> | undefined;
}

/** A chain through JSON-RPC nodes, by ethers. */
export class EthersChain implements EvmChain {
  readonly chainId: number;
  readonly nodes: Fallbacks;
  readonly #timeoutMs: number;
  readonly #known = new Map<string, Node>();

  constructor({ rpcUrl, fallbackUrls = [], chainId, timeoutMs }: EthersChainInit) {
    this.chainId = chainId;
    this.nodes = new Fallbacks({ addresses: [rpcUrl, ...fallbackUrls] });
    this.#timeoutMs = timeoutMs;
  }

  async head(): Promise<BlockReference> {
    return this.#ask(async (node, url) => {
      const block = await node.getBlock('latest');
      if (!block) throw new RpcUnreachableError({ url });
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

  // The same transaction has the same hash, so that a second node may have it, too.
  async broadcast(raw: string): Promise<BroadcastAnswer> {
    return this.#askChecked(async ({ provider }, url) => {
      try {
        // Past ethers, whose way asks for blocks before it sends.
        await provider.send('eth_sendRawTransaction', [raw]);
        return 'accepted';
      } catch (error) {
        return readRefusal(error, url);
      }
    });
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

  async #ask<Result>(
    question: (node: JsonRpcProvider, url: string) => Promise<Result>,
  ): Promise<Result> {
    return this.#askChecked(async ({ provider }, url) => {
      try {
        return await question(provider, url);
      } catch (error) {
        throw explain(error, url);
      }
    });
  }

  async #askChecked<Result>(
    question: (node: Node, url: string) => Promise<Result>,
  ): Promise<Result> {
    return this.nodes.ask(
      async (url) => {
        refuseOutside(url);
        const node = this.#nodeAt(url);
        await this.#check(node, url);
        try {
          return await question(node, url);
        } catch (error) {
          // It may be known by now why nobody has answered.
          if (error instanceof RpcUnreachableError) refuseOutside(url);
          throw error;
        }
      },
      (error) => error instanceof RpcUnreachableError,
    );
  }

  #nodeAt(url: string): Node {
    let node = this.#known.get(url);
    if (!node) this.#known.set(url, (node = { provider: this.#connect(url), checking: undefined }));
    return node;
  }

  #connect(url: string): JsonRpcProvider {
    const request = new FetchRequest(url);
    request.timeout = this.#timeoutMs;
    request.getUrlFunc = getUrl;
    return new JsonRpcProvider(request, this.chainId, {
      staticNetwork: Network.from(this.chainId),
      // With its cache of 250 ms a chain that mines at once answers with a nonce that is used.
      cacheTimeout: -1,
      batchMaxCount: 1,
    });
  }

  // Once for each connection that works: a node may be behind an address that changes.
  async #check(node: Node, url: string): Promise<void> {
    node.checking ??= this.#checkChain(node, url);
    try {
      await node.checking;
    } catch (error) {
      node.checking = undefined;
      throw error;
    }
  }

  async #checkChain({ provider }: Node, url: string): Promise<void> {
    let found: number;
    try {
      found = Number(await provider.send('eth_chainId', []));
    } catch (error) {
      throw explain(error, url);
    }
    if (found !== this.chainId) throw new WrongChainError({ wanted: this.chainId, found });
  }
}

// To whoever reads the chain it is one that does not answer; what can wait sees why.
function refuseOutside(url: string): void {
  try {
    refuseCutOff(url, "the chain's node");
  } catch (cause) {
    throw new RpcUnreachableError({ url, cause });
  }
}

function explain(error: unknown, url: string): unknown {
  if (isError(error, 'CALL_EXCEPTION'))
    return new CallRevertedError({ reason: revertReasonOf(error) });
  if (isError(error, 'INSUFFICIENT_FUNDS')) return new NoFundsError({ address: 'that pays' });
  return error instanceof RpcUnreachableError
    ? error
    : new RpcUnreachableError({ url, cause: error });
}

// Nodes agree on the meaning of these words, and not on codes.
function readRefusal(error: unknown, url: string): BroadcastAnswer {
  const words = wordsOf(error);
  if (/already known|known transaction|already imported/i.test(words)) return 'accepted';
  if (/nonce too low|nonce has already been used/i.test(words)) return 'nonce-used';
  if (/underpriced|fee too low|less than block base fee/i.test(words)) return 'underpriced';
  if (/insufficient funds/i.test(words)) throw new NoFundsError({ address: 'that pays' });
  const refusal = nodeMessageOf(error);
  if (refusal !== undefined)
    throw new TransactionRefusedError({ problem: refusal.slice(0, 200), cause: error });
  throw new RpcUnreachableError({ url, cause: error });
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

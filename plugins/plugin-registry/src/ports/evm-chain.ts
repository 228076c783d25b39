/** A block as one node tells it. */
export interface BlockReference {
  readonly number: number;
  readonly hash: string;
  /** Milliseconds since 1970. */
  readonly timestampMs: number;
}

/** A call of a contract; no value is ever sent along. */
export interface ContractCall {
  readonly to: string;
  /** ABI-encoded, `0x...`. */
  readonly data: string;
}

/** Fees of a unit of gas, in wei. */
export interface GasFees {
  readonly maxFeeWei: bigint;
  readonly tipWei: bigint;
}

/** What a signer signs. */
export interface UnsignedTransaction extends ContractCall, GasFees {
  readonly chainId: number;
  readonly nonce: number;
  readonly gasLimit: bigint;
}

export interface EventLog {
  readonly address: string;
  readonly topics: readonly string[];
  readonly data: string;
  readonly blockNumber: number;
  readonly blockHash: string;
  readonly transactionHash: string;
  readonly logIndex: number;
}

/** Which logs: of one contract, by topics, in blocks from and to, both included. */
export interface LogQuery {
  readonly address: string;
  readonly topics: readonly (string | readonly string[] | null)[];
  readonly fromBlock: number;
  readonly toBlock: number;
}

export interface TransactionReceipt {
  readonly hash: string;
  readonly blockNumber: number;
  readonly blockHash: string;
  readonly hasSucceeded: boolean;
  readonly feeWei: bigint;
  readonly logs: readonly EventLog[];
}

/** What a node says to a transaction. */
export type BroadcastAnswer = 'accepted' | 'nonce-used' | 'underpriced';

/**
 * A chain as one node shows it, checked to be the one of the settings. Every method throws
 * RpcUnreachableError when the node does not answer in time, and WrongChainError.
 */
export interface EvmChain {
  readonly chainId: number;
  head(): Promise<BlockReference>;
  block(number: number): Promise<BlockReference | undefined>;
  /** How many transactions an account has in blocks, up to a block if one is given. */
  nonceOf(address: string, atBlock?: number): Promise<number>;
  /** The same with those that the node has waiting without a gap. */
  pendingNonceOf(address: string): Promise<number>;
  balanceOf(address: string): Promise<bigint>;
  /** What gets a transaction into one of the next blocks. */
  fees(): Promise<GasFees>;
  hasCode(address: string): Promise<boolean>;
  /** Calls without a transaction. @throws CallRevertedError with the contract's reason */
  call(
    call: ContractCall,
    options?: { from?: string; atBlock?: number | 'pending' },
  ): Promise<string>;
  /** Gas that a call takes now. @throws CallRevertedError */
  estimateGas(call: ContractCall, from: string): Promise<bigint>;
  /** Hands a signed transaction to the node. @throws NoFundsError, TransactionRefusedError */
  broadcast(raw: string): Promise<BroadcastAnswer>;
  /** Whether the node knows a transaction, in a block or waiting. */
  isKnown(hash: string): Promise<boolean>;
  receipt(hash: string): Promise<TransactionReceipt | undefined>;
  logs(query: LogQuery): Promise<readonly EventLog[]>;
}

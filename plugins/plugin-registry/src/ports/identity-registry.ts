import type { RegistryReference } from '../domain/agent-id.ts';
import type { ContractCall, TransactionReceipt } from './evm-chain.ts';

/** What the chain holds of an agent. */
export interface AgentEntry {
  readonly agentId: bigint;
  readonly owner: string;
  /** Where its registration file is; may be empty. */
  readonly uri: string;
  /** The account that the agent acts with; undefined when it has none. */
  readonly wallet: string | undefined;
}

export interface MetadataEntry {
  readonly key: string;
  /** `0x...` */
  readonly value: string;
}

interface EventPlace {
  readonly agentId: bigint;
  readonly blockNumber: number;
  readonly blockHash: string;
  readonly transactionHash: string;
  readonly logIndex: number;
}

/** What happened in a registry. */
export type RegistryEvent = EventPlace &
  (
    | { readonly kind: 'registered'; readonly uri: string; readonly owner: string }
    | { readonly kind: 'uri'; readonly uri: string }
    | { readonly kind: 'transfer'; readonly from: string; readonly to: string }
    | { readonly kind: 'metadata'; readonly key: string; readonly value: string }
  );

export interface EventRange {
  /** Both included; to the newest one by default. */
  readonly fromBlock: number;
  readonly toBlock?: number | undefined;
  /** Only registrations by this owner. */
  readonly registeredBy?: string | undefined;
}

/**
 * An identity registry of ERC-8004. Every method throws RpcUnreachableError, WrongChainError, and
 * NoContractError when the address holds no code.
 */
export interface IdentityRegistry {
  readonly reference: RegistryReference;
  /** Undefined when there is no such agent. */
  agent(agentId: bigint, atBlock?: number): Promise<AgentEntry | undefined>;
  /** `0x` when nothing is kept under the key. */
  metadata(agentId: bigint, key: string, atBlock?: number): Promise<string>;
  /** In the order in which they happened. Asked for in pieces that nodes accept. */
  events(range: EventRange): Promise<readonly RegistryEvent[]>;
  /** Whether an account may act for an agent: its owner, or whom the owner allows it. */
  mayAct(account: string, agentId: bigint): Promise<boolean>;
  /** The number that a registration by `from` would get now. @throws CallRevertedError */
  nextId(from: string): Promise<bigint>;
  registration(uri: string, metadata: readonly MetadataEntry[]): ContractCall;
  uriChange(agentId: bigint, uri: string): ContractCall;
  /** The number that a transaction has registered; undefined when it registered none. */
  registeredIn(receipt: TransactionReceipt): bigint | undefined;
}

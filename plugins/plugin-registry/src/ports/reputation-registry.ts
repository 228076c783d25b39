import type { PlacedEvent } from './agent-sources.ts';
import type { ContractCall } from './evm-chain.ts';

/** One rating as it goes on chain. */
export interface OnChainRating {
  readonly agentId: bigint;
  /** 0 to 100. */
  readonly value: number;
  /** Which of the agent's qualities was rated. */
  readonly category: string;
  /** Where the agent was called; may be empty. */
  readonly endpoint: string;
  /** `0x...`, 32 bytes. */
  readonly evidenceHash: string;
}

/** A reputation registry of ERC-8004. */
export interface ReputationRegistry {
  readonly address: string;
  /** Feedback that was given and revoked in blocks from and to, both included. */
  events(fromBlock: number, toBlock: number): Promise<readonly PlacedEvent[]>;
  rating(rating: OnChainRating): ContractCall;
}

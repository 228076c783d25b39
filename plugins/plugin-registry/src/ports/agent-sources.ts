import type { Profile } from '../domain/discovery/indexed-agent.ts';
import type { AgentEvent } from '../domain/discovery/fold-events.ts';
import type { BlockReference } from './evm-chain.ts';

/** An event with its place on chain. */
export interface PlacedEvent {
  readonly agentId: string;
  readonly blockNumber: number;
  readonly logIndex: number;
  readonly event: AgentEvent;
}

/** What happens in an identity registry and the reputation registry beside it. */
export interface RegistryHistory {
  /** `eip155:{chainId}:{address}` */
  readonly registry: string;
  head(): Promise<BlockReference>;
  block(number: number): Promise<BlockReference | undefined>;
  /** In blocks from and to, both included, in no particular order. @throws RpcUnreachableError */
  events(fromBlock: number, toBlock: number): Promise<readonly PlacedEvent[]>;
}

/** An agent as chain and verified file tell it at one block. */
export interface ReadAgent {
  readonly id: string;
  readonly owner: string;
  readonly wallet: string | undefined;
  readonly uri: string;
  readonly blockNumber: number;
  /** Up by its own word, as far as it vouches for that. */
  readonly isUp: boolean;
  readonly profile: Profile;
}

/** Reads agents of the registry anew, and verifies what their files say. */
export interface AgentReader {
  /**
   * @throws UnverifiedAgentError with what is wrong; UnknownAgentError, RpcUnreachableError,
   *   ContentUnreachableError
   */
  read(agentId: string): Promise<ReadAgent>;
}

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

/** Registration files of strangers, verified. */
export interface ProfileReader {
  /** @throws an error whose message says what is wrong with the file */
  read(agent: { agentId: string; owner: string; uri: string }): Promise<Profile>;
}

import { registryName } from '../../domain/agent-id.ts';
import type { AgentEvent } from '../../domain/discovery/fold-events.ts';
import type { PlacedEvent, RegistryHistory } from '../../ports/agent-sources.ts';
import type { BlockReference, EvmChain } from '../../ports/evm-chain.ts';
import type { IdentityRegistry, RegistryEvent } from '../../ports/identity-registry.ts';
import type { ReputationRegistry } from '../../ports/reputation-registry.ts';

export interface EthersRegistryHistoryInit {
  readonly chain: EvmChain;
  readonly identities: IdentityRegistry;
  readonly reputations: ReputationRegistry | undefined;
}

// A file in a data URI has 256 KiB, and base 64 makes a third more of it.
const LONGEST_URI = 360_000;
const LONGEST_VALUE = 2_048;

/** What happens in both registries, in one row. */
export class EthersRegistryHistory implements RegistryHistory {
  readonly registry: string;
  readonly #init: EthersRegistryHistoryInit;

  constructor(init: EthersRegistryHistoryInit) {
    this.registry = registryName(init.identities.reference);
    this.#init = init;
  }

  async head(): Promise<BlockReference> {
    return this.#init.chain.head();
  }

  async block(number: number): Promise<BlockReference | undefined> {
    return this.#init.chain.block(number);
  }

  async events(fromBlock: number, toBlock: number): Promise<readonly PlacedEvent[]> {
    const { identities, reputations } = this.#init;
    const [told, rated = []] = await Promise.all([
      identities.events({ fromBlock, toBlock }),
      reputations?.events(fromBlock, toBlock),
    ]);
    return [...told.map(placed), ...rated];
  }
}

function placed(told: RegistryEvent): PlacedEvent {
  const { agentId, blockNumber, logIndex } = told;
  return { agentId: String(agentId), blockNumber, logIndex, event: eventOf(told) };
}

// Strangers pay for what they write, and not for what we keep.
function eventOf(told: RegistryEvent): AgentEvent {
  switch (told.kind) {
    case 'registered':
      return { kind: 'registered', owner: told.owner, uri: told.uri.slice(0, LONGEST_URI) };
    case 'uri':
      return { kind: 'uri', uri: told.uri.slice(0, LONGEST_URI) };
    case 'transfer':
      return { kind: 'transfer', to: told.to };
    case 'metadata':
      return {
        ...{ kind: 'metadata', key: told.key.slice(0, 64) },
        value: told.value.slice(0, LONGEST_VALUE),
      };
  }
}

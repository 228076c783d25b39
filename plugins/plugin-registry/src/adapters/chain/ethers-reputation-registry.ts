import { REPUTATION_REGISTRY } from '@371os/contracts';
import { getAddress, Interface } from 'ethers';
import type { AgentEvent } from '../../domain/discovery/fold-events.ts';
import type { PlacedEvent } from '../../ports/agent-sources.ts';
import type { ContractCall, EventLog, EvmChain } from '../../ports/evm-chain.ts';
import type { OnChainRating, ReputationRegistry } from '../../ports/reputation-registry.ts';

const ABI = new Interface(REPUTATION_REGISTRY.abi);
const KINDS = ['NewFeedback', 'FeedbackRevoked'];
const RATING_TAG = 'starred';

interface FeedbackValues {
  readonly agentId: bigint;
  readonly clientAddress: string;
  readonly feedbackIndex: bigint;
  readonly value: bigint;
  readonly valueDecimals: bigint;
  readonly tag1: string;
}

/** A reputation registry by its address. */
export class EthersReputationRegistry implements ReputationRegistry {
  readonly address: string;
  readonly #chain: EvmChain;

  constructor({ chain, address }: { chain: EvmChain; address: string }) {
    this.address = getAddress(address);
    this.#chain = chain;
  }

  async events(fromBlock: number, toBlock: number): Promise<readonly PlacedEvent[]> {
    const topics = [KINDS.map((name) => ABI.getEvent(name)?.topicHash ?? '')];
    const logs = await this.#chain.logs({ address: this.address, topics, fromBlock, toBlock });
    return logs.flatMap(eventOf);
  }

  rating({ agentId, value, category, endpoint, evidenceHash }: OnChainRating): ContractCall {
    const values = [agentId, value, 0, RATING_TAG, category, endpoint, '', evidenceHash];
    return { to: this.address, data: ABI.encodeFunctionData('giveFeedback', values) };
  }
}

// Whoever gives feedback chooses its texts; one that cannot be read is none.
function eventOf({ topics, data, blockNumber, logIndex }: EventLog): PlacedEvent[] {
  try {
    const parsed = ABI.parseLog({ topics, data });
    if (!parsed) return [];
    const values = parsed.args.toObject() as unknown as FeedbackValues;
    const event = readEvent(parsed.name, values);
    return [{ agentId: String(values.agentId), blockNumber, logIndex, event }];
  } catch {
    return [];
  }
}

function readEvent(name: string, values: FeedbackValues): AgentEvent {
  const client = values.clientAddress.toLowerCase();
  const index = String(values.feedbackIndex);
  if (name === 'FeedbackRevoked') return { kind: 'revoked', client, index };
  return {
    ...{ kind: 'feedback', client, index, value: String(values.value) },
    ...{ decimals: Number(values.valueDecimals), tag: values.tag1.slice(0, 64) },
  };
}

import { getAddress, ZeroAddress, type LogDescription } from 'ethers';
import { CallRevertedError, NoContractError } from '../../chain-errors.ts';
import type { RegistryReference } from '../../domain/agent-id.ts';
import type {
  ContractCall,
  EventLog,
  EvmChain,
  TransactionReceipt,
} from '../../ports/evm-chain.ts';
import type {
  AgentEntry,
  EventRange,
  IdentityRegistry,
  MetadataEntry,
  RegistryEvent,
} from '../../ports/identity-registry.ts';
import { REGISTER, REGISTRY_ABI } from './registry-abi.ts';

export interface EthersIdentityRegistryInit {
  readonly chain: EvmChain;
  readonly address: string;
  /** Most blocks that are asked for at once. */
  readonly blocksAtOnce?: number | undefined;
}

// Public nodes refuse more, or answer late.
const BLOCKS_AT_ONCE = 5_000;
const KINDS = ['Registered', 'URIUpdated', 'MetadataSet', 'Transfer'] as const;
const NO_SUCH_AGENT = /ERC721NonexistentToken|nonexistent|invalid token/i;

/** An identity registry by its address. */
export class EthersIdentityRegistry implements IdentityRegistry {
  readonly reference: RegistryReference;
  readonly #chain: EvmChain;
  readonly #blocksAtOnce: number;
  #checking: Promise<void> | undefined;

  constructor({ chain, address, blocksAtOnce = BLOCKS_AT_ONCE }: EthersIdentityRegistryInit) {
    this.reference = { chainId: chain.chainId, address: getAddress(address) };
    this.#chain = chain;
    this.#blocksAtOnce = blocksAtOnce;
  }

  async agent(agentId: bigint, atBlock?: number): Promise<AgentEntry | undefined> {
    try {
      const [owner, uri, wallet] = await Promise.all([
        this.#read('ownerOf', [agentId], atBlock),
        this.#read('tokenURI', [agentId], atBlock),
        this.#read('getAgentWallet', [agentId], atBlock),
      ]);
      const hasWallet = wallet !== ZeroAddress;
      return {
        agentId,
        owner: owner as string,
        uri: uri as string,
        wallet: hasWallet ? (wallet as string) : undefined,
      };
    } catch (error) {
      if (error instanceof CallRevertedError && NO_SUCH_AGENT.test(error.message)) return undefined;
      throw error;
    }
  }

  async metadata(agentId: bigint, key: string, atBlock?: number): Promise<string> {
    return (await this.#read('getMetadata', [agentId, key], atBlock)) as string;
  }

  async events(range: EventRange): Promise<readonly RegistryEvent[]> {
    await this.#check();
    const topics = topicsFor(range);
    const last = range.toBlock ?? (await this.#chain.head()).number;
    const found: RegistryEvent[] = [];
    for (let from = range.fromBlock; from <= last; from += this.#blocksAtOnce) {
      const toBlock = Math.min(from + this.#blocksAtOnce - 1, last);
      const query = { address: this.reference.address, topics, fromBlock: from, toBlock };
      for (const log of await this.#chain.logs(query)) found.push(...eventOf(log));
    }
    return found;
  }

  async mayAct(account: string, agentId: bigint): Promise<boolean> {
    return (await this.#read('isAuthorizedOrOwner', [account, agentId])) as boolean;
  }

  async nextId(from: string): Promise<bigint> {
    await this.#check();
    const call = this.registration('', []);
    // With what the node has waiting: registrations that were sent before count.
    const answer = await this.#chain.call(call, { from, atBlock: 'pending' });
    return decode(REGISTER, answer) as bigint;
  }

  registration(uri: string, metadata: readonly MetadataEntry[]): ContractCall {
    const entries = metadata.map(({ key, value }) => [key, value]);
    return this.#callOf(REGISTER, [uri, entries]);
  }

  uriChange(agentId: bigint, uri: string): ContractCall {
    return this.#callOf('setAgentURI', [agentId, uri]);
  }

  registeredIn(receipt: TransactionReceipt): bigint | undefined {
    const address = this.reference.address.toLowerCase();
    const ours = receipt.logs.filter((log) => log.address.toLowerCase() === address);
    return ours.flatMap(eventOf).find(({ kind }) => kind === 'registered')?.agentId;
  }

  #callOf(name: string, values: readonly unknown[]): ContractCall {
    return { to: this.reference.address, data: REGISTRY_ABI.encodeFunctionData(name, values) };
  }

  async #read(name: string, values: readonly unknown[], atBlock?: number): Promise<unknown> {
    await this.#check();
    const options = atBlock === undefined ? {} : { atBlock };
    const answer = await this.#chain.call(this.#callOf(name, values), options);
    return decode(name, answer);
  }

  // A wrong address would take every call and do nothing.
  async #check(): Promise<void> {
    this.#checking ??= this.#checkCode();
    try {
      await this.#checking;
    } catch (error) {
      this.#checking = undefined;
      throw error;
    }
  }

  async #checkCode(): Promise<void> {
    if (!(await this.#chain.hasCode(this.reference.address)))
      throw new NoContractError(this.reference);
  }
}

// A contract of another kind answers with something else, or with nothing.
function decode(name: string, answer: string): unknown {
  try {
    return (REGISTRY_ABI.decodeFunctionResult(name, answer) as unknown as unknown[])[0];
  } catch {
    throw new CallRevertedError({ reason: 'it is no identity registry of ERC-8004' });
  }
}

function topicsFor({ registeredBy }: EventRange): (string | string[] | null)[] {
  if (registeredBy !== undefined)
    return REGISTRY_ABI.encodeFilterTopics('Registered', [null, null, registeredBy]);
  return [KINDS.map((name) => REGISTRY_ABI.getEvent(name)?.topicHash ?? '')];
}

// A log of another event, or of another contract's event of the same name, is none.
function eventOf(log: EventLog): RegistryEvent[] {
  const { blockNumber, blockHash, transactionHash, logIndex } = log;
  const parsed = parse(log);
  const event = parsed && readEvent(parsed);
  return event ? [{ ...event, blockNumber, blockHash, transactionHash, logIndex }] : [];
}

function parse({ topics, data }: EventLog): LogDescription | null {
  try {
    return REGISTRY_ABI.parseLog({ topics, data });
  } catch {
    return null;
  }
}

type EventWithoutPlace = RegistryEvent extends infer Event
  ? Event extends RegistryEvent
    ? Omit<Event, 'blockNumber' | 'blockHash' | 'transactionHash' | 'logIndex'>
    : never
  : never;

function readEvent({ name, args }: LogDescription): EventWithoutPlace | undefined {
  const text = (field: string): string => args.getValue(field) as string;
  const number = (field: string): bigint => args.getValue(field) as bigint;
  switch (name) {
    case 'Registered': {
      const [uri, owner] = [text('agentURI'), text('owner')];
      return { kind: 'registered', agentId: number('agentId'), uri, owner };
    }
    case 'URIUpdated':
      return { kind: 'uri', agentId: number('agentId'), uri: text('newURI') };
    case 'MetadataSet': {
      const [key, value] = [text('metadataKey'), text('metadataValue')];
      return { kind: 'metadata', agentId: number('agentId'), key, value };
    }
    case 'Transfer': {
      const [from, to] = args.toArray() as [string, string];
      return { kind: 'transfer', agentId: number('tokenId'), from, to };
    }
    default:
      return undefined;
  }
}

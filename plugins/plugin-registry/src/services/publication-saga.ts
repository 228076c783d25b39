import { BaseError, type Clock } from '@371os/kernel';
import type { Json, Saga, SagaContext, SagaStep } from '@371os/plugin-tasks';
import { canonicalJson } from '../domain/canonical-json.ts';
import type { Published } from '../domain/publication.ts';
import {
  composeFile,
  signedText,
  typedRegistration,
  type AgentProfile,
} from '../domain/registration-file.ts';
import type { ContentStore } from '../ports/content-store.ts';
import type { ContractCall, TransactionReceipt } from '../ports/evm-chain.ts';
import type { IdentityRegistry } from '../ports/identity-registry.ts';
import type { Signatures } from '../ports/signatures.ts';
import type { Signer } from '../ports/signer.ts';
import type { GasScopes } from './gas-account.ts';
import type { Submission, TransactionQueue } from './transaction-queue.ts';

export interface PublicationSagaComponents {
  readonly identities: IdentityRegistry;
  readonly content: ContentStore;
  readonly signatures: Signatures;
  readonly signer: Signer;
  readonly queue: TransactionQueue;
  readonly now: Clock;
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
  /** How often what fails for the moment is tried again, and for how long. */
  readonly pollMs: number;
  readonly patienceMs: number;
  /** No registration of this key is in an earlier block. */
  readonly fromBlock: number;
}

export interface PublicationSagaInit {
  readonly id: string;
  readonly did: string;
  readonly profile: AgentProfile;
  /** The number on chain, where it is known. */
  readonly agentId: bigint | undefined;
  /** The number of the file, asked for once. */
  readonly sequence: () => Promise<number>;
  readonly scopes: GasScopes;
  readonly onSent: () => void;
}

interface Composed {
  readonly [key: string]: Json;
  /** Undefined when the agent is new. */
  readonly agentId: string | null;
  /** The number that the file names: a new agent's is foreseen. */
  readonly namedId: string;
  readonly sequence: number;
  readonly text: string;
}

/** The key under which the chain keeps an agent's DID, so that it is found again by it. */
const DID_KEY = 'did';

/** The steps that publish one file of one agent: all done in the end, or nothing of it on chain. */
export class PublicationSaga {
  readonly #components: PublicationSagaComponents;
  readonly #init: PublicationSagaInit;

  constructor(components: PublicationSagaComponents, init: PublicationSagaInit) {
    this.#components = components;
    this.#init = init;
  }

  /** What `saga` carries out; {@link readPublished} reads what comes of it. */
  saga(): Saga {
    return { id: this.#init.id, steps: this.#steps() };
  }

  #steps(): SagaStep[] {
    return [
      { name: 'compose', do: ({ signal }) => this.#patiently(() => this.#compose(), signal) },
      {
        name: 'pin',
        do: (context) => this.#patiently(() => this.#pin(context), context.signal),
        undo: (context) => this.#patiently(() => this.#unpin(context), context.signal),
      },
      {
        name: 'transaction',
        do: (context) => this.#patiently(() => this.#send(context), context.signal),
        undo: (context) => this.#patiently(() => this.#withdraw(context), context.signal),
      },
      {
        name: 'confirmed',
        do: (context) => this.#patiently(() => this.#confirm(context), context.signal),
      },
    ];
  }

  // The text is kept before it is pinned: whoever goes on publishes the same file.
  async #compose(): Promise<Composed> {
    const { identities, signer, signatures, now } = this.#components;
    const { profile, did } = this.#init;
    const known = this.#init.agentId ?? (await this.#findByDid());
    const agentId = known ?? (await identities.nextId(signer.address));
    const stamp = {
      agent: { registry: identities.reference, agentId },
      sequence: await this.#init.sequence(),
      issuedAt: new Date(now()).toISOString(),
    };
    const file = composeFile({ ...profile, did }, stamp);
    const data = typedRegistration(stamp, signatures.hashText(signedText(file)));
    const signature = {
      scheme: 'eip712',
      signer: signer.address,
      value: await signer.signTypedData(data),
    };
    return {
      agentId: known === undefined ? null : String(known),
      namedId: String(agentId),
      sequence: stamp.sequence,
      text: canonicalJson({ ...file, signature }),
    };
  }

  // A database that was lost must not lead to a second number for the same agent.
  async #findByDid(): Promise<bigint | undefined> {
    const { identities, signer, fromBlock } = this.#components;
    return findByDid(identities, { did: this.#init.did, owner: signer.address, fromBlock });
  }

  async #pin({ results }: SagaContext): Promise<Json> {
    return this.#components.content.add(Buffer.from(composedIn(results).text));
  }

  async #unpin({ results }: SagaContext): Promise<void> {
    const { pin: cid } = results;
    if (typeof cid === 'string') await this.#components.content.unpin(cid);
  }

  async #send(context: SagaContext): Promise<Json> {
    const { queue } = this.#components;
    return presentReceipt(await queue.submit(this.#submission(context), context.signal));
  }

  // What has had its effect stays: the next publication finds the agent by its DID.
  async #withdraw(context: SagaContext): Promise<void> {
    await this.#components.queue.withdraw(this.#submission(context).key, context.signal);
  }

  async #confirm(context: SagaContext): Promise<Json> {
    const { queue, identities } = this.#components;
    const receipt = await queue.confirm(this.#submission(context), context.signal);
    const registered = identities.registeredIn(receipt);
    const { agentId, namedId } = composedIn(context.results);
    return {
      ...presentReceipt(receipt),
      agentId: registered === undefined ? (agentId ?? namedId) : String(registered),
    };
  }

  #submission(context: SagaContext): Submission {
    const { id, scopes, onSent } = this.#init;
    return { key: id, call: this.#call(context), scopes, onSent };
  }

  #call({ results }: SagaContext): ContractCall {
    const { identities } = this.#components;
    const { agentId } = composedIn(results);
    const uri = `ipfs://${results['pin'] as string}`;
    if (agentId !== null) return identities.uriChange(BigInt(agentId), uri);
    const did = `0x${Buffer.from(this.#init.did).toString('hex')}`;
    return identities.registration(uri, [{ key: DID_KEY, value: did }]);
  }

  // What is down for a moment must not have the agent's registration taken back.
  async #patiently<Result>(work: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
    const { now, pause, pollMs, patienceMs } = this.#components;
    for (const end = now() + patienceMs; ;) {
      try {
        return await work();
      } catch (error) {
        if (!BaseError.isInstance(error) || !error.isRetryable || now() > end) throw error;
      }
      await pause(pollMs, signal);
    }
  }
}

/** The number of an owner's agent that was registered under a DID; the first one, if there are several. */
export async function findByDid(
  identities: IdentityRegistry,
  { did, owner, fromBlock }: { did: string; owner: string; fromBlock: number },
): Promise<bigint | undefined> {
  const wanted = `0x${Buffer.from(did).toString('hex')}`;
  const events = await identities.events({ fromBlock, registeredBy: owner });
  for (const { kind, agentId } of events) {
    if (kind !== 'registered' || (await identities.metadata(agentId, DID_KEY)) !== wanted) continue;
    const entry = await identities.agent(agentId);
    if (entry?.owner.toLowerCase() === owner.toLowerCase()) return agentId;
  }
  return undefined;
}

/** What a saga has published, and whether the file names another agent than the chain does. */
export function readPublished(
  results: Readonly<Record<string, Json | undefined>>,
  init: Pick<Published, 'profile' | 'owner' | 'publicationId'>,
): { published: Published; isMisnamed: boolean } {
  const { namedId, sequence } = composedIn(results);
  const confirmed = results['confirmed'] as {
    agentId: string;
    transactionHash: string;
    blockNumber: number;
  };
  return {
    isMisnamed: confirmed.agentId !== namedId,
    published: {
      agentId: BigInt(confirmed.agentId),
      ...init,
      sequence,
      cid: results['pin'] as string,
      transactionHash: confirmed.transactionHash,
      blockNumber: confirmed.blockNumber,
    },
  };
}

function presentReceipt({ hash, blockNumber }: TransactionReceipt): { [key: string]: Json } {
  return { transactionHash: hash, blockNumber };
}

function composedIn(results: SagaContext['results']): Composed {
  return results['compose'] as Composed;
}

import {
  AgentCard,
  canonicalizeAgentCard,
  Role,
  TaskState as A2aState,
  type Message,
  type Part,
  type Task as A2aTask,
} from '@a2a-js/sdk';
import type { Client } from '@a2a-js/sdk/client';
import { InvalidAgentResponseError } from '@a2a-js/sdk/errors';
import { BaseError } from '@371os/kernel';
import { a2aFactory, cardUrlOf, GuardedFetch } from '@371os/plugin-registry';
import {
  base64url,
  calculateJwkThumbprint,
  decodeProtectedHeader,
  flattenedVerify,
  type JWK,
} from 'jose';
import { HAND_ON } from '../../domain/a2a/hand-on.ts';
import { CARD_OWNER, cardOwner, type CardOwner } from '../../domain/a2a/card-owner.ts';
import { CardRefusedError } from '../../errors/a2a.ts';

export interface RemoteClientInit {
  readonly isLoopbackAllowed: boolean;
  /** The token for an origin; undefined when there is none. */
  readonly tokenFor: (origin: string) => string | undefined;
}

/** What is sent to a remote agent. */
export interface RemoteMessage {
  readonly messageId: string;
  readonly contextId: string;
  /** Its own id of the task that this goes on with; '' for a new one. */
  readonly remoteId: string;
  readonly text: string;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** A task, or an answer without one, as a remote agent tells it. It is a stranger's word. */
export interface RemoteView {
  /** '' for an answer without a task. */
  readonly remoteId: string;
  readonly state:
    | 'SUBMITTED'
    | 'WORKING'
    | 'COMPLETED'
    | 'FAILED'
    | 'CANCELED'
    | 'INPUT_REQUIRED'
    | 'REJECTED'
    | 'AUTH_REQUIRED';
  readonly answer: string;
}

/** A card that was read, and what is known of whose it is. */
export interface ReadCard {
  readonly card: AgentCard;
  /** The thumbprint of the key that has signed it; undefined when nobody has. */
  readonly key: string | undefined;
  /** Who says that the key is theirs; not yet verified. */
  readonly owner: CardOwner | undefined;
}

const CALL_MS = 15_000;
const MOST_BYTES = 2_000_000;
const MOST_CARD_BYTES = 262_144;
const MOST_ANSWER = 200_000;
// Each may have us fetch keys.
const MOST_SIGNATURES = 4;
const ASYMMETRIC = new Set(['EC', 'OKP', 'RSA']);

const STATES: Partial<Record<A2aState, RemoteView['state']>> = {
  [A2aState.TASK_STATE_SUBMITTED]: 'SUBMITTED',
  [A2aState.TASK_STATE_WORKING]: 'WORKING',
  [A2aState.TASK_STATE_COMPLETED]: 'COMPLETED',
  [A2aState.TASK_STATE_FAILED]: 'FAILED',
  [A2aState.TASK_STATE_CANCELED]: 'CANCELED',
  [A2aState.TASK_STATE_INPUT_REQUIRED]: 'INPUT_REQUIRED',
  [A2aState.TASK_STATE_REJECTED]: 'REJECTED',
  [A2aState.TASK_STATE_AUTH_REQUIRED]: 'AUTH_REQUIRED',
};

/** Speaks A2A with agents of others: bounded in time and size, and never with an address within. */
export class RemoteClient {
  readonly #init: RemoteClientInit;

  constructor(init: RemoteClientInit) {
    this.#init = init;
  }

  /**
   * Reads a card and verifies its signature, where it has one.
   * @throws CardRefusedError, and what the guard throws
   */
  async readCard(url: string): Promise<ReadCard> {
    const place = cardUrlOf(url);
    const card = AgentCard.fromJSON(await this.#json(place, MOST_CARD_BYTES));
    if (card.name === '' || card.supportedInterfaces.length === 0)
      throw new CardRefusedError({ url: place, problem: 'it names nobody, or no way to ask' });
    return card.signatures.length === 0
      ? { card, key: undefined, owner: undefined }
      : { card, ...(await this.#verify(place, card)) };
  }

  /** Sends a message, without waiting for its end. */
  async send(card: AgentCard, message: RemoteMessage): Promise<RemoteView> {
    return this.#call(card, async (client, signal) => {
      const answer = await client.sendMessage(
        {
          ...{ tenant: '', metadata: undefined, message: messageOf(message) },
          configuration: {
            acceptedOutputModes: ['text/plain', 'application/json'],
            taskPushNotificationConfig: undefined,
            ...{ historyLength: 0, returnImmediately: true },
          },
        },
        { signal },
      );
      return 'parts' in answer
        ? { remoteId: '', state: 'COMPLETED', answer: textIn(answer.parts) }
        : viewOf(answer);
    });
  }

  async get(card: AgentCard, remoteId: string): Promise<RemoteView> {
    return this.#call(card, async (client, signal) =>
      viewOf(await client.getTask({ tenant: '', id: remoteId, historyLength: 0 }, { signal })),
    );
  }

  async cancel(card: AgentCard, remoteId: string): Promise<RemoteView> {
    return this.#call(card, async (client, signal) =>
      viewOf(
        await client.cancelTask({ tenant: '', id: remoteId, metadata: undefined }, { signal }),
      ),
    );
  }

  async #call<Result>(
    card: AgentCard,
    work: (client: Client, signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    const guard = this.#guard(MOST_BYTES);
    const factory = a2aFactory(this.#withToken(guard.fetch));
    try {
      const client = await factory.createFromAgentCard(card);
      return await work(client, AbortSignal.timeout(CALL_MS));
    } catch (error) {
      // The kit wraps what the guard says until nobody knows it.
      throw BaseError.isInstance(guard.failure) ? guard.failure : error;
    }
  }

  #guard(mostBytes: number): GuardedFetch {
    const { isLoopbackAllowed } = this.#init;
    const signal = AbortSignal.timeout(CALL_MS);
    return new GuardedFetch({ isLoopbackAllowed, mostBytes, signal, headers: {} });
  }

  // A token goes to the origin that it is for, whatever the card says.
  #withToken(plain: typeof fetch): typeof fetch {
    return (input, init) => {
      const request = new Request(input, init);
      const token = this.#init.tokenFor(new URL(request.url).origin);
      if (token !== undefined) request.headers.set('Authorization', `Bearer ${token}`);
      return plain(request);
    };
  }

  async #json(url: string, mostBytes: number): Promise<unknown> {
    const answer = await this.#withToken(this.#guard(mostBytes).fetch)(url);
    if (!answer.ok)
      throw new CardRefusedError({ url, problem: `it answers with ${String(answer.status)}` });
    try {
      const read: unknown = await answer.json();
      if (typeof read === 'object' && read !== null) return read;
    } catch (cause) {
      throw new CardRefusedError({ url, problem: 'it cannot be read', cause });
    }
    throw new CardRefusedError({ url, problem: 'it is no card' });
  }

  // The kit's own way of it writes each signature that is not good to the console.
  async #verify(place: string, card: AgentCard): Promise<Omit<ReadCard, 'card'>> {
    const payload = base64url.encode(canonicalizeAgentCard(card));
    let cause: unknown;
    for (const { protected: head, signature, header } of card.signatures.slice(0, MOST_SIGNATURES))
      try {
        const { kid, jku } = decodeProtectedHeader({ protected: head });
        const jwk = await this.#keyFor(place, kid, jku);
        await flattenedVerify({ protected: head, payload, signature }, jwk);
        const owner = cardOwner.safeParse(header?.[CARD_OWNER]);
        const key = await calculateJwkThumbprint(jwk);
        return { key, owner: owner.success ? owner.data : undefined };
      } catch (error) {
        // That its keys cannot be had now says nothing against it.
        if (BaseError.isInstance(error) && !(error instanceof CardRefusedError)) throw error;
        cause = error;
      }
    throw new CardRefusedError({ url: place, problem: 'its signature is not good', cause });
  }

  // Keys of elsewhere would prove nothing about this address.
  async #keyFor(card: string, kid: unknown, jku: unknown): Promise<JWK> {
    if (typeof jku !== 'string' || new URL(jku).origin !== new URL(card).origin)
      throw new CardRefusedError({ url: card, problem: 'its keys are not where it is' });
    const { keys } = (await this.#json(jku, MOST_CARD_BYTES)) as { keys?: unknown };
    const found = Array.isArray(keys)
      ? (keys as JWK[]).find((key) => key.kid === kid && ASYMMETRIC.has(key.kty ?? ''))
      : undefined;
    if (!found) throw new CardRefusedError({ url: card, problem: 'its key is not known' });
    return found;
  }
}

function messageOf({ messageId, contextId, remoteId, text, metadata }: RemoteMessage): Message {
  return {
    ...{ messageId, contextId, taskId: remoteId, role: Role.ROLE_USER, metadata },
    parts: [
      { content: { $case: 'text', value: text }, metadata: undefined, filename: '', mediaType: '' },
    ],
    ...{ extensions: [HAND_ON], referenceTaskIds: [] },
  };
}

function viewOf({ id, status, artifacts }: A2aTask): RemoteView {
  const state = STATES[status?.state ?? A2aState.TASK_STATE_UNSPECIFIED];
  if (state === undefined || id === '' || id.length > 200)
    throw new InvalidAgentResponseError('it tells of a task without an id, or in no state');
  const parts = artifacts.flatMap((artifact) => artifact.parts);
  const said = textIn(parts.length > 0 ? parts : (status?.message?.parts ?? []));
  return { remoteId: id, state, answer: said };
}

// PostgreSQL keeps neither half a character nor NUL.
function textIn(parts: readonly Part[]): string {
  const words = parts.map(({ content }) => {
    if (content?.$case === 'text') return content.value;
    return content?.$case === 'data' ? JSON.stringify(content.value) : '[a file]';
  });
  return words.join('\n\n').slice(0, MOST_ANSWER).toWellFormed().replaceAll('\0', '');
}

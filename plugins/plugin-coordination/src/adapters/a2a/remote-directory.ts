import type { AgentCard } from '@a2a-js/sdk';
import { BaseError, every, type Clock, type PicoUsd } from '@371os/kernel';
import type { AgentProfile } from '@371os/plugin-router';
import type { CardOwner } from '../../domain/a2a/card-owner.ts';
import { remoteWords } from '../../domain/a2a/remote-profile.ts';
import { CardRefusedError } from '../../errors/a2a.ts';
import type { ReadCard, RemoteClient } from './remote-client.ts';

/** A remote agent as somebody here has named it, or the registry lists it. */
export interface NamedRemote {
  /** Of its card, or of the agent that serves it. */
  readonly url: string;
  /** What a task costs; undefined when that is not known. */
  readonly pricePico: PicoUsd | undefined;
  readonly role?: string | undefined;
  /** The thumbprint of the key that its card has to be signed with. */
  readonly key?: string | undefined;
  /** The accounts that may vouch for its key; undefined when it is not of the registry. */
  readonly accounts?: readonly string[] | undefined;
}

/** A remote agent whose card is believed. */
export interface KnownRemote {
  readonly profile: AgentProfile;
  readonly url: string;
  readonly card: AgentCard;
  readonly pricePico: PicoUsd | undefined;
}

export interface RemoteDirectoryInit {
  /** Who there is now. */
  readonly named: () => Promise<readonly NamedRemote[]>;
  readonly client: Pick<RemoteClient, 'readCard'>;
  /** Whether an account says that a key is that of an origin. */
  readonly isVouchedFor: (owner: CardOwner, key: string, origin: string) => Promise<boolean>;
  readonly clock: Clock;
  readonly log: (problem: string, error: unknown) => void;
}

const LOOK_MS = 60_000;
// A card that cannot be read for so long stands for nobody who is there.
const BELIEVED_MS = 600_000;
const AT_ONCE = 4;

/** Knows the agents of others that tasks can be handed to, and looks at their cards every minute. */
export class RemoteDirectory {
  readonly #init: RemoteDirectoryInit;
  readonly #known = new Map<string, KnownRemote & { readonly readAtMs: number }>();
  readonly #listeners = new Set<() => void>();
  #stop: (() => void) | undefined;

  constructor(init: RemoteDirectoryInit) {
    this.#init = init;
  }

  start(): void {
    this.#stop = every(
      LOOK_MS,
      () => this.look(),
      (error) => {
        this.#init.log('it was not looked which agents of others there are', error);
      },
    );
  }

  stop(): void {
    this.#stop?.();
    this.#listeners.clear();
  }

  /** Of two with one name, the one that was named first. */
  list(): KnownRemote[] {
    const nowMs = this.#init.clock();
    const names = new Set<string>();
    return [...this.#known.values()].flatMap(({ readAtMs, ...known }) => {
      const { profile } = known;
      if (names.has(profile.name)) return [];
      names.add(profile.name);
      const isThere = profile.isThere && nowMs - readAtMs < BELIEVED_MS;
      return [{ ...known, profile: { ...profile, isThere } }];
    });
  }

  find(name: string): KnownRemote | undefined {
    return this.list().find(({ profile }) => profile.name === name);
  }

  /** By the address of its card: its name may have changed since. */
  at(url: string): KnownRemote | undefined {
    return this.#known.get(url);
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Reads all cards anew. */
  async look(): Promise<void> {
    const named = await this.#init.named();
    const urls = new Set(named.map(({ url }) => url));
    for (const url of this.#known.keys()) if (!urls.has(url)) this.#known.delete(url);
    for (let index = 0; index < named.length; index += AT_ONCE)
      await Promise.all(named.slice(index, index + AT_ONCE).map((one) => this.#read(one)));
    for (const listener of this.#listeners) listener();
  }

  // One that cannot be believed is not there; one that cannot be reached, not for ever.
  async #read(named: NamedRemote): Promise<void> {
    const { client, clock, log } = this.#init;
    const { url } = named;
    try {
      const read = await client.readCard(url);
      await this.#believe(named, read);
      this.#known.set(url, { ...knownOf(named, read.card), readAtMs: clock() });
    } catch (error) {
      log('the card of a remote agent was not read', error);
      // What cannot be reached may come back; what cannot be read is none.
      if (error instanceof CardRefusedError || !BaseError.isInstance(error))
        this.#known.delete(url);
    }
  }

  /** @throws CardRefusedError */
  async #believe({ url, key: wanted, accounts }: NamedRemote, read: ReadCard): Promise<void> {
    const { key, owner } = read;
    if (wanted !== undefined && key !== wanted)
      throw new CardRefusedError({ url, problem: 'it is not signed with the key that was agreed' });
    if (accounts === undefined || owner === undefined || key === undefined) return;
    const isTheirs = accounts.some((one) => one.toLowerCase() === owner.wallet.toLowerCase());
    const { origin } = new URL(url);
    if (!isTheirs || !(await this.#init.isVouchedFor(owner, key, origin)))
      throw new CardRefusedError({
        url,
        problem: 'its key is not that of its owner in the registry',
      });
  }
}

function knownOf({ url, pricePico, role }: NamedRemote, card: AgentCard): KnownRemote {
  const words = remoteWords(card, new URL(url).host);
  const profile: AgentProfile = {
    ...words,
    role: role ?? words.name,
    ...{ concurrency: 4, isThere: true, isKeptFor: true, isLocal: false },
    statedRatePico: pricePico,
  };
  return { profile, url, card, pricePico };
}

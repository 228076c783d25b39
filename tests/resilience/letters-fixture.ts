import { createHash } from 'node:crypto';
import {
  LetterPost,
  PeerAwayError,
  ResilienceStoreError,
  type Letter,
  type LetterPostInit,
  type LetterStore,
} from '@371os/plugin-resilience';

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** What happens to one batch of letters on its way. */
export type Fate = 'arrives' | 'is lost' | 'receipt is lost' | 'comes twice' | 'is out of order';
export const FATES: readonly Fate[] = [
  ...(['arrives', 'is lost', 'receipt is lost', 'comes twice', 'is out of order'] as const),
];

/** A node that keeps its letters in some store, and whose process can die at any effect. */
export class Node {
  readonly id: string;
  readonly store: LetterStore;
  readonly #network: Network;
  readonly #more: Partial<LetterPostInit>;
  /** Ids of letters in the order in which their effects were. */
  readonly effects: string[] = [];
  /** How often each was done: once, and once more for each death right after it. */
  readonly calls = new Map<string, number>();
  readonly forged: unknown[] = [];
  /** Everything that has an influence on what it writes now. */
  past = new Set<string>();
  /** Where it dies at its next effect. */
  dies: 'before' | 'after' | undefined;
  post: LetterPost;

  constructor(
    id: string,
    store: LetterStore,
    network: Network,
    more: Partial<LetterPostInit> = {},
  ) {
    this.id = id;
    this.store = store;
    this.#network = network;
    this.#more = more;
    this.post = this.restart();
    network.nodes.set(id, this);
  }

  /** What is in memory is gone. */
  restart(): LetterPost {
    this.dies = undefined;
    this.post = new LetterPost({
      ...{ self: this.id, store: this.store, sha256, clock: () => this.#network.nowMs },
      newId: () => this.#network.newId(),
      isReachable: (peer) => !this.#network.isCut(this.id, peer),
      carry: (peer, letters) => this.#network.carry(this.id, peer, letters),
      effect: (letter) => this.#effect(letter),
      onForged: (_sender, letter) => this.forged.push(letter),
      onError: () => undefined,
      holdMs: Infinity,
      ...this.#more,
    });
    return this.post;
  }

  /** Sends a letter, again and again when the database fails, as a task that is tried again does. */
  async send(receiver: string): Promise<void> {
    const before = new Set(this.past);
    const id = this.#network.newId();
    this.#network.pasts.set(id, before);
    const letter = { receiver, kind: 'test', body: { words: id }, id };
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.post.send(letter);
        break;
      } catch (error) {
        if (!(error instanceof ResilienceStoreError) || attempt === 5) throw error;
      }
    }
    this.past.add(id);
  }

  #effect({ id }: Letter): Promise<void> {
    if (this.dies === 'before') return this.#die();
    if (this.dies !== 'after') this.calls.set(id, (this.calls.get(id) ?? 0) + 1);
    if (!this.effects.includes(id)) this.effects.push(id);
    for (const one of this.#network.pasts.get(id) ?? []) this.past.add(one);
    this.past.add(id);
    return this.dies === 'after' ? this.#die() : Promise.resolve();
  }

  #die(): Promise<void> {
    this.restart();
    return Promise.reject(new RangeError(`${this.id} died`));
  }
}

/** When a database fails: at which of the next uses, and whether it has done then what was asked. */
export interface Failure {
  readonly after: number;
  readonly isDone: boolean;
}

/** The same store over a database that can be made to fail. */
export function failing(store: LetterStore): { store: LetterStore; fail(failure: Failure): void } {
  let next: Failure | undefined;
  const wrapped = new Proxy(store, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name, target);
      if (typeof method !== 'function') return method;
      return async (...args: unknown[]) => {
        const call = (): Promise<unknown> =>
          Reflect.apply(method, target, args) as Promise<unknown>;
        if (!next) return call();
        const { after, isDone } = next;
        next = after > 0 ? { after: after - 1, isDone } : undefined;
        if (after > 0) return call();
        if (isDone) await call();
        throw new ResilienceStoreError({ cause: 'the disk is full' });
      };
    },
  });
  return { store: wrapped, fail: (failure) => void (next = failure) };
}

/** Lines between nodes that do everything to letters that lines do. */
export class Network {
  readonly nodes = new Map<string, Node>();
  /** What each letter may have been caused by. */
  readonly pasts = new Map<string, ReadonlySet<string>>();
  readonly #cut = new Set<string>();
  readonly #late: { peer: string; from: string; letters: readonly Letter[] }[] = [];
  fate: Fate = 'arrives';
  nowMs = 1_000;
  #count = 0;

  newId(): string {
    return `letter-${String((this.#count += 1))}`;
  }

  isCut(left: string, right: string): boolean {
    return this.#cut.has([left, right].sort().join());
  }

  cut(left: string, right: string): void {
    this.#cut.add([left, right].sort().join());
  }

  heal(): void {
    this.#cut.clear();
    this.fate = 'arrives';
  }

  /** Brings a batch once more that came long ago. */
  async repeat(which: number): Promise<void> {
    const batch = this.#late[which % this.#late.length];
    // Nobody waits for what becomes of it.
    if (batch) await this.#arrive(batch.from, batch.peer, batch.letters).catch(() => undefined);
  }

  async carry(from: string, peer: string, letters: readonly Letter[]): Promise<unknown> {
    const away = new PeerAwayError({ peer, why: 'the line is cut' });
    if (this.isCut(from, peer) || this.fate === 'is lost') throw away;
    const sent = this.fate === 'is out of order' ? letters.toReversed() : letters;
    this.#late.push({ from, peer, letters: sent });
    if (this.fate === 'comes twice') await this.#arrive(from, peer, sent);
    const receipt = await this.#arrive(from, peer, sent);
    if (this.fate === 'receipt is lost') throw away;
    return receipt;
  }

  async #arrive(from: string, peer: string, letters: readonly Letter[]): Promise<unknown> {
    const wire = JSON.parse(JSON.stringify({ letters })) as unknown;
    const receipt = await this.nodes.get(peer)?.post.receive(wire, from);
    return JSON.parse(JSON.stringify(receipt)) as unknown;
  }

  /** Delivers until nothing waits. */
  async settle(): Promise<void> {
    for (let round = 0; round < 50; round += 1) {
      let isWaiting = false;
      for (const node of this.nodes.values())
        for (const receiver of await node.store.receiversWaited()) {
          isWaiting = true;
          await node.post.deliver(receiver);
        }
      if (!isWaiting) return;
    }
    throw new RangeError('letters wait for ever');
  }
}

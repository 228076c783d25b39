import { every } from '@371os/kernel';
import { PeerAwayError } from '../errors/mesh.ts';
import type { LetterStore } from '../ports/letter-store.ts';
import type { Mesh } from '../ports/mesh.ts';
import type { LetterPost } from './letter-post.ts';

export interface LetterRoundsInit {
  readonly post: LetterPost;
  readonly store: Pick<LetterStore, 'receiversWaited' | 'linkBack' | 'linkLost' | 'prune'>;
  readonly mesh: Mesh;
  readonly onError: (error: unknown) => void;
}

const ROUND_MS = 1_000;
const PRUNE_MS = 3_600_000;
const KEEP_DAYS = 90;

/** Takes letters where they can be taken, for as long as this process is in the mesh. */
export class LetterRounds {
  readonly #init: LetterRoundsInit;
  readonly #reachable = new Set<string>();
  readonly #ends: (() => void)[] = [];

  constructor(init: LetterRoundsInit) {
    this.#init = init;
  }

  start(): void {
    const { mesh, post, store, onError } = this.#init;
    this.#ends.push(
      mesh.serve('letters', (body, from) => post.receive(body, from)),
      mesh.onChange(() => {
        this.#heedLinks().catch(onError);
      }),
      every(ROUND_MS, () => this.#round(), onError),
      every(PRUNE_MS, () => store.prune(KEEP_DAYS), onError),
    );
  }

  stop(): void {
    for (const end of this.#ends.splice(0)) end();
  }

  /** Takes what waits for a node there, without waiting for that. */
  hurry(receiver: string): void {
    if (this.#init.mesh.isReachable(receiver)) this.#deliver(receiver);
  }

  async #round(): Promise<void> {
    await this.#heedLinks();
    for (const receiver of await this.#init.store.receiversWaited()) this.hurry(receiver);
  }

  // A link that comes and goes has its letters counted from when it came for good.
  async #heedLinks(): Promise<void> {
    const { mesh, store } = this.#init;
    for (const { id, isReachable } of mesh.peers()) {
      if (isReachable === this.#reachable.has(id)) continue;
      if (isReachable) {
        this.#reachable.add(id);
        await store.linkBack(id);
        this.hurry(id);
      } else {
        this.#reachable.delete(id);
        await store.linkLost(id);
      }
    }
  }

  #deliver(receiver: string): void {
    this.#init.post.deliver(receiver).catch((error: unknown) => {
      if (!(error instanceof PeerAwayError)) this.#init.onError(error);
    });
  }
}

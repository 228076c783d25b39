import { every } from '@371os/kernel';
import type { Mesh, PeerView } from '../ports/mesh.ts';
import type { NodeStore, StoredPeer } from '../store/node-store.ts';

export interface MeshViewInit {
  readonly store: Pick<NodeStore, 'peers'>;
  /** The mesh while this process is in it. */
  readonly mesh: () => Mesh | undefined;
  readonly onError: (error: unknown) => void;
}

const LOOK_MS = 2_000;

/** The other nodes, as every process of this node sees them, in the mesh or not. */
export class MeshView implements PeerView {
  readonly #init: MeshViewInit;
  readonly #listeners = new Set<() => void>();
  #stored: readonly StoredPeer[] = [];
  #shown = '';
  #end: (() => void) | undefined;

  constructor(init: MeshViewInit) {
    this.#init = init;
  }

  start(): void {
    this.#end ??= every(LOOK_MS, () => this.refresh(), this.#init.onError);
  }

  stop(): void {
    this.#end?.();
    this.#end = undefined;
  }

  /** Nodes that were ever met, the last seen first. */
  peers(): readonly StoredPeer[] {
    return this.#init.mesh()?.peers() ?? this.#stored;
  }

  isReachable(peer: string): boolean {
    return this.peers().find(({ id }) => id === peer)?.isReachable ?? false;
  }

  nameOf(peer: string): string {
    return this.peers().find(({ id }) => id === peer)?.name ?? peer;
  }

  /** Calls back when nodes or their agents have come, changed or gone. Returns what ends that. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Looks at once. */
  async refresh(): Promise<void> {
    if (!this.#init.mesh()) this.#stored = await this.#init.store.peers();
    const shown = JSON.stringify(
      this.peers().map(({ id, name, isReachable, agents }) => [id, name, isReachable, agents]),
    );
    if (shown === this.#shown) return;
    this.#shown = shown;
    for (const listener of this.#listeners) listener();
  }
}

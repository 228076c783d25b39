import { every } from '@371os/kernel';
import { uriOf } from '../domain/memory/space.ts';
import type { ChangedSpace } from '../store/memory-store.ts';

export interface MemoryWatchInit {
  /** How often each space has been changed, by whatever process. */
  readonly read: () => Promise<readonly ChangedSpace[]>;
  readonly tell: (uri: string) => void;
  /** Whether anybody wants to know. */
  readonly isWanted: () => boolean;
  readonly onError: (error: unknown) => void;
}

const LOOK_MS = 500;
const SOON_MS = 10;

/** Tells of each change of the shared memory, those by other processes included. */
export class MemoryWatch {
  readonly #init: MemoryWatchInit;
  readonly #seen = new Map<string, number>();
  #stop: (() => void) | undefined;
  #soon: NodeJS.Timeout | undefined;

  constructor(init: MemoryWatchInit) {
    this.#init = init;
  }

  start(): void {
    this.#stop = every(LOOK_MS, () => this.#look(), this.#init.onError);
  }

  stop(): void {
    this.#stop?.();
    clearTimeout(this.#soon);
  }

  /** Something was changed here; many changes at once are one look. */
  poke(): void {
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined;
      this.#look().catch(this.#init.onError);
    }, SOON_MS).unref();
  }

  async #look(): Promise<void> {
    const { read, tell, isWanted } = this.#init;
    if (!isWanted()) return;
    const isFirst = this.#seen.size === 0;
    for (const space of await read()) {
      const uri = uriOf(space);
      const hasChanged = space.change > (this.#seen.get(uri) ?? 0);
      if (hasChanged) this.#seen.set(uri, space.change);
      if (hasChanged && !isFirst) tell(uri);
    }
  }
}

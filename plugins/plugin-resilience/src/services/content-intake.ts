import { BaseError } from '@371os/kernel';
import type { ContentSource, Shareable } from '../ports/content-source.ts';
import type { ContentStore } from '../store/content-store.ts';
import type { Library } from './library.ts';

export interface ContentIntakeInit {
  readonly library: Pick<Library, 'keep'>;
  readonly store: Pick<ContentStore, 'sources' | 'forget'>;
  readonly sources: readonly ContentSource[];
  readonly onError: (error: unknown) => void;
}

/** Has the library keep what its sources have, and nothing that they have no more. */
export class ContentIntake {
  readonly #init: ContentIntakeInit;
  /** The version of each source that was last read. */
  readonly #versions = new Map<string, string>();

  constructor(init: ContentIntakeInit) {
    this.#init = init;
  }

  /** Looks at all sources once; one that fails is not in the way of the others. */
  async look(): Promise<void> {
    for (const source of this.#init.sources) {
      try {
        await this.#takeIn(source);
      } catch (error) {
        this.#init.onError(error);
      }
    }
  }

  async #takeIn(source: ContentSource): Promise<void> {
    const { store } = this.#init;
    const prefix = `${source.name}:`;
    const kept = await store.sources(prefix);
    const there = new Map((await source.list()).map((one) => [`${prefix}${one.key}`, one]));
    for (const [key, one] of there)
      if (!kept.has(key) || this.#versions.get(key) !== one.version) await this.#keep(key, one);
    const gone = [...kept.keys()].filter((key) => !there.has(key));
    if (gone.length > 0) await store.forget(gone);
  }

  // What cannot be shared says so once, and is looked at again when it has changed.
  async #keep(key: string, one: Shareable): Promise<void> {
    if (this.#versions.get(key) === one.version) return;
    try {
      await this.#init.library.keep(key, await one.read());
      this.#versions.set(key, one.version);
    } catch (error) {
      this.#init.onError(error);
      if (BaseError.isInstance(error) && !error.isRetryable) this.#versions.set(key, one.version);
    }
  }
}

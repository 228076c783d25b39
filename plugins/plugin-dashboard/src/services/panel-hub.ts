import { every, explainError, withinTime } from '@371os/kernel';
import type { PanelEvent, PanelName } from '../domain/panels.ts';
import { PanelTooSlowError } from '../errors.ts';
import type { PanelSource } from '../ports/panel-source.ts';

/** Told how a panel stands, as JSON of a PanelEvent. */
export type PanelListener = (json: string) => void;

export interface PanelHubInit {
  readonly sources: readonly PanelSource[];
  /** Told what could not be read. */
  readonly onError: (panel: PanelName, error: unknown) => void;
}

const WITHIN_MS = 15_000;

/**
 * Looks at the panels while somebody watches, once for all who do, and tells them what has changed.
 */
export class PanelHub {
  readonly #init: PanelHubInit;
  readonly #listeners = new Set<PanelListener>();
  readonly #latest = new Map<PanelName, string>();
  #ends: readonly (() => void)[] = [];

  constructor(init: PanelHubInit) {
    this.#init = init;
  }

  /** How many watch. */
  get watchers(): number {
    return this.#listeners.size;
  }

  /** Tells how all panels stand now, and each that changes. Returns what ends that. */
  watch(listener: PanelListener): () => void {
    this.#listeners.add(listener);
    for (const json of this.#latest.values()) listener(json);
    if (this.#listeners.size === 1) this.#begin();
    return () => {
      if (this.#listeners.delete(listener) && this.#listeners.size === 0) this.#end();
    };
  }

  #begin(): void {
    const { sources, onError } = this.#init;
    this.#ends = sources.map((source) =>
      every(
        source.everyMs,
        () => this.#look(source),
        (error) => {
          onError(source.name, error);
        },
      ),
    );
  }

  #end(): void {
    for (const end of this.#ends) end();
    this.#ends = [];
    // Whoever comes next is not shown what is old by then.
    this.#latest.clear();
  }

  async #look(source: PanelSource): Promise<void> {
    const json = JSON.stringify(await this.#read(source));
    if (this.#listeners.size === 0 || this.#latest.get(source.name) === json) return;
    this.#latest.set(source.name, json);
    for (const listener of this.#listeners) listener(json);
  }

  async #read(source: PanelSource): Promise<PanelEvent> {
    const { name } = source;
    const late = (): Error => new PanelTooSlowError({ panel: name, withinMs: WITHIN_MS });
    try {
      const state = await withinTime(source.read(), WITHIN_MS, late);
      return { panel: name, ...state } as PanelEvent;
    } catch (error) {
      this.#init.onError(name, error);
      return { panel: name, state: 'problem', text: explainError(error) };
    }
  }
}

import { every } from '@371os/kernel';
import type { Mode, ModeState } from '../domain/mode.ts';
import type { ModeTransition, Situation } from '../domain/situation.ts';
import type { ModeOrder, ModeSwitch } from '../ports/mode-switch.ts';
import type { ModeStore } from '../store/mode-store.ts';

export interface BackupModeInit {
  readonly store: ModeStore;
  /** How often the database is asked what other processes have done, in milliseconds. */
  readonly pollMs?: number | undefined;
  readonly onError: (error: unknown) => void;
}

/** The mode after an order, and whether the order changed it. */
export interface ModeChange {
  readonly mode: Mode;
  readonly isChanged: boolean;
}

const POLL_MS = 1_000;
const UNREAD: Mode = {
  state: 'normal',
  sinceMs: 0,
  cause: 'the mode was not read yet',
  by: 'system',
};

/** The mode of this node: a row that all processes on its database follow. */
export class BackupMode implements ModeSwitch {
  readonly #init: BackupModeInit;
  readonly #listeners = new Set<(mode: Mode) => void>();
  readonly #watchers = new Set<(situation: Situation) => void>();
  #situation: Situation | undefined;
  #end: (() => void) | undefined;

  constructor(init: BackupModeInit) {
    this.#init = init;
  }

  get mode(): Mode {
    return this.#situation?.mode ?? UNREAD;
  }

  /** The mode with what led to it; undefined until it was read. */
  get situation(): Situation | undefined {
    return this.#situation;
  }

  /** Reads the mode and follows it from then on. */
  async start(): Promise<void> {
    try {
      await this.#init.store.prepare();
      await this.refresh();
    } catch (error) {
      this.#init.onError(error);
    }
    this.#end ??= every(this.#init.pollMs ?? POLL_MS, () => this.refresh(), this.#init.onError);
  }

  stop(): void {
    this.#end?.();
    this.#end = undefined;
  }

  /** Enters or leaves backup mode. @throws ResilienceStoreError */
  async change(to: ModeState, order: ModeOrder): Promise<ModeChange> {
    await this.#init.store.prepare();
    const isChanged = await this.#init.store.change(to, order);
    await this.refresh();
    return { mode: this.mode, isChanged };
  }

  /** The newest changes, oldest first. */
  transitions(): Promise<ModeTransition[]> {
    return this.#init.store.transitions();
  }

  /** Calls back with each new mode. Returns what ends that. */
  onChange(listener: (mode: Mode) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Calls back whenever the mode or an outage has changed. Returns what ends that. */
  onSituation(watcher: (situation: Situation) => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** Asks the database. @throws ResilienceStoreError */
  async refresh(): Promise<void> {
    const found = await this.#init.store.read();
    const known = this.#situation;
    // An answer may be overtaken by one that was asked for later.
    if (!found || (known && found.changes < known.changes)) return;
    this.#situation = found;
    if (known && isSame(known, found)) return;
    if (!known || known.changes !== found.changes)
      for (const listener of this.#listeners) listener(found.mode);
    for (const watcher of this.#watchers) watcher(found);
  }
}

function isSame(left: Situation, right: Situation): boolean {
  return (
    left.changes === right.changes &&
    left.outage?.id === right.outage?.id &&
    left.outage?.endedAtMs === right.outage?.endedAtMs
  );
}

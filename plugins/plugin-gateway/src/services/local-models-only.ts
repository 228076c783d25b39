import { processWide } from '@371os/kernel';

interface Held {
  reason: string | undefined;
  readonly listeners: Set<() => void>;
}

const held = (): Held =>
  processWide('local-models-only', () => ({ reason: undefined, listeners: new Set<() => void>() }));

/**
 * Keeps the model calls of this process on this machine while there is a reason for it: other models
 * are passed over, with that reason on the call's record and no money reserved.
 */
export const localModelsOnly = {
  /** Why, as the end of a sentence; undefined while models anywhere may be asked. */
  get reason(): string | undefined {
    return held().reason;
  },

  /** @param reason the end of a sentence such as `this node is in backup mode`; undefined ends it */
  set(reason: string | undefined): void {
    const state = held();
    if (state.reason === reason) return;
    state.reason = reason;
    for (const listener of state.listeners) listener();
  },

  /** Calls back with each change. Returns how to stop that. */
  onChanged(listener: () => void): () => void {
    const { listeners } = held();
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};

import type { Endpoint, LocalDiscovery } from '../ports.ts';

/** The models that run on this machine, as they were last seen. */
export class LocalModels {
  readonly #discovery: LocalDiscovery;
  readonly #listeners = new Set<() => void>();
  #found: readonly Endpoint[] = [];
  #looking: Promise<void> | undefined;

  constructor(discovery: LocalDiscovery) {
    this.#discovery = discovery;
  }

  get found(): readonly Endpoint[] {
    return this.#found;
  }

  /** Looks again, and tells the listeners when something has changed. */
  async refresh(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  /** Returns how to stop listening. */
  onChanged(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async #look(): Promise<void> {
    const found = await this.#discovery.probe();
    if (JSON.stringify(found) === JSON.stringify(this.#found)) return;
    this.#found = found;
    for (const listener of this.#listeners) listener();
  }
}

// All agents of a process see a model at the same moment: work that waits for one is handed on as
// soon as any agent hears of it, and then the others must know it, too.
const HOLDER = Symbol.for('371os.local-models');

interface Shared {
  readonly models: LocalModels;
  readonly timer: NodeJS.Timeout;
  users: number;
}

function shared(): Map<string, Shared> {
  const holder = globalThis as { [HOLDER]?: Map<string, Shared> | undefined };
  return (holder[HOLDER] ??= new Map<string, Shared>());
}

/** What tells apart where and how often to look. */
export interface LocalPlace {
  readonly ollamaUrl: string;
  readonly localaiUrl: string;
  readonly probeMs: number;
}

/** The process's view of a place, looked at again and again until everybody has released it. */
export function acquireLocalModels(place: LocalPlace, discovery: LocalDiscovery): LocalModels {
  const key = JSON.stringify(place);
  const known = shared().get(key);
  if (known) {
    known.users += 1;
    return known.models;
  }
  const models = new LocalModels(discovery);
  const timer = setInterval(() => void models.refresh(), place.probeMs).unref();
  shared().set(key, { models, timer, users: 1 });
  return models;
}

export function releaseLocalModels(place: LocalPlace): void {
  const key = JSON.stringify(place);
  const known = shared().get(key);
  if (!known) return;
  known.users -= 1;
  if (known.users > 0) return;
  clearInterval(known.timer);
  shared().delete(key);
}

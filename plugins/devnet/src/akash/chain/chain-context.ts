import type { Store } from './store.ts';

export interface ChainEvent {
  readonly type: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** What every module of the chain works on: the store, and the block that is being made. */
export class ChainContext {
  readonly store: Store;
  height = 0;
  /** Time of the block, milliseconds since 1970. */
  timeMs = 0;
  /** What has happened since the list was last emptied. */
  events: ChainEvent[] = [];

  constructor(store: Store) {
    this.store = store;
  }

  /** A typed event, as the real chain emits it: `akash.market.v1.EventBidCreated`. */
  emit(type: string, values: Readonly<Record<string, unknown>>): void {
    const attributes = Object.fromEntries(
      Object.entries(values).map(([name, value]) => [name, JSON.stringify(value)]),
    );
    this.events.push({ type, attributes });
  }
}

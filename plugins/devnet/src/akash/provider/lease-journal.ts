const KEPT_LINES = 1000;

/** A line that a service wrote, as a gateway streams it. */
export interface LogLine {
  /** Of the pod: `web-0`. */
  readonly name: string;
  readonly message: string;
}

/** Something that happened to a service, as a gateway streams it. */
export interface LeaseEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly note: string;
  readonly object: { readonly kind: 'Pod'; readonly name: string; readonly namespace: string };
}

/** What the services of a lease wrote and what happened to them: the newest thousand of each. */
export class LeaseJournal {
  readonly logs = new Feed<LogLine>();
  readonly events = new Feed<LeaseEvent>();
}

/** The newest entries of a stream, and those to come. */
export class Feed<Entry> {
  readonly #entries: Entry[] = [];
  readonly #listeners = new Set<(entry: Entry) => void>();

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  add(entry: Entry): void {
    this.#entries.push(entry);
    if (this.#entries.length > KEPT_LINES) this.#entries.shift();
    for (const listener of this.#listeners) listener(entry);
  }

  /** Calls back for each entry to come, until what it returns is called. */
  follow(listener: (entry: Entry) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

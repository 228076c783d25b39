import type { IDatabaseAdapter } from '@elizaos/core';
import type { Clock } from '@371os/kernel';
import type { ModelLogRow, ModelLogStore } from '../store/model-log-store.ts';

type Entry = Parameters<IDatabaseAdapter['log']>[0];
type Adapter = Pick<IDatabaseAdapter, 'log'>;

interface ModelLogInit {
  readonly adapter: Adapter;
  readonly store: ModelLogStore;
  readonly now: Clock;
  readonly log: (problem: string, error: unknown) => void;
}

interface Waiting {
  readonly entry: Entry;
  readonly row: ModelLogRow;
}

const LINGER_MS = 200;
const FULL = 16;
// Beyond that the database is not taking them, and who writes may see it.
const MOST = 1_000;

/**
 * Writes the rows that ElizaOS's `useModel` logs, prompt and answer of each call, many in one statement
 * a moment later: one by one they take longer than all that the gateway does with a call. Nobody waits
 * for them either way. What `useModel` does not log goes straight to the database, as before.
 */
export class ModelLog {
  readonly #init: ModelLogInit;
  readonly #write: (entry: Entry) => Promise<void>;
  readonly #waiting: Waiting[] = [];
  #writing: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;

  /** Takes the place of the adapter's `log` until it is closed. */
  constructor(init: ModelLogInit) {
    this.#init = init;
    const { adapter } = init;
    this.#write = adapter.log.bind(adapter);
    adapter.log = (entry) => this.#add(entry);
  }

  /** Writes what waits, and leaves the adapter as it was. */
  async close(): Promise<void> {
    this.#init.adapter.log = this.#write;
    await this.#flush();
  }

  async #add(entry: Entry): Promise<void> {
    const row = entry.type.startsWith('useModel:') ? rowOf(entry, this.#init.now()) : undefined;
    if (row === undefined || this.#waiting.length >= MOST) return this.#write(entry);
    this.#waiting.push({ entry, row });
    // After what runs now: an answer must not wait for it.
    if (this.#waiting.length === FULL) setImmediate(() => void this.#flush());
    else this.#timer ??= setTimeout(() => void this.#flush(), LINGER_MS);
  }

  async #flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const batch = this.#waiting.splice(0);
    this.#writing = Promise.all([this.#writing, this.#save(batch)]);
    await this.#writing;
  }

  async #save(batch: readonly Waiting[]): Promise<void> {
    if (batch.length === 0) return;
    try {
      await this.#init.store.save(batch.map(({ row }) => row));
    } catch {
      // One of them may be at fault for all.
      for (const { entry } of batch) await this.#writeAlone(entry);
    }
  }

  async #writeAlone(entry: Entry): Promise<void> {
    try {
      await this.#write(entry);
    } catch (error) {
      this.#init.log('what a model was asked could not be logged', error);
    }
  }
}

/** Undefined when it is no JSON: ElizaOS has its own way with that. */
function rowOf({ entityId, roomId, type, body }: Entry, nowMs: number): ModelLogRow | undefined {
  const created_at = new Date(nowMs).toISOString();
  const row = { entity_id: entityId, room_id: roomId, type, created_at, body };
  try {
    return JSON.stringify(row, storable);
  } catch {
    return undefined;
  }
}

// PostgreSQL stores neither the character NUL nor half a character.
function storable(_key: string, value: unknown): unknown {
  return typeof value === 'string' ? value.toWellFormed().replaceAll('\0', '') : value;
}

import { processWide } from '@371os/kernel';
import type { Settlement } from '../domain/spending.ts';
import { UnknownReservationError } from '../errors.ts';
import type { Entry } from '../store/settlement-store.ts';

interface SettlementQueueInit {
  /** What became of each reservation that there is. */
  readonly write: (entries: readonly Entry[]) => Promise<Map<string, Settlement>>;
  /** What could not be written, for now or at all. */
  readonly log: (problem: string, error: unknown) => void;
}

interface Waiting {
  readonly entry: Entry;
  readonly done: PromiseWithResolvers<Settlement | undefined>;
  /** Somebody waits for it: what fails is theirs to repeat. */
  isAwaited: boolean;
}

const LINGER_MS = 200;
// As many as a statement writes in 2 ms, during which an embedded database lets nothing else run.
const FULL = 16;
const LONGEST_RETRY_MS = 5_000;
const MOST_AT_ONCE = 200;
// What is free needs no reservation, so nothing else bounds how much waits for a database.
const MOST_FREE = 10_000;

const busy = processWide('treasury.settlements', () => new Set<SettlementQueue>());

/**
 * Writes what the treasuries of this process still have to write, so that what is read afterwards
 * knows of everything that was spent here. Returns whether anything was written.
 */
export async function flushSettlements(): Promise<boolean> {
  const written = await Promise.all([...busy].map((queue) => queue.flush()));
  return written.includes(true);
}

/**
 * What calls have really cost, on its way into the ledger: a moment after they ended, many in one
 * statement, and again until it is there. What a killed process leaves here is settled by the leases
 * of its reservations.
 */
export class SettlementQueue {
  readonly #init: SettlementQueueInit;
  readonly #waiting = new Map<string, Waiting>();
  #writing: Promise<boolean> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #retryMs = LINGER_MS;
  #isClosed = false;

  constructor(init: SettlementQueueInit) {
    this.#init = init;
  }

  /** Writes it soon. Of two for one reservation the first counts. */
  addSoon(entry: Entry): void {
    if (entry.kind === 'free' && this.#waiting.size >= MOST_FREE) {
      this.#init.log('too much waits for the database: a free call is not recorded', undefined);
      return;
    }
    this.#wait(entry);
    // After what runs now: an answer must not wait for it.
    if (this.#waiting.size === FULL) setImmediate(() => void this.flush());
    else this.#timer ??= setTimeout(() => void this.flush(), LINGER_MS);
  }

  /**
   * Writes it now. Returns what became of it; undefined where there is no such reservation.
   * @throws what the database throws
   */
  async add(entry: Entry): Promise<Settlement | undefined> {
    const isFirst = !this.#waiting.has(entry.id);
    const waiting = this.#wait(entry);
    waiting.isAwaited = true;
    await this.flush();
    const settlement = await waiting.done.promise;
    return isFirst || !settlement ? settlement : { ...settlement, wasSettled: false };
  }

  /** Writes all that waits, and never throws. Returns whether anything was written. */
  async flush(): Promise<boolean> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#waiting.size === 0) return false;
    return (this.#writing ??= this.#writeAll());
  }

  /** Writes all that waits for the last time; what the database does not take then is logged. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.flush();
  }

  #wait(entry: Entry): Waiting {
    const there = this.#waiting.get(entry.id);
    if (there) return there;
    const waiting = {
      entry,
      done: Promise.withResolvers<Settlement | undefined>(),
      isAwaited: false,
    };
    waiting.done.promise.catch(() => undefined);
    this.#waiting.set(entry.id, waiting);
    busy.add(this);
    return waiting;
  }

  async #writeAll(): Promise<boolean> {
    let isAnyWritten = false;
    while (this.#waiting.size > 0 && (await this.#writeSome())) isAnyWritten = true;
    // No await from here on: who adds now finds this ended and writes by itself.
    this.#writing = undefined;
    if (this.#waiting.size === 0) busy.delete(this);
    return isAnyWritten;
  }

  async #writeSome(): Promise<boolean> {
    const batch = [...this.#waiting.values()].slice(0, MOST_AT_ONCE);
    try {
      const settled = await this.#init.write(batch.map(({ entry }) => entry));
      for (const waiting of batch) this.#finish(waiting, settled.get(waiting.entry.id));
      this.#retryMs = LINGER_MS;
      return true;
    } catch (error) {
      this.#keep(error);
      return false;
    }
  }

  #finish({ entry, done, isAwaited }: Waiting, settlement: Settlement | undefined): void {
    this.#waiting.delete(entry.id);
    done.resolve(entry.kind === 'free' ? { costPico: 0n, wasSettled: true } : settlement);
    if (!settlement && entry.kind === 'paid' && !isAwaited)
      this.#init.log(
        'a cost has no reservation',
        new UnknownReservationError({ reservationId: entry.id }),
      );
  }

  #keep(error: unknown): void {
    for (const [id, { done, isAwaited }] of this.#waiting) {
      if (!isAwaited && !this.#isClosed) continue;
      this.#waiting.delete(id);
      done.reject(error);
    }
    this.#init.log(
      this.#isClosed
        ? 'costs could not be recorded: the leases of their reservations will settle them'
        : 'costs could not be recorded yet',
      error,
    );
    if (this.#waiting.size === 0) return;
    this.#retryMs = Math.min(this.#retryMs * 2, LONGEST_RETRY_MS);
    // Unlike the first time, this does not keep a process alive that wants to end.
    this.#timer ??= setTimeout(() => void this.flush(), this.#retryMs).unref();
  }
}

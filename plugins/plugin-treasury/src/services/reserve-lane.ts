import type { IdSource, PicoUsd } from '@371os/kernel';
import type { Reservation, ReservationRequest } from '../domain/spending.ts';
import type { Batch, ReserveVerdict } from '../store/reservation-store.ts';

/** What requests have in common that only their amounts tell apart. */
export type LaneOf = Omit<ReservationRequest, 'amountPico'> & { readonly ttlMs: number };

export interface LaneComponents {
  readonly newId: IdSource;
  readonly reserve: (batch: Batch) => Promise<ReserveVerdict>;
  /** Sees to it that a reservation ends unused, soon. */
  readonly giveBack: (id: string) => void;
}

interface Waiting {
  readonly amountPico: PicoUsd;
  readonly done: PromiseWithResolvers<Reservation | undefined>;
}

const MOST_AHEAD = 16;
const MOST_AT_ONCE = 64;
// A million dollars: with an eighth more it is still far from the largest number in the database.
const LARGEST_AHEAD_PICO: PicoUsd = 10n ** 18n;

/**
 * Requests of the same scopes. Those that come while a statement runs share the next one; while they
 * follow each other closely, it makes reservations ahead for those to come, of the largest amount seen
 * and an eighth more. Each is one in the database before it is handed out, and is handed out once.
 */
export class ReserveLane {
  readonly #of: LaneOf;
  readonly #components: LaneComponents;
  readonly #waiting: Waiting[] = [];
  #ahead: Reservation[] = [];
  #isAsking = false;
  #taken = 0;
  #largestPico = 0n;
  #recalls = 0;
  #isOld = false;

  constructor(of: LaneOf, components: LaneComponents) {
    this.#of = of;
    this.#components = components;
  }

  /** A reservation of at least the amount; undefined when it must be asked for by itself. */
  async take(amountPico: PicoUsd): Promise<Reservation | undefined> {
    this.#taken += 1;
    if (amountPico > this.#largestPico) this.#largestPico = amountPico;
    const made = this.#fromAhead(amountPico);
    if (made) return made;
    const waiting = { amountPico, done: Promise.withResolvers<Reservation | undefined>() };
    this.#waiting.push(waiting);
    if (!this.#isAsking) void this.#ask();
    return waiting.done.promise;
  }

  /** Gives back what was made ahead, what is being made too, and begins anew. */
  recall(): void {
    this.#recalls += 1;
    this.#taken = 0;
    this.#largestPico = 0n;
    this.#giveBack();
  }

  /** Told from time to time: what was there the last time already, nobody needs soon. */
  age(): void {
    if (this.#isOld) this.recall();
    this.#isOld = this.#ahead.length > 0;
  }

  #giveBack(): void {
    this.#isOld = false;
    for (const { id } of this.#ahead.splice(0)) this.#components.giveBack(id);
  }

  #fromAhead(amountPico: PicoUsd): Reservation | undefined {
    const place = this.#ahead.findIndex((made) => made.amountPico >= amountPico);
    return place < 0 ? undefined : this.#ahead.splice(place, 1)[0];
  }

  async #ask(): Promise<void> {
    this.#isAsking = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, MOST_AT_ONCE).filter((each) => !this.#serve(each));
      if (batch.length > 0) await this.#reserve(batch);
    }
    this.#isAsking = false;
  }

  #serve({ amountPico, done }: Waiting): boolean {
    const made = this.#fromAhead(amountPico);
    if (made) done.resolve(made);
    return made !== undefined;
  }

  async #reserve(batch: readonly Waiting[]): Promise<void> {
    const { newId, reserve } = this.#components;
    // What is still there is too small.
    this.#giveBack();
    const recalls = this.#recalls;
    const wanted = batch.map(({ amountPico }) => ({ id: newId(), amountPico }));
    const ahead = this.#wish(batch.length);
    try {
      const verdict = await reserve({ ...this.#of, wanted, ahead });
      const expiresAtMs = verdict.kind === 'granted' ? verdict.expiresAtMs : 0;
      const granted = new Set(verdict.kind === 'granted' ? verdict.granted : []);
      for (const [place, { id, amountPico }] of wanted.entries())
        batch[place]?.done.resolve(granted.has(id) ? { id, amountPico, expiresAtMs } : undefined);
      if (ahead && verdict.kind === 'granted')
        this.#ahead = ahead.ids
          .slice(0, verdict.ahead)
          .map((id) => ({ id, amountPico: ahead.amountPico, expiresAtMs }));
      if (recalls !== this.#recalls) this.#giveBack();
    } catch (error) {
      for (const { done } of batch) done.reject(error);
    }
  }

  #wish(asked: number): Batch['ahead'] {
    const count = Math.min(MOST_AHEAD, this.#taken - asked);
    if (count <= 0 || this.#largestPico > LARGEST_AHEAD_PICO) return undefined;
    return {
      ids: Array.from({ length: count }, this.#components.newId),
      amountPico: this.#largestPico + this.#largestPico / 8n,
    };
  }
}

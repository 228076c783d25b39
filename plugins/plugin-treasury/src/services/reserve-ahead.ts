import { processWide } from '@371os/kernel';
import type { Reservation, ReservationRequest } from '../domain/spending.ts';
import { ReserveLane, type LaneComponents, type LaneOf } from './reserve-lane.ts';

const LOOK_EVERY_MS = 500;

const holders = processWide('treasury.ahead', () => new Set<ReserveAhead>());

/**
 * Gives back what the treasuries of this process have reserved ahead. It is on its way into the
 * database when this returns.
 */
export function recallAhead(): void {
  for (const holder of holders) holder.recall();
}

/**
 * Reservations made ahead, so that most requests that follow each other closely need no statement. Only
 * for money that counts as spent when its lease runs out: what a killed process had ahead is charged, as
 * what it had handed out is. What was not used within half a second to a second is given back.
 */
export class ReserveAhead {
  readonly #components: LaneComponents;
  readonly #lanes = new Map<string, { readonly lane: ReserveLane; isUsed: boolean }>();
  #timer: NodeJS.Timeout | undefined;

  constructor(components: LaneComponents) {
    this.#components = components;
  }

  /** A reservation of at least the amount; undefined when it must be asked for by itself. */
  async take({ amountPico, ...of }: ReservationRequest & LaneOf): Promise<Reservation | undefined> {
    return of.chargeOnExpiry && amountPico > 0n ? this.#laneOf(of).take(amountPico) : undefined;
  }

  /** Gives everything back. */
  recall(): void {
    for (const { lane } of this.#lanes.values()) lane.recall();
    this.#lanes.clear();
    clearTimeout(this.#timer);
    this.#timer = undefined;
    holders.delete(this);
  }

  #laneOf(of: LaneOf): ReserveLane {
    const { category, scopes, ttlMs } = of;
    const key = JSON.stringify([category, scopes.agent, scopes.user, scopes.task, ttlMs]);
    const known = this.#lanes.get(key) ?? this.#open(key, of);
    known.isUsed = true;
    return known.lane;
  }

  #open(key: string, of: LaneOf): { readonly lane: ReserveLane; isUsed: boolean } {
    const opened = { lane: new ReserveLane(of, this.#components), isUsed: true };
    this.#lanes.set(key, opened);
    holders.add(this);
    // It keeps the process alive: what nobody gives back would be charged.
    this.#timer ??= setTimeout(() => {
      this.#closeUnused();
    }, LOOK_EVERY_MS);
    return opened;
  }

  #closeUnused(): void {
    for (const [key, known] of this.#lanes) {
      known.lane.age();
      if (!known.isUsed) {
        known.lane.recall();
        this.#lanes.delete(key);
      }
      known.isUsed = false;
    }
    if (this.#lanes.size === 0) this.recall();
    else this.#timer?.refresh();
  }
}

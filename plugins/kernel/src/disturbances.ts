/** `silent`: no answer comes. `gone`: every connection is broken off. */
export type DisturbanceKind = 'silent' | 'gone';

/** What a drill does to what this process sends to a target. */
export interface Disturbance {
  /** A model provider, or the origin of an address. */
  readonly target: string;
  readonly kind: DisturbanceKind;
  /** From now on; it is over then, whether somebody ends it or not. */
  readonly forMs: number;
}

interface Known {
  readonly kind: DisturbanceKind;
  readonly untilMs: number;
}

export interface DisturbancesInit {
  /** Milliseconds of a clock that never goes back. */
  readonly elapsedMs: () => number;
  /** A target is as it was before. */
  readonly onOver: (target: string) => void;
}

/** Targets that are made to fail, for a drill: each ends by itself. */
export class Disturbances {
  readonly #init: DisturbancesInit;
  readonly #known = new Map<string, Known>();

  constructor(init: DisturbancesInit) {
    this.#init = init;
  }

  /** All that there are now; what was there before and is not among them is over. */
  set(disturbances: readonly Disturbance[]): void {
    const nowMs = this.#init.elapsedMs();
    const wanted = new Set(disturbances.map(({ target }) => target));
    for (const target of this.#known.keys()) if (!wanted.has(target)) this.#end(target);
    for (const { target, kind, forMs } of disturbances)
      this.#known.set(target, { kind, untilMs: nowMs + forMs });
  }

  of(target: string): DisturbanceKind | undefined {
    const known = this.#known.get(target);
    if (known === undefined) return undefined;
    if (this.#init.elapsedMs() < known.untilMs) return known.kind;
    this.#end(target);
    return undefined;
  }

  #end(target: string): void {
    this.#known.delete(target);
    this.#init.onOver(target);
  }
}

import { processWide } from '@371os/kernel';
import { sharedCircuits } from './circuits.ts';

/** `silent`: no answer comes. `gone`: every connection is broken off. */
export type DisturbanceKind = 'silent' | 'gone';

/** What a drill does to the calls to a provider's models in this process. */
export interface Disturbance {
  readonly provider: string;
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
  /** A provider is as it was before. */
  readonly onOver: (provider: string) => void;
}

/** Providers that are made to fail, for a drill: each ends by itself. */
export class Disturbances {
  readonly #init: DisturbancesInit;
  readonly #known = new Map<string, Known>();

  constructor(init: DisturbancesInit) {
    this.#init = init;
  }

  /** All that there are now; what was there before and is not among them is over. */
  set(disturbances: readonly Disturbance[]): void {
    const nowMs = this.#init.elapsedMs();
    const wanted = new Set(disturbances.map(({ provider }) => provider));
    for (const provider of this.#known.keys()) if (!wanted.has(provider)) this.#end(provider);
    for (const { provider, kind, forMs } of disturbances)
      this.#known.set(provider, { kind, untilMs: nowMs + forMs });
  }

  of(provider: string): DisturbanceKind | undefined {
    const known = this.#known.get(provider);
    if (known === undefined) return undefined;
    if (this.#init.elapsedMs() < known.untilMs) return known.kind;
    this.#end(provider);
    return undefined;
  }

  #end(provider: string): void {
    this.#known.delete(provider);
    this.#init.onOver(provider);
  }
}

/** Those of this process. What its models were found to be while it lasted says nothing afterwards. */
export function sharedDisturbances(): Disturbances {
  return processWide(
    'disturbances',
    () =>
      new Disturbances({
        elapsedMs: () => performance.now(),
        onOver: (provider) => {
          sharedCircuits().forget(provider);
        },
      }),
  );
}

import { every, type Disturbance } from '@371os/kernel';
import type { OpenFault, ProcessTarget } from '../domain/drill.ts';
import type { DrillStore } from '../store/drill-store.ts';

export interface FaultKeeperInit {
  readonly store: DrillStore;
  readonly machine: string;
  /** Has calls to these providers, and to no others, get nowhere in this process. */
  readonly disturb: (disturbances: readonly Disturbance[]) => void;
  /** Has this process reach these origins, and no others, no more. */
  readonly cutOff: (disturbances: readonly Disturbance[]) => void;
  /** Has a process of this machine go on. */
  readonly resume: (target: ProcessTarget) => void;
  readonly onError: (error: unknown) => void;
}

const LOOK_EVERY_MS = 1_000;

/**
 * What each process does about faults that are on record: it disturbs the providers, and cuts off the
 * origins, that a drill has disturbed, and takes back what is over, whoever made it and is gone.
 */
export class FaultKeeper {
  readonly #init: FaultKeeperInit;
  #end: (() => void) | undefined;

  constructor(init: FaultKeeperInit) {
    this.#init = init;
  }

  start(): void {
    this.#end ??= every(LOOK_EVERY_MS, () => this.look(), this.#init.onError);
  }

  stop(): void {
    this.#end?.();
    this.#end = undefined;
    this.#apply([]);
  }

  /** Does at once what the record says. */
  async look(): Promise<void> {
    const faults = await this.#init.store.openFaults();
    this.#apply(faults.filter(({ leftMs }) => leftMs > 0));
    for (const fault of faults) if (fault.leftMs <= 0) await this.#takeBack(fault);
  }

  #apply(faults: readonly OpenFault[]): void {
    const made = faults.map(({ plan: { kind, target }, leftMs: forMs }) => ({
      ...{ target, forMs, kind: kind === 'blackhole' ? ('silent' as const) : ('gone' as const) },
    }));
    this.#init.disturb(
      made.flatMap(({ target, ...how }) =>
        target.type === 'provider' ? [{ target: target.provider, ...how }] : [],
      ),
    );
    this.#init.cutOff(
      made.flatMap(({ target, ...how }) =>
        'origin' in target ? [{ target: target.origin, ...how }] : [],
      ),
    );
  }

  async #takeBack({ drillId, plan: { target } }: OpenFault): Promise<void> {
    if (target.type === 'process') {
      if (target.machine !== this.#init.machine) return;
      this.#init.resume(target);
    }
    await this.#init.store.faultEnded(drillId);
  }
}

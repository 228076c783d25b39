import { every } from '@371os/kernel';
import type { Disturbance } from '@371os/plugin-gateway';
import type { OpenFault, ProcessTarget } from '../domain/drill.ts';
import type { DrillStore } from '../store/drill-store.ts';

export interface FaultKeeperInit {
  readonly store: DrillStore;
  readonly machine: string;
  /** Has calls to these providers, and to no others, get nowhere in this process. */
  readonly disturb: (disturbances: readonly Disturbance[]) => void;
  /** Has a process of this machine go on. */
  readonly resume: (target: ProcessTarget) => void;
  readonly onError: (error: unknown) => void;
}

const LOOK_EVERY_MS = 1_000;

/**
 * What each process does about faults that are on record: it disturbs the providers that a drill has
 * disturbed, and takes back what is over, whoever made it and is gone.
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
    this.#init.disturb([]);
  }

  /** Does at once what the record says. */
  async look(): Promise<void> {
    const faults = await this.#init.store.openFaults();
    this.#init.disturb(faults.filter(({ leftMs }) => leftMs > 0).flatMap(disturbanceOf));
    for (const fault of faults) if (fault.leftMs <= 0) await this.#takeBack(fault);
  }

  async #takeBack({ drillId, plan: { target } }: OpenFault): Promise<void> {
    if (target.type === 'process') {
      if (target.machine !== this.#init.machine) return;
      this.#init.resume(target);
    }
    await this.#init.store.faultEnded(drillId);
  }
}

function disturbanceOf({ plan: { kind, target }, leftMs }: OpenFault): Disturbance[] {
  if (target.type !== 'provider') return [];
  return [
    {
      provider: target.provider,
      kind: kind === 'blackhole' ? 'silent' : 'gone',
      forMs: leftMs,
    },
  ];
}

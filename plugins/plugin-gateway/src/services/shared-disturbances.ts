import { Disturbances, processWide } from '@371os/kernel';
import { sharedCircuits } from './circuits.ts';

/**
 * The model providers that a drill disturbs in this process. What their models were found to be while it
 * lasted says nothing afterwards.
 */
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

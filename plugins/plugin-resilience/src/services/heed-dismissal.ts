import { every } from '@371os/kernel';
import type { ReplicaStore } from '../store/replica-store.ts';

const LOOK_EVERY_MS = 2_000;

/**
 * Tells a replica once that nobody wants it any more, wherever the one who decided that is. Returns
 * what ends that.
 */
export function heedDismissal(init: {
  readonly store: Pick<ReplicaStore, 'isWanted'>;
  readonly claim: string;
  readonly pid: number;
  readonly onDismissed: () => void;
  readonly onError: (error: unknown) => void;
}): () => void {
  const { store, claim, pid, onDismissed, onError } = init;
  const end = every(
    LOOK_EVERY_MS,
    async () => {
      if (await store.isWanted(claim, pid)) return;
      end();
      onDismissed();
    },
    onError,
  );
  return end;
}

import { randomUUID } from 'node:crypto';
import type { Database } from '../store/database.ts';
import { leaveLease, takeLease } from '../store/lease-store.ts';
import { LeaseLostError } from '../deployment-errors.ts';

export interface LeaseComponents {
  readonly database: Database;
  readonly settings: { readonly pollMs: number };
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
}

// How long whoever has died stands in the way of others.
const LEASE_MS = 30_000;

/**
 * Does what only one may do at a time, in all processes on one database; waits until nobody else
 * does. The work's signal is aborted when the lease could not be kept.
 */
export async function underLease<Result>(
  { database, settings, pause }: LeaseComponents,
  name: string,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const claim = { name, holder: randomUUID() };
  while (!(await takeLease(database, claim, LEASE_MS))) await pause(settings.pollMs, signal);
  const control = new AbortController();
  const renew = async (): Promise<void> => {
    const isKept = await takeLease(database, claim, LEASE_MS).catch(() => false);
    if (!isKept) control.abort(new LeaseLostError({ name }));
  };
  const timer = setInterval(() => void renew(), LEASE_MS / 3);
  try {
    return await work(AbortSignal.any([signal, control.signal]));
  } finally {
    clearInterval(timer);
    await leaveLease(database, claim).catch(() => undefined);
  }
}

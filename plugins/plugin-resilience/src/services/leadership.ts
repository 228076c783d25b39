import { every } from '@371os/kernel';
import { CRO_OFFICE } from '../domain/office.ts';
import type { LeadershipStore, Candidate } from '../store/leadership-store.ts';

export interface LeadershipInit {
  readonly store: LeadershipStore;
  readonly candidate: Candidate;
  /** How long a leader that gives no sign of life keeps the office, in milliseconds. */
  readonly leaseMs?: number | undefined;
  /** Milliseconds of a clock that never goes back. */
  readonly elapsedMs: () => number;
  readonly onError: (error: unknown) => void;
}

const LEASE_MS = 6_000;
const RENEWALS_A_LEASE = 3;

/**
 * Who, of the processes on one database, does what only one may do: watching over all of them,
 * drills, failover and scaling. A leader that could not renew for a lease stops by itself, before
 * another one can begin.
 */
export class Leadership {
  readonly #init: LeadershipInit;
  readonly #leaseMs: number;
  #epoch: number | undefined;
  #renewedAtMs = 0;
  #end: (() => void) | undefined;

  constructor(init: LeadershipInit) {
    this.#init = init;
    this.#leaseMs = init.leaseMs ?? LEASE_MS;
  }

  /** The fencing token while this process leads; undefined when it does not. */
  get epoch(): number | undefined {
    const silentMs = this.#init.elapsedMs() - this.#renewedAtMs;
    return silentMs < this.#leaseMs ? this.#epoch : undefined;
  }

  /** Begins to stand for the office. */
  start(): void {
    this.#end ??= every(this.#leaseMs / RENEWALS_A_LEASE, () => this.#claim(), this.#init.onError);
  }

  /** Does something every so often while this process leads. Returns what ends that. */
  whileLeading(periodMs: number, work: (epoch: number) => Promise<void>): () => void {
    const run = async (): Promise<void> => {
      if (this.epoch !== undefined) await work(this.epoch);
    };
    return every(periodMs, run, this.#init.onError);
  }

  /** Who leads now, as far as the database knows. */
  async leader(): Promise<string | undefined> {
    return (await this.#init.store.holder(CRO_OFFICE))?.name;
  }

  /** Gives the office back, so that the next one need not wait for the lease to end. */
  async stop(): Promise<void> {
    this.#end?.();
    const held = this.epoch;
    this.#epoch = undefined;
    if (held !== undefined) await this.#init.store.resign(CRO_OFFICE, this.#init.candidate.id);
  }

  async #claim(): Promise<void> {
    const atMs = this.#init.elapsedMs();
    this.#epoch = await this.#init.store.claim(CRO_OFFICE, this.#init.candidate, this.#leaseMs);
    this.#renewedAtMs = atMs;
  }
}

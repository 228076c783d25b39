import type { Clock } from './clock.ts';
import { BaseError } from './errors.ts';

/** Somebody asks more often than they may. */
export class TooManyRequestsError extends BaseError {
  constructor({ perMinute, retryAfterMs }: { perMinute: number; retryAfterMs: number }) {
    super(
      `That is more than ${String(perMinute)} requests a minute: wait ${String(Math.ceil(retryAfterMs / 1_000))} s.`,
      { isRetryable: true, details: { retryAfterMs } },
    );
  }
}

interface Bucket {
  left: number;
  atMs: number;
}

// More askers than this at once are not remembered one by one.
const MOST_ASKERS = 10_000;

/** Lets each asker ask so often a minute, all of it at once when they have been silent. */
export class RateLimit {
  readonly #perMinute: number;
  readonly #clock: Clock;
  readonly #buckets = new Map<string, Bucket>();

  constructor(perMinute: number, clock: Clock) {
    this.#perMinute = perMinute;
    this.#clock = clock;
  }

  /** @throws TooManyRequestsError */
  take(asker: string): void {
    const perMinute = this.#perMinute;
    const nowMs = this.#clock();
    const known = this.#buckets.get(asker) ?? { left: perMinute, atMs: nowMs };
    const gained = (Math.max(0, nowMs - known.atMs) / 60_000) * perMinute;
    const left = Math.min(perMinute, known.left + gained);
    this.#keep(asker, { left: left < 1 ? left : left - 1, atMs: nowMs });
    if (left < 1)
      throw new TooManyRequestsError({
        perMinute,
        retryAfterMs: ((1 - left) / perMinute) * 60_000,
      });
  }

  #keep(asker: string, bucket: Bucket): void {
    this.#buckets.delete(asker);
    this.#buckets.set(asker, bucket);
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > MOST_ASKERS && oldest !== undefined) this.#buckets.delete(oldest);
  }
}

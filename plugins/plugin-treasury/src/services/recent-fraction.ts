import type { Clock } from '@371os/kernel';
import type { Scopes } from '../domain/caps.ts';

const FRESH_MS = 1_000;
const MOST = 1_000;

/**
 * What was left for some scopes when they last reserved or asked. It is a question of every model
 * call, and its answer only helps to choose a model, so it may be a second old: the caps themselves
 * are kept by reserving.
 */
export class RecentFraction {
  readonly #clock: Clock;
  readonly #seen = new Map<string, { fraction: number; atMs: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get(scopes: Scopes): number | undefined {
    const seen = this.#seen.get(keyOf(scopes));
    return seen && this.#clock() - seen.atMs < FRESH_MS ? seen.fraction : undefined;
  }

  set(scopes: Scopes, fraction: number): void {
    if (this.#seen.size >= MOST) this.#seen.clear();
    this.#seen.set(keyOf(scopes), { fraction, atMs: this.#clock() });
  }

  clear(): void {
    this.#seen.clear();
  }
}

function keyOf({ agent, user, task }: Scopes): string {
  return JSON.stringify([agent, user, task]);
}

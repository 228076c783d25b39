import type { Clock, RandomSource } from '@371os/kernel';

const LASTS_MS = 600_000;

/** Codes of links that sign one browser in, once, within ten minutes. */
export class SignInCodes {
  readonly #expiries = new Map<string, number>();
  readonly #random: RandomSource;
  readonly #clock: Clock;

  constructor({ random, clock }: { readonly random: RandomSource; readonly clock: Clock }) {
    this.#random = random;
    this.#clock = clock;
  }

  issue(): string {
    this.#forgetOld();
    const code = Buffer.from(this.#random(24)).toString('base64url');
    this.#expiries.set(code, this.#clock() + LASTS_MS);
    return code;
  }

  /** Whether a code is good; it is not any more afterwards. */
  redeem(code: string): boolean {
    this.#forgetOld();
    return this.#expiries.delete(code);
  }

  #forgetOld(): void {
    for (const [code, expiry] of this.#expiries)
      if (expiry <= this.#clock()) this.#expiries.delete(code);
  }
}

/** Lets many work at the same time, or one alone: whoever cleans up must not meet half-done work. */
export class Turns {
  readonly #together = new Set<Promise<undefined>>();
  #alone: Promise<unknown> = Promise.resolve();

  /** Joins the others, after whoever works alone or waits for it. @returns what ends the turn */
  async join(): Promise<() => void> {
    for (let before; before !== this.#alone;) {
      before = this.#alone;
      await before;
    }
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#together.add(promise);
    return () => {
      this.#together.delete(promise);
      resolve(undefined);
    };
  }

  /** Does something while nobody else works, when those are done that have begun. */
  async alone<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#alone.then(async () => Promise.all(this.#together)).then(work);
    this.#alone = result.catch(() => undefined);
    return result;
  }
}

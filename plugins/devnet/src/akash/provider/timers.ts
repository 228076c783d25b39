/** Timers that end together. */
export class Timers {
  readonly #running = new Set<NodeJS.Timeout>();

  after(delayMs: number, work: () => void): void {
    const timer = setTimeout(() => {
      this.#running.delete(timer);
      work();
    }, delayMs);
    this.#running.add(timer);
  }

  clear(): void {
    for (const timer of this.#running) clearTimeout(timer);
    this.#running.clear();
  }
}

const LINGER_MS = 10;

/**
 * Sends the newest state of tasks that have changed, many together, one letter at a time: what comes
 * meanwhile goes with the next, and a state that another one follows at once is left out.
 */
export class NewsPost<Task extends { readonly id: string }> {
  readonly #send: (tasks: readonly Task[]) => Promise<void>;
  readonly #waiting = new Map<string, Task>();
  #isSending = false;

  /** @param send must not throw */
  constructor(send: (tasks: readonly Task[]) => Promise<void>) {
    this.#send = send;
  }

  add(tasks: readonly Task[]): void {
    for (const task of tasks) this.#waiting.set(task.id, task);
    if (!this.#isSending) void this.#sendAll();
  }

  async #sendAll(): Promise<void> {
    this.#isSending = true;
    while (this.#waiting.size > 0) {
      await new Promise((done) => setTimeout(done, LINGER_MS));
      const letter = [...this.#waiting.values()];
      this.#waiting.clear();
      await this.#send(letter);
    }
    this.#isSending = false;
  }
}

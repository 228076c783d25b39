export interface LanesInit<Work, End> {
  /** How many pieces of work are done at once. */
  readonly count: number;
  /**
   * Keeps how pieces ended and takes up to `count` more, whoever else does so too. Must not throw;
   * when nothing could be taken because of a failure, it wakes the lanes later.
   */
  readonly exchange: (ends: readonly End[], count: number) => Promise<readonly Work[]>;
  /** Does one piece, and returns its end when that is to be kept. Must not throw. */
  readonly perform: (work: Work) => Promise<End | undefined>;
}

// They are woken when there is work; the poll is for what a process that died would have woken.
const POLL_MS = 15_000;
// While one exchange is under way the ends of other pieces need not wait for it.
const EXCHANGES_AT_ONCE = 2;

/**
 * Does work, as much at once as it may, and has the end of a piece kept in the same breath in which the
 * next is taken. What ends while enough of that is under way comes along with the next.
 */
export class Lanes<Work, End> {
  readonly #init: LanesInit<Work, End>;
  readonly #poll: NodeJS.Timeout;
  readonly #empty = Promise.withResolvers<undefined>();
  #ended: End[] = [];
  #performing = 0;
  #exchanges = 0;
  // Asked for by an exchange that is under way.
  #awaited = 0;
  #isWoken = true;
  #hasStopped = false;

  constructor(init: LanesInit<Work, End>) {
    this.#init = init;
    this.#poll = setInterval(() => {
      this.wake();
    }, POLL_MS).unref();
    this.#goOn();
  }

  /** There is, or may be, more to do. */
  wake(): void {
    this.#isWoken = true;
    this.#goOn();
  }

  /** Takes nothing more, and returns when all that was taken is done and kept. */
  async stop(): Promise<void> {
    this.#hasStopped = true;
    clearInterval(this.#poll);
    this.#goOn();
    await this.#empty.promise;
  }

  #goOn(): void {
    const isIdle = this.#performing + this.#exchanges + this.#ended.length === 0;
    if (this.#hasStopped && isIdle) this.#empty.resolve(undefined);
    const room = this.#hasStopped ? 0 : this.#init.count - this.#performing - this.#awaited;
    const isWanted = this.#ended.length > 0 || (this.#isWoken && room > 0);
    if (!isWanted || this.#exchanges >= EXCHANGES_AT_ONCE) return;
    this.#isWoken = false;
    void this.#exchange(this.#ended.splice(0), room);
  }

  async #exchange(ends: readonly End[], room: number): Promise<void> {
    this.#exchanges += 1;
    this.#awaited += room;
    const taken = await this.#init.exchange(ends, room);
    this.#exchanges -= 1;
    this.#awaited -= room;
    for (const work of taken) void this.#perform(work);
    this.#goOn();
  }

  async #perform(work: Work): Promise<void> {
    this.#performing += 1;
    const end = await this.#init.perform(work);
    this.#performing -= 1;
    if (end === undefined) this.#isWoken = true;
    else this.#ended.push(end);
    this.#goOn();
  }
}

import type { JsonRpcProvider } from 'ethers';

// After a block with transactions, so that whoever waits for confirmations gets them.
const FOLLOWING_BLOCKS = 12;
// And one now and then, so that the chain's clock is not far behind.
const LONGEST_PAUSE_SECONDS = 60;
// Saving a long chain takes a while.
const SAVE_EVERY_MS = 1000;

interface Block {
  readonly number: string;
  readonly hash: string;
  readonly timestamp: string;
  readonly transactions: readonly string[];
}

export interface BlockClockInit {
  readonly rpc: JsonRpcProvider;
  readonly blockTimeMs: number;
  /** Called after changes of the chain, once a second at most. */
  readonly save: () => Promise<void>;
}

/**
 * Time on a chain that makes a block for each transaction by itself: more blocks after it, one now and
 * then, and one for transactions that wait, which Anvil sometimes forgets when many come at once.
 * Blocks at a fixed interval would be 1.7 kB of state each, 72 MB a day.
 */
export class BlockClock {
  readonly #init: BlockClockInit;
  #busy = 0;
  #seen: Block | undefined;
  #isPaused = false;
  #savedAt = 0;
  #savedHash = '';
  #timer: NodeJS.Timeout | undefined;
  #ticking: Promise<void> = Promise.resolve();

  constructor(init: BlockClockInit) {
    this.#init = init;
    this.#schedule();
  }

  async pause(): Promise<void> {
    this.#isPaused = true;
    await this.#ticking;
  }

  resume(): void {
    this.#isPaused = false;
    this.#busy = FOLLOWING_BLOCKS;
  }

  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#ticking;
  }

  #schedule(): void {
    this.#timer = setTimeout(() => {
      // A chain that does not answer now is asked again.
      this.#ticking = this.#tick().catch(() => undefined);
      void this.#ticking.then(() => {
        if (this.#timer) this.#schedule();
      });
    }, this.#init.blockTimeMs).unref();
  }

  async #tick(): Promise<void> {
    const { rpc } = this.#init;
    const latest = (await rpc.send('eth_getBlockByNumber', ['latest', false])) as Block;
    if (latest.hash !== this.#seen?.hash) {
      if (await this.#hasTransactionsUpTo(latest)) this.#busy = FOLLOWING_BLOCKS;
      this.#seen = latest;
    }
    if (!this.#isPaused && (await this.#isDue(latest))) {
      this.#busy = Math.max(0, this.#busy - 1);
      await rpc.send('evm_mine', []);
    }
    // Last, so that time goes on where nothing can be saved; the end of the devnet says so.
    await this.#saveIfDue(latest.hash);
  }

  async #saveIfDue(hash: string): Promise<void> {
    if (hash === this.#savedHash || Date.now() - this.#savedAt < SAVE_EVERY_MS) return;
    await this.#init.save();
    [this.#savedHash, this.#savedAt] = [hash, Date.now()];
  }

  async #isDue(latest: Block): Promise<boolean> {
    if (this.#busy > 0) return true;
    const { pending } = (await this.#init.rpc.send('txpool_status', [])) as { pending: string };
    const ageSeconds = Date.now() / 1000 - Number(latest.timestamp);
    return Number(pending) > 0 || ageSeconds > LONGEST_PAUSE_SECONDS;
  }

  // The last few blocks are enough: older ones have their confirmations.
  async #hasTransactionsUpTo(latest: Block): Promise<boolean> {
    const [seen, last] = [Number(this.#seen?.number ?? latest.number), Number(latest.number)];
    if (latest.transactions.length > 0) return true;
    for (let number = last - 1; number > Math.max(seen, last - FOLLOWING_BLOCKS); number--) {
      const block = (await this.#init.rpc.send('eth_getBlockByNumber', [
        `0x${number.toString(16)}`,
        false,
      ])) as Block | null;
      if (block && block.transactions.length > 0) return true;
    }
    return false;
  }
}

import { ModelCallAbortedError, ModelCallError } from '../errors.ts';
import { classifyFailure } from './classify-failure.ts';

interface DeadlineInit {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Aborts a call that takes too long, and tells a time-out from an asker who has gone. */
export class Deadline {
  readonly #init: DeadlineInit;
  readonly #controller = new AbortController();
  #timer: NodeJS.Timeout;
  #isLate = false;
  #isFinished = false;
  readonly signal: AbortSignal;

  constructor(init: DeadlineInit) {
    this.#init = init;
    this.#timer = this.#start();
    const { signal } = this.#controller;
    this.signal = init.signal ? AbortSignal.any([signal, init.signal]) : signal;
  }

  /** Something was heard: the time begins anew. */
  restart(): void {
    clearTimeout(this.#timer);
    this.#timer = this.#start();
  }

  /** All was heard. To abort what has ended would take a tenth of a millisecond. */
  finish(): void {
    this.#isFinished = true;
  }

  /** Nothing is waited for any more; what still runs is aborted. */
  stop(): void {
    clearTimeout(this.#timer);
    if (!this.#isFinished) this.#controller.abort();
  }

  /** What an error means, given who aborted what. */
  explain(error: unknown): Error {
    if (this.#init.signal?.aborted) return new ModelCallAbortedError();
    if (this.#isLate) {
      const reason = `did not answer within ${this.#init.timeoutMs} ms`;
      return new ModelCallError({ failure: 'unknown', reason });
    }
    return error instanceof ModelCallError ? error : classifyFailure(error, Date.now());
  }

  #start(): NodeJS.Timeout {
    return setTimeout(() => {
      this.#isLate = true;
      this.#controller.abort();
    }, this.#init.timeoutMs);
  }
}

import type { DrillSubject, FaultSight } from '../ports/drill-site.ts';

export interface AskingSubjectInit {
  /** Has this process do what the journal of faults says now. */
  readonly heedFaults: () => Promise<void>;
  /** Asks as the company's own work does. Whether somebody else than the disturbed one has answered. */
  readonly ask: (signal: AbortSignal) => Promise<boolean>;
  /** Whether the company has noticed by itself. */
  readonly isNoticed: () => boolean;
}

/** A fault that the record of faults makes, and that is seen by asking: one call after the other. */
export class AskingSubject implements DrillSubject {
  readonly #init: AskingSubjectInit;
  readonly #leaving = new AbortController();
  #isAsking = false;
  #isMade = false;
  #hasFailed = false;
  #isReplaced = false;

  constructor(init: AskingSubjectInit) {
    this.#init = init;
  }

  // The fault stands in the journal already.
  async make(): Promise<void> {
    await this.#init.heedFaults();
    this.#isMade = true;
  }

  takeBack(): Promise<void> {
    this.#isMade = false;
    return Promise.resolve();
  }

  look(): Promise<FaultSight> {
    if (this.#isMade && !this.#isAsking) void this.#ask();
    const isDetected = this.#init.isNoticed() || this.#hasFailed || this.#isReplaced;
    return Promise.resolve({ isDetected, isRecovered: this.#isReplaced });
  }

  close(): void {
    this.#leaving.abort();
  }

  async #ask(): Promise<void> {
    this.#isAsking = true;
    try {
      this.#isReplaced = (await this.#init.ask(this.#leaving.signal)) || this.#isReplaced;
    } catch {
      // That nobody answers is what a drill may show: it is not recovered then.
      this.#hasFailed = true;
    } finally {
      this.#isAsking = false;
    }
  }
}

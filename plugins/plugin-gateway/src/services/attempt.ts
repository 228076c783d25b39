import type { ModelCallError } from '../errors.ts';
import type { ChatRequest, ReportedUsage } from '../ports.ts';
import type { CallTicket, Charge } from './call-ticket.ts';
import type { Passage } from './circuits.ts';

interface AttemptInit {
  /** `provider:model`. */
  readonly model: string;
  readonly request: ChatRequest;
  readonly ticket: CallTicket;
  readonly passage: Passage;
  /** Why this model, and what became of those before it. */
  readonly reason: string;
}

/** A call that one model was let to take: what comes of it is told to the books and the breaker. */
export class Attempt {
  readonly model: string;
  readonly request: ChatRequest;
  readonly #init: AttemptInit;

  constructor(init: AttemptInit) {
    this.model = init.model;
    this.request = init.request;
    this.#init = init;
  }

  keepAlive(): void {
    this.#init.ticket.keepAlive();
  }

  async succeed(written: string, usage: ReportedUsage): Promise<Charge> {
    this.#init.passage.succeed();
    return this.#init.ticket.succeed(written, usage, this.#init.reason);
  }

  async failEmpty(error: ModelCallError, usage: ReportedUsage): Promise<void> {
    this.#init.passage.fail(error);
    await this.#init.ticket.failEmpty(usage);
  }

  async fail(error: unknown, received: { text: string; isStream: boolean }): Promise<void> {
    this.#init.passage.fail(error);
    await this.#init.ticket.fail(error, received);
  }

  /** The reader has gone; nothing happens when the call has ended before. */
  async abandon(written: string): Promise<void> {
    this.#init.passage.leave();
    await this.#init.ticket.abandon(written);
  }
}

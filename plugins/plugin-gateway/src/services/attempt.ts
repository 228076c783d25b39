import type { ModelAnswer } from '../domain/model-call.ts';
import type { ModelCallError } from '../errors.ts';
import type { ChatRequest, ReportedUsage } from '../ports.ts';
import type { CallTicket, Settled } from './call-ticket.ts';
import type { Passage } from './circuits.ts';

interface AttemptInit {
  /** `provider:model`. */
  readonly model: string;
  readonly request: ChatRequest;
  readonly ticket: CallTicket;
  readonly passage: Passage;
  /** Why this model, and what became of those before it. */
  readonly reason: string;
  /** Told what a call with counted tokens was charged. */
  readonly learn: (settled: Settled) => void;
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

  async succeed(
    written: string,
    reported: ReportedUsage,
  ): Promise<Pick<ModelAnswer, 'usage' | 'costPico' | 'callId'>> {
    const { passage, ticket, reason, learn } = this.#init;
    passage.succeed();
    const settled = await ticket.succeed(written, reported, reason);
    const { usage, costPico, callId } = settled;
    // What was not believed, or not said, teaches nothing.
    if (reported.tokensIn === usage.tokensIn) learn(settled);
    return { usage, costPico, callId };
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

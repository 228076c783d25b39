import { divideUp, record, type Clock, type PicoUsd } from '@371os/kernel';
import { chargeFor, type Charge } from '../domain/charge.ts';
import { costOf, isFree, type ModelPrice, type TokenUse } from '../domain/price.ts';
import { estimateWritten } from '../domain/token-bound.ts';
import { plausibleTokens } from '../domain/usage.ts';
import { ModelCallError } from '../errors.ts';
import type {
  CallStatus,
  ModelUse,
  ReportedUsage,
  SpendScopes,
  TokenCounter,
  Treasury,
} from '../ports.ts';

/** What is known of a call before it is made. */
export interface TicketInit {
  readonly callId: string;
  readonly provider: string;
  readonly name: string;
  readonly price: ModelPrice;
  /** How much dearer than its price the model may turn out, in percent of it. */
  readonly costPercent: number;
  /** Whether the provider's own word on the cost is taken. */
  readonly reportsCost: boolean;
  readonly scopes: SpendScopes;
  readonly promptBytes: number;
  readonly tokensInBound: number;
  readonly maxTokens: number;
  readonly isFirstChoice: boolean;
  readonly leaseMs: number;
  /** What goes into the record of every call, beside its outcome. */
  readonly trace: Readonly<Record<string, unknown>>;
  /** Told once what the call has used, unless it was never sent. */
  readonly announce?: (use: Omit<ModelUse, 'modelType' | 'prompt'>) => void;
}

interface TicketComponents {
  readonly treasury: Treasury | undefined;
  readonly counter: TokenCounter;
  readonly now: Clock;
  readonly log: (problem: string, error: unknown) => void;
}

interface Use extends TokenUse {
  readonly status: CallStatus;
  readonly reason: string;
  readonly reportedUsd?: number | undefined;
}

/** What a call was charged for. */
export interface Settled extends Charge {
  readonly callId: string;
  readonly usage: TokenUse;
}

/**
 * One call's reservation. It is ended exactly once, however the call ends: settled with what was
 * used, or released when nothing was sent.
 */
export class CallTicket {
  readonly #init: TicketInit;
  readonly #components: TicketComponents;
  readonly #reservationId: string | undefined;
  readonly #reservedPico: PicoUsd;
  readonly #startedAt: number;
  #renewedAt: number;
  #isEnded = false;

  private constructor(
    init: TicketInit,
    components: TicketComponents,
    reservationId: string | undefined,
  ) {
    this.#init = init;
    this.#components = components;
    this.#reservationId = reservationId;
    this.#reservedPico = worstCase(init);
    this.#startedAt = components.now();
    this.#renewedAt = this.#startedAt;
  }

  /** Reserves the most that the call can cost. @throws BudgetExceededError */
  static async open(init: TicketInit, components: TicketComponents): Promise<CallTicket> {
    if (isFree(init.price)) return new CallTicket(init, components, undefined);
    const reservation = await components.treasury?.reserve({
      category: 'llm',
      amountPico: worstCase(init),
      scopes: init.scopes,
      ttlMs: init.leaseMs,
      // What a process that died had sent may have been billed.
      chargeOnExpiry: true,
    });
    return new CallTicket(init, components, reservation?.id);
  }

  /** Keeps the reservation of a long stream. */
  keepAlive(): void {
    const { now, treasury, log } = this.#components;
    if (this.#reservationId === undefined || now() - this.#renewedAt < this.#init.leaseMs / 2)
      return;
    this.#renewedAt = now();
    treasury?.renew(this.#reservationId).catch((error: unknown) => {
      log('a reservation could not be renewed', error);
    });
  }

  /** The model has answered. The provider's figures are believed when they can be true. */
  async succeed(text: string, usage: ReportedUsage, reason: string): Promise<Settled> {
    const status = this.#init.isFirstChoice ? 'ok' : 'fallback';
    const use = await this.#used(text, usage);
    const charge = this.#end({ ...use, status, reason });
    const { tokensIn, tokensOut } = use;
    return { ...charge, callId: this.#init.callId, usage: { tokensIn, tokensOut } };
  }

  /** The call was answered with nothing that can be used; what it cost still counts. */
  async failEmpty(usage: ReportedUsage): Promise<void> {
    const use = await this.#used('', usage);
    this.#end({ ...use, status: 'error', reason: 'gave an empty answer' });
  }

  /** The call failed. What may have been billed is counted at its worst case. */
  async fail(error: unknown, received: { text: string; isStream: boolean }): Promise<void> {
    const failure = error instanceof ModelCallError ? error.failure : 'unknown';
    const reason = error instanceof ModelCallError ? error.reason : 'was stopped';
    if (failure === 'not-sent') return this.release(reason);
    if (failure === 'refused') this.#end({ tokensIn: 0, tokensOut: 0, status: 'error', reason });
    else await this.#endUnknown(received, reason);
  }

  /** The reader of a stream has gone: what was written until then counts. */
  async abandon(text: string): Promise<void> {
    if (!this.#isEnded)
      await this.#endUnknown({ text, isStream: true }, 'was stopped by the reader');
  }

  /** Nothing was sent. */
  async release(reason: string): Promise<void> {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#record(
      { tokensIn: 0, tokensOut: 0, status: 'error', reason },
      { costPico: 0n, estimatedPico: 0n },
    );
    const { treasury, log } = this.#components;
    if (!treasury || this.#reservationId === undefined) return;
    try {
      await treasury.release(this.#reservationId);
    } catch (error) {
      log('a reservation could not be released', error);
    }
  }

  // A stream shows what was written; of a call that never answered nothing is known.
  async #endUnknown(received: { text: string; isStream: boolean }, reason: string): Promise<void> {
    const { tokensInBound, maxTokens } = this.#init;
    const tokensOut = received.isStream ? await this.#estimate(received.text) : maxTokens;
    this.#end({ tokensIn: tokensInBound, tokensOut, status: 'error', reason });
  }

  async #used(text: string, usage: ReportedUsage): Promise<Omit<Use, 'status' | 'reason'>> {
    const { promptBytes, tokensInBound, maxTokens, reportsCost } = this.#init;
    const prompt = { sizeBytes: promptBytes, limitTokens: tokensInBound };
    const answer = { sizeBytes: Buffer.byteLength(text), limitTokens: maxTokens };
    const tokensIn = plausibleTokens(usage.tokensIn, prompt);
    return {
      tokensIn: tokensIn ?? tokensInBound,
      tokensOut: plausibleTokens(usage.tokensOut, answer) ?? (await this.#estimate(text)),
      cacheWriteTokens: tokensIn === undefined ? undefined : writtenOf(usage, tokensIn),
      reportedUsd: reportsCost ? usage.costUsd : undefined,
    };
  }

  async #estimate(text: string): Promise<number> {
    const { name: model, maxTokens } = this.#init;
    const tokens = await this.#components.counter.count(text);
    return estimateWritten({ tokens, sizeBytes: Buffer.byteLength(text), model, maxTokens });
  }

  // The answer is not kept waiting for the ledger.
  #end(use: Use): Charge {
    const { price, scopes } = this.#init;
    const { reportedUsd } = use;
    const charge = chargeFor({ price, use, reservedPico: this.#reservedPico, reportedUsd });
    if (this.#isEnded) return charge;
    this.#isEnded = true;
    this.#record(use, charge);
    const { callId, provider, name: model } = this.#init;
    const { tokensIn, tokensOut, status } = use;
    const row = { provider, model, tokensIn, tokensOut, status, callId };
    this.#init.announce?.({ ...row, costPico: charge.costPico });
    const { treasury, log } = this.#components;
    const id = this.#reservationId;
    try {
      if (id === undefined) treasury?.recordFreeSoon({ ...row, category: 'llm', scopes });
      else treasury?.settleSoon(id, { ...row, costPico: charge.costPico, priceId: price.priceId });
    } catch (error) {
      log('the cost of a call could not be recorded', error);
    }
    return charge;
  }

  #record({ tokensIn, tokensOut, status, reason }: Use, charge: Charge): void {
    record({
      ...this.#init.trace,
      kind: 'model-call',
      model: `${this.#init.provider}:${this.#init.name}`,
      callId: this.#init.callId,
      status,
      tokensIn,
      tokensOut,
      costPico: charge.costPico,
      estimatedPico: charge.estimatedPico,
      reservedPico: this.#reservedPico,
      reason: charge.note === undefined ? reason : `${reason}; ${charge.note}`,
      latencyMs: this.#components.now() - this.#startedAt,
    });
  }
}

function worstCase({ price, costPercent, tokensInBound, maxTokens }: TicketInit): PicoUsd {
  const byPrice = costOf(price, { tokensIn: tokensInBound, tokensOut: maxTokens });
  return divideUp(byPrice * BigInt(costPercent), 100n);
}

function writtenOf({ cacheWriteTokens }: ReportedUsage, tokensIn: number): number | undefined {
  return plausibleTokens(cacheWriteTokens, { sizeBytes: 0, limitTokens: tokensIn });
}

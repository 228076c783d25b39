import {
  BaseError,
  cutOff,
  parseUsd,
  withinTime,
  type Clock,
  type IdSource,
  type PicoUsd,
} from '@371os/kernel';
import { handlerEntry, type Catalogue } from '../domain/catalogue.ts';
import type { ModelPrice } from '../domain/price.ts';
import {
  ModelCallAbortedError,
  ModelCallError,
  ModelNotAllowedError,
  ModelsElsewhereError,
} from '../errors.ts';
import type { SpendScopes, TokenCounter, Treasury } from '../ports.ts';
import { CallTicket } from './call-ticket.ts';

/** A call of a kind that the gateway does not answer itself, such as IMAGE. */
export interface ForeignCall {
  /** The plugin that answers it. */
  readonly plugin: string;
  readonly modelType: string;
  readonly isConfidential: boolean;
  readonly scopes: SpendScopes;
  readonly signal?: AbortSignal | undefined;
}

interface ForeignComponents {
  readonly agent: string;
  readonly catalogue: Catalogue;
  readonly counter: TokenCounter;
  readonly treasury: () => Promise<Treasury>;
  readonly classify: (error: unknown) => ModelCallError;
  readonly now: Clock;
  readonly ids: IdSource;
  readonly log: (problem: string, error: unknown) => void;
}

// Speech and video take their time, and nothing can stop a plugin that has begun.
const TIMEOUT_MS = 600_000;
const LEASE_MS = 660_000;

/**
 * Lets other plugins answer what the gateway does not: those that the catalogue allows, at the price
 * of a call that it names. The same reservation and settlement as for every model; a call counts as
 * one token.
 */
export class ForeignCalls {
  readonly #components: ForeignComponents;

  constructor(components: ForeignComponents) {
    this.#components = components;
  }

  /** @throws ModelNotAllowedError, ModelsElsewhereError, BudgetExceededError, ModelCallError, or what the plugin throws */
  async pass<Result>(call: ForeignCall, run: () => Promise<Result>): Promise<Result> {
    const ticket = await this.#open(call);
    try {
      const result = await withinTime(run(), TIMEOUT_MS, tooLate);
      await ticket.succeed('', { tokensIn: 0, tokensOut: 1 }, 'the catalogue allows it');
      return result;
    } catch (error) {
      const failure = error instanceof ModelCallError ? error : this.#components.classify(error);
      await ticket.fail(failure, { text: '', isStream: false });
      throw error;
    }
  }

  async #open(call: ForeignCall): Promise<CallTicket> {
    const { agent, catalogue, counter, ids, log, now } = this.#components;
    const { plugin, modelType, scopes } = call;
    const entry = handlerEntry(catalogue, plugin, modelType);
    if (!entry) throw new ModelNotAllowedError({ plugin, modelType, why: 'price' });
    if (call.isConfidential && !entry.isLocal)
      throw new ModelNotAllowedError({ plugin, modelType, why: 'privacy' });
    if (cutOff.reason !== undefined && !entry.isLocal)
      throw new ModelsElsewhereError({ reason: cutOff.reason });
    if (call.signal?.aborted) throw new ModelCallAbortedError();
    const init = {
      callId: ids(),
      provider: plugin,
      name: modelType,
      price: priceOfCall(`catalogue:${plugin}:${modelType}`, parseUsd(entry.usdPerCall)),
      costPercent: 100,
      reportsCost: false,
      scopes,
      promptBytes: 0,
      tokensInBound: 0,
      maxTokens: 1,
      isFirstChoice: true,
      leaseMs: LEASE_MS,
      trace: { agent, modelType, slot: 'handlers', rule: 0, taskId: scopes.task, candidates: [] },
    };
    return CallTicket.open(init, { treasury: await this.#treasury(entry), counter, now, log });
  }

  // What is free goes on when the treasury cannot be asked.
  async #treasury({ usdPerCall }: { usdPerCall: string }): Promise<Treasury | undefined> {
    try {
      return await this.#components.treasury();
    } catch (error) {
      if (!BaseError.isInstance(error) || parseUsd(usdPerCall) > 0n) throw error;
      return undefined;
    }
  }
}

function priceOfCall(priceId: string, pico: PicoUsd): ModelPrice {
  return {
    priceId,
    tiers: [{ fromTokensIn: 0, inPico: 0n, cacheWritePico: 0n, outPico: pico }],
  };
}

function tooLate(): ModelCallError {
  const reason = `did not answer within ${String(TIMEOUT_MS)} ms`;
  return new ModelCallError({ failure: 'unknown', reason });
}

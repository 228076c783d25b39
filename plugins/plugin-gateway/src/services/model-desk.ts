import { BaseError, type Clock, type IdSource } from '@371os/kernel';
import { answerLimit, barrier, type CallNeeds, type Candidate } from '../domain/candidates.ts';
import { FREE, isFree } from '../domain/price.ts';
import { selectSlot, type SlotChoice } from '../domain/select-slot.ts';
import { isEmptyAnswer } from '../domain/shape-answer.ts';
import { boundTokens } from '../domain/token-bound.ts';
import { ModelCallAbortedError, ModelCallError } from '../errors.ts';
import type {
  ChatClient,
  ChatRequest,
  ReportedUsage,
  Sampling,
  SpendScopes,
  TokenCounter,
  Treasury,
} from '../ports.ts';
import type { GatewaySettings } from '../settings.ts';
import { CallTicket } from './call-ticket.ts';
import type { ModelRegistry } from './model-registry.ts';

/** A text that is wanted from a model. */
export interface ModelCall {
  readonly modelType: string;
  readonly prompt: string;
  readonly system?: string | undefined;
  readonly maxTokens?: number | undefined;
  readonly sampling?: Sampling | undefined;
  readonly isJson?: boolean | undefined;
  readonly isConfidential: boolean;
  readonly scopes: SpendScopes;
  readonly signal?: AbortSignal | undefined;
}

export interface DeskComponents {
  readonly agent: string;
  readonly settings: GatewaySettings;
  readonly registry: ModelRegistry;
  readonly client: ChatClient;
  readonly counter: TokenCounter;
  readonly treasury: () => Promise<Treasury>;
  readonly now: Clock;
  readonly ids: IdSource;
  /** Why nothing may be paid for, if so. */
  readonly unpaidBecause: () => string | undefined;
  readonly log: (problem: string, error: unknown) => void;
}

/** Why a model was not used, or failed. */
export interface Refusal {
  readonly model: string;
  readonly reason: string;
}

/** Every model that could have taken a call was barred or failed. */
export class ModelsExhausted extends BaseError {
  readonly refusals: readonly Refusal[];
  /** What the treasury said, when it was the money. */
  readonly treasuryError: BaseError | undefined;

  constructor(init: { refusals: readonly Refusal[]; treasuryError: BaseError | undefined }) {
    super('No model took the call.');
    this.refusals = init.refusals;
    this.treasuryError = init.treasuryError;
  }
}

export interface StreamEnd {
  readonly usage: { readonly tokensIn: number; readonly tokensOut: number };
  readonly finishReason: string | undefined;
}

interface Plan {
  readonly call: ModelCall;
  readonly choice: SlotChoice;
  readonly tokensIn: number;
  readonly promptBytes: number;
  readonly treasury: Treasury | undefined;
  readonly candidates: readonly Candidate[];
  readonly refusals: Refusal[];
  treasuryError: BaseError | undefined;
}

interface Admission {
  readonly ticket: CallTicket;
  readonly request: ChatRequest;
  readonly reason: string;
}

const LEASE_MARGIN_MS = 60_000;
// Longer prompts are bounded by their bytes alone: no model reads them, so counting is a waste.
const LONGEST_COUNTED_BYTES = 8_000_000;

/** Makes model calls: chooses the model, reserves the worst case, calls, settles once. */
export class ModelDesk {
  readonly #components: DeskComponents;

  constructor(components: DeskComponents) {
    this.#components = components;
  }

  /** @throws ModelsExhausted, ModelCallAbortedError */
  async generate(call: ModelCall): Promise<string> {
    const plan = await this.#plan(call);
    for (const candidate of plan.candidates) {
      const admission = await this.#admit(plan, candidate);
      if (!admission) continue;
      const { ticket, request, reason } = admission;
      try {
        const answer = await this.#components.client.generate(request);
        if (isEmptyAnswer(answer.text)) {
          await ticket.failEmpty(answer.usage);
          plan.refusals.push({ model: candidate.id, reason: 'gave an empty answer' });
          continue;
        }
        await ticket.succeed(answer.text, answer.usage, reason);
        return answer.text;
      } catch (error) {
        await ticket.fail(error, { text: '', isStream: false });
        refuse(plan, candidate, error);
      }
    }
    throw new ModelsExhausted(plan);
  }

  /**
   * The same, as it is written. Another model takes over only while nothing has been said.
   * @throws ModelsExhausted, ModelCallAbortedError, ModelCallError once something was said
   */
  async *stream(call: ModelCall): AsyncGenerator<string, StreamEnd> {
    const plan = await this.#plan(call);
    for (const candidate of plan.candidates) {
      const admission = await this.#admit(plan, candidate);
      if (!admission) continue;
      const { ticket, request, reason } = admission;
      let text = '';
      let said = 0;
      let usage: ReportedUsage = {};
      let finishReason: string | undefined;
      try {
        for await (const event of this.#components.client.stream(request)) {
          ticket.keepAlive();
          if (event.type === 'end') ({ usage, finishReason } = event);
          else {
            text += event.text;
            // Thinking is held back, so that another model can still take over after it.
            if (said === 0 && isEmptyAnswer(text)) continue;
            const piece = text.slice(said);
            said = text.length;
            yield piece;
          }
        }
        if (said > 0) {
          return { usage: await ticket.succeed(text, usage, reason), finishReason };
        }
        await ticket.failEmpty(usage);
        plan.refusals.push({ model: candidate.id, reason: 'gave an empty answer' });
      } catch (error) {
        await ticket.fail(error, { text, isStream: true });
        refuse(plan, candidate, error);
        if (said > 0) throw error;
      } finally {
        await ticket.abandon(text);
      }
    }
    throw new ModelsExhausted(plan);
  }

  async #plan(call: ModelCall): Promise<Plan> {
    const { counter, settings, registry } = this.#components;
    const text = `${call.system ?? ''}${call.prompt}`;
    const promptBytes = Buffer.byteLength(text);
    const tokensIn = promptBytes > LONGEST_COUNTED_BYTES ? promptBytes : await counter.count(text);
    const budget = await this.#budget(call);
    const choice = selectSlot({
      isConfidential: call.isConfidential,
      isHighQuality: settings.QUALITY === 'high',
      tokensIn,
      remainingFraction: budget.remainingFraction,
    });
    const candidates = registry.candidates(choice.slot, /SMALL$/.test(call.modelType));
    return {
      call,
      choice,
      tokensIn,
      promptBytes,
      treasury: budget.treasury,
      candidates,
      refusals: [],
      treasuryError: budget.error,
    };
  }

  // A treasury that cannot be asked leaves nothing to spend; free models go on.
  async #budget(call: ModelCall): Promise<{
    treasury: Treasury | undefined;
    remainingFraction: number;
    error: BaseError | undefined;
  }> {
    try {
      const treasury = await this.#components.treasury();
      const remainingFraction = call.isConfidential
        ? 1
        : await treasury.remainingFraction(call.scopes);
      return { treasury, remainingFraction, error: undefined };
    } catch (error) {
      if (!BaseError.isInstance(error)) throw error;
      return { treasury: undefined, remainingFraction: 0, error };
    }
  }

  async #admit(plan: Plan, candidate: Candidate): Promise<Admission | undefined> {
    if (plan.call.signal?.aborted) throw new ModelCallAbortedError();
    const needs = this.#needs(plan, candidate);
    const endpoint = this.#components.registry.endpoint(candidate);
    const obstacle = barrier(candidate, needs) ?? (endpoint ? undefined : 'is no longer there');
    if (obstacle !== undefined || !endpoint) {
      plan.refusals.push({ model: candidate.id, reason: obstacle ?? '' });
      return undefined;
    }
    const maxTokens = answerLimit(candidate, needs);
    const ticket = await this.#open(plan, candidate, needs, maxTokens);
    if (!ticket) return undefined;
    if (plan.call.signal?.aborted) {
      await ticket.release('was stopped before it was sent');
      throw new ModelCallAbortedError();
    }
    const { prompt, system, sampling, isJson, signal } = plan.call;
    const request: ChatRequest = {
      endpoint,
      model: candidate.name,
      prompt,
      system,
      sampling,
      isJson,
      signal,
      maxTokens,
      body: this.#components.registry.bodyOf(candidate),
      timeoutMs: this.#components.settings.MODEL_TIMEOUT_MS,
    };
    return { ticket, request, reason: reasonFor(plan, candidate) };
  }

  async #open(
    plan: Plan,
    candidate: Candidate,
    needs: CallNeeds,
    maxTokens: number,
  ): Promise<CallTicket | undefined> {
    const { agent, counter, now, log, settings, ids } = this.#components;
    const { call, choice, treasury } = plan;
    const init = {
      callId: ids(),
      provider: candidate.provider,
      name: candidate.name,
      price: candidate.price ?? FREE,
      scopes: call.scopes,
      promptBytes: plan.promptBytes,
      tokensInBound: needs.tokensInBound,
      maxTokens,
      isFirstChoice: candidate === plan.candidates[0],
      leaseMs: settings.MODEL_TIMEOUT_MS + LEASE_MARGIN_MS,
      trace: {
        agent,
        modelType: call.modelType,
        slot: choice.slot,
        rule: choice.rule,
        taskId: call.scopes.task,
        candidates: describeCandidates(plan),
      },
    };
    try {
      return await CallTicket.open(init, { treasury, counter, now, log });
    } catch (error) {
      if (!BaseError.isInstance(error)) throw error;
      plan.treasuryError = error;
      plan.refusals.push({ model: candidate.id, reason: 'is over the budget' });
      return undefined;
    }
  }

  #needs({ call, tokensIn, promptBytes, treasury }: Plan, candidate: Candidate): CallNeeds {
    const { settings, unpaidBecause } = this.#components;
    return {
      isConfidential: call.isConfidential,
      tokensInBound: boundTokens({
        tokens: tokensIn,
        sizeBytes: promptBytes,
        model: candidate.name,
      }),
      maxTokens: Math.min(call.maxTokens ?? settings.MODEL_MAX_TOKENS, settings.MODEL_MAX_TOKENS),
      unpaidBecause: unpaidBecause() ?? (treasury ? undefined : 'cannot be paid for'),
    };
  }
}

/** @throws the error itself when the asker has gone */
function refuse(plan: Plan, candidate: Candidate, error: unknown): void {
  if (!(error instanceof ModelCallError)) throw error;
  plan.refusals.push({ model: candidate.id, reason: error.reason });
}

function reasonFor({ choice, refusals }: Plan, candidate: Candidate): string {
  const passed = refusals.map(({ model, reason }) => `${model} ${reason}`).join('; ');
  const free = candidate.price && isFree(candidate.price) ? ', free' : '';
  return `slot ${choice.slot}: ${choice.reason}${free}${passed === '' ? '' : `; before it: ${passed}`}`;
}

function describeCandidates({ candidates, refusals }: Plan): readonly Partial<Refusal>[] {
  return candidates.map(({ id }) => ({
    model: id,
    ...refusals.find(({ model }) => model === id),
  }));
}

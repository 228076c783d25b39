import { BaseError, record, type Clock, type IdSource } from '@371os/kernel';
import type { Candidate } from '../domain/candidates.ts';
import { textOfToolCall, type ToolCall } from '../domain/chat.ts';
import type { AnswerPiece, ModelAnswer } from '../domain/model-call.ts';
import { FREE, isFree } from '../domain/price.ts';
import { isEmptyAnswer } from '../domain/shape-answer.ts';
import { ModelCallAbortedError, ModelCallError } from '../errors.ts';
import type { ChatClient, ChatEnd, ChatRequest, RatioStore } from '../ports.ts';
import { Attempt } from './attempt.ts';
import {
  planCall,
  type CallPlan,
  type DeskCall,
  type Link,
  type PlannerComponents,
  type Refusal,
} from './call-plan.ts';
import { CallTicket, type Settled } from './call-ticket.ts';
import type { Circuits } from './circuits.ts';

export interface DeskComponents extends PlannerComponents {
  readonly agent: string;
  readonly client: ChatClient;
  readonly circuits: Circuits;
  readonly ratios: RatioStore | undefined;
  readonly now: Clock;
  readonly ids: IdSource;
  readonly log: (problem: string, error: unknown) => void;
}

/** Every model that could have taken a call was barred or failed. */
export class ModelsExhausted extends BaseError {
  readonly refusals: readonly Refusal[];
  /** What the treasury said, when it was the money. */
  readonly treasuryError: BaseError | undefined;

  constructor(plan: CallPlan) {
    super('No model took the call.');
    this.refusals = refusalsOf(plan, plan.candidates);
    this.treasuryError = plan.treasuryError;
  }
}

const LEASE_MARGIN_MS = 60_000;
const EMPTY = new ModelCallError({ failure: 'unknown', reason: 'gave an empty answer' });
const NO_END: ChatEnd = { usage: {}, finishReason: 'other' };

/** Makes model calls: chooses the model, reserves the worst case, calls, settles once. */
export class ModelDesk {
  readonly #components: DeskComponents;

  constructor(components: DeskComponents) {
    this.#components = components;
  }

  /** @throws ModelsExhausted, ModelCallAbortedError */
  async generate(call: DeskCall): Promise<ModelAnswer> {
    const plan = await planCall(this.#components, call);
    for await (const attempt of this.#attempts(plan)) {
      const { model, request } = attempt;
      try {
        const answer = await this.#components.client.generate(request);
        const { text, toolCalls, finishReason } = answer;
        const written = text + toolCalls.map(textOfToolCall).join('');
        if (toolCalls.length === 0 && isEmptyAnswer(text)) {
          await attempt.failEmpty(EMPTY, answer.usage);
          plan.refusals.push({ model, code: 'empty', reason: EMPTY.reason });
          continue;
        }
        const charge = await attempt.succeed(written, answer.usage);
        return { text, toolCalls, finishReason, model, ...charge };
      } catch (error) {
        await attempt.fail(error, { text: '', isStream: false });
        refuse(plan, model, error);
      }
    }
    throw new ModelsExhausted(plan);
  }

  /**
   * The same, as it is written. Another model takes over only while nothing has been said.
   * @throws ModelsExhausted, ModelCallAbortedError, ModelCallError once something was said
   */
  async *stream(call: DeskCall): AsyncGenerator<AnswerPiece, ModelAnswer> {
    const plan = await planCall(this.#components, call);
    for await (const attempt of this.#attempts(plan)) {
      const { model, request } = attempt;
      const toolCalls: ToolCall[] = [];
      let text = '';
      let thoughts = '';
      let said = 0;
      let end = NO_END;
      const written = (): string => thoughts + text + toolCalls.map(textOfToolCall).join('');
      try {
        for await (const event of this.#components.client.stream(request)) {
          attempt.keepAlive();
          if (event.type === 'end') end = event;
          else if (event.type === 'thinking') thoughts += event.text;
          else if (event.type === 'tool-call') {
            toolCalls.push(event.toolCall);
            yield event;
          } else {
            text += event.text;
            // Thinking is held back, so that another model can still take over after it.
            if (said === 0 && isEmptyAnswer(text)) continue;
            const piece = text.slice(said);
            said = text.length;
            yield { type: 'text', text: piece };
          }
        }
        if (toolCalls.length > 0 || !isEmptyAnswer(text)) {
          const charge = await attempt.succeed(written(), end.usage);
          return { text, toolCalls, finishReason: end.finishReason, model, ...charge };
        }
        await attempt.failEmpty(EMPTY, end.usage);
        plan.refusals.push({ model, code: 'empty', reason: EMPTY.reason });
      } catch (error) {
        await attempt.fail(error, { text: written(), isStream: true });
        refuse(plan, model, error);
        if (said > 0 || toolCalls.length > 0) throw error;
      } finally {
        await attempt.abandon(written());
      }
    }
    throw new ModelsExhausted(plan);
  }

  /** The models of the plan, one after the other: those that do not rest and can be paid for. */
  async *#attempts(plan: CallPlan): AsyncGenerator<Attempt, void> {
    for (const link of plan.chain) {
      if (plan.call.signal?.aborted) throw new ModelCallAbortedError();
      const attempt = await this.#attempt(plan, link);
      if (attempt) yield attempt;
    }
  }

  async #attempt(plan: CallPlan, link: Link): Promise<Attempt | undefined> {
    const { circuits, settings } = this.#components;
    const { candidate, endpoint } = link;
    const passage = circuits.enter(endpoint, candidate.name, {
      usualMs: settings.MODEL_REST_MS,
      longMs: settings.MODEL_LONG_REST_MS,
    });
    if ('reason' in passage) {
      plan.refusals.push({ ...passage, code: 'resting' });
      return undefined;
    }
    let attempt: Attempt | undefined;
    try {
      const ticket = await this.#open(plan, link);
      if (!ticket) return undefined;
      if (plan.call.signal?.aborted) {
        await ticket.release('was stopped before it was sent');
        throw new ModelCallAbortedError();
      }
      const request = this.#request(plan, link);
      const reason = reasonFor(plan, link);
      const learn = (settled: Settled): void => this.#learn(plan, link, settled);
      attempt = new Attempt({ model: candidate.id, request, ticket, passage, reason, learn });
      return attempt;
    } finally {
      // What came between says nothing about the model.
      if (!attempt) passage.leave();
    }
  }

  // Pictures would look like words that count for many; what is free needs no estimate.
  #learn({ size }: CallPlan, { candidate: { id, price } }: Link, settled: Settled): void {
    if (size.images > 0 || !price || isFree(price)) return;
    const { estimates, ratios, log } = this.#components;
    const { tokensIn } = settled.usage;
    estimates
      .learn(id, { ...settled, countedTokens: size.tokens, tokensIn }, ratios)
      .catch((error: unknown) => {
        log('what a call taught could not be kept', error);
      });
  }

  #request({ call, messages }: CallPlan, { candidate, endpoint, maxTokens }: Link): ChatRequest {
    const { isConfidential, tools, toolChoice, json, sampling, signal } = call;
    return {
      endpoint,
      model: candidate.name,
      messages,
      isConfidential,
      tools,
      toolChoice,
      json,
      sampling,
      signal,
      maxTokens,
      body: this.#components.registry.bodyOf(candidate),
      timeoutMs: this.#components.settings.MODEL_TIMEOUT_MS,
    };
  }

  async #open(
    plan: CallPlan,
    { candidate, endpoint, tokensInBound, maxTokens }: Link,
  ): Promise<CallTicket | undefined> {
    const { agent, counter, estimates, now, log, settings, ids } = this.#components;
    const { call, choice, treasury } = plan;
    const init = {
      callId: ids(),
      provider: candidate.provider,
      name: candidate.name,
      price: candidate.price ?? FREE,
      costPercent: estimates.boundsOf(candidate.id).costPercent,
      reportsCost: endpoint.reportsCost ?? false,
      scopes: call.scopes,
      promptBytes: plan.size.sizeBytes,
      tokensInBound,
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
      record({ kind: 'reservation-refused', agent, model: candidate.id, code: error.code });
      plan.treasuryError = error;
      plan.refusals.push({ model: candidate.id, code: 'budget', reason: 'is over the budget' });
      return undefined;
    }
  }
}

/** @throws the error itself when the asker has gone */
function refuse(plan: CallPlan, model: string, error: unknown): void {
  if (!(error instanceof ModelCallError)) throw error;
  plan.refusals.push({ model, code: error.failure, reason: error.reason });
}

function reasonFor(plan: CallPlan, { candidate }: Link): string {
  const before = plan.candidates.slice(0, plan.candidates.indexOf(candidate));
  const passed = refusalsOf(plan, before).map(({ model, reason }) => `${model} ${reason}`);
  const free = candidate.price && isFree(candidate.price) ? ', free' : '';
  const why = `slot ${plan.choice.slot}: ${plan.choice.reason}${free}`;
  return passed.length === 0 ? why : `${why}; before it: ${passed.join('; ')}`;
}

function refusalsOf({ refusals }: CallPlan, candidates: readonly Candidate[]): Refusal[] {
  return candidates.flatMap(({ id }) => refusals.find(({ model }) => model === id) ?? []);
}

function describeCandidates({ candidates, refusals }: CallPlan): readonly Partial<Refusal>[] {
  return candidates.map(({ id }) => ({
    model: id,
    ...refusals.find(({ model }) => model === id),
  }));
}

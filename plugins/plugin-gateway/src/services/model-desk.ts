import { BaseError, record, type Clock, type IdSource } from '@371os/kernel';
import type { Candidate } from '../domain/candidates.ts';
import { textOfToolCall, type ToolCall } from '../domain/chat.ts';
import type { AnswerPiece, ModelAnswer } from '../domain/model-call.ts';
import { FREE, isFree } from '../domain/price.ts';
import { isEmptyAnswer } from '../domain/shape-answer.ts';
import { ModelCallAbortedError, ModelCallError } from '../errors.ts';
import type { ChatClient, ChatEnd, ChatRequest } from '../ports.ts';
import {
  planCall,
  type CallPlan,
  type DeskCall,
  type Link,
  type PlannerComponents,
  type Refusal,
} from './call-plan.ts';
import { CallTicket } from './call-ticket.ts';

export interface DeskComponents extends PlannerComponents {
  readonly agent: string;
  readonly client: ChatClient;
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

interface Admission {
  readonly model: string;
  readonly ticket: CallTicket;
  readonly request: ChatRequest;
  readonly reason: string;
}

const LEASE_MARGIN_MS = 60_000;
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
    for await (const { model, ticket, request, reason } of this.#admissions(plan)) {
      try {
        const answer = await this.#components.client.generate(request);
        const written = answer.text + answer.toolCalls.map(textOfToolCall).join('');
        if (isEmptyAnswer(written)) {
          await ticket.failEmpty(answer.usage);
          plan.refusals.push({ model, code: 'empty', reason: 'gave an empty answer' });
          continue;
        }
        const charge = await ticket.succeed(written, answer.usage, reason);
        const { text, toolCalls, finishReason } = answer;
        return { text, toolCalls, finishReason, model, ...charge };
      } catch (error) {
        await ticket.fail(error, { text: '', isStream: false });
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
    for await (const { model, ticket, request, reason } of this.#admissions(plan)) {
      const toolCalls: ToolCall[] = [];
      let text = '';
      let said = 0;
      let end = NO_END;
      const written = (): string => text + toolCalls.map(textOfToolCall).join('');
      try {
        for await (const event of this.#components.client.stream(request)) {
          ticket.keepAlive();
          if (event.type === 'end') end = event;
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
        if (!isEmptyAnswer(written())) {
          const charge = await ticket.succeed(written(), end.usage, reason);
          return { text, toolCalls, finishReason: end.finishReason, model, ...charge };
        }
        await ticket.failEmpty(end.usage);
        plan.refusals.push({ model, code: 'empty', reason: 'gave an empty answer' });
      } catch (error) {
        await ticket.fail(error, { text: written(), isStream: true });
        refuse(plan, model, error);
        if (said > 0 || toolCalls.length > 0) throw error;
      } finally {
        await ticket.abandon(written());
      }
    }
    throw new ModelsExhausted(plan);
  }

  /** The models of the plan, one after the other, each with the money for it. */
  async *#admissions(plan: CallPlan): AsyncGenerator<Admission, void> {
    for (const link of plan.chain) {
      if (plan.call.signal?.aborted) throw new ModelCallAbortedError();
      const ticket = await this.#open(plan, link);
      if (!ticket) continue;
      if (plan.call.signal?.aborted) {
        await ticket.release('was stopped before it was sent');
        throw new ModelCallAbortedError();
      }
      const model = link.candidate.id;
      yield { model, ticket, request: this.#request(plan, link), reason: reasonFor(plan, link) };
    }
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
    { candidate, tokensInBound, maxTokens }: Link,
  ): Promise<CallTicket | undefined> {
    const { agent, counter, now, log, settings, ids } = this.#components;
    const { call, choice, treasury } = plan;
    const init = {
      callId: ids(),
      provider: candidate.provider,
      name: candidate.name,
      price: candidate.price ?? FREE,
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

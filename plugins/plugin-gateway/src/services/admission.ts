import { BaseError, record, type Clock, type IdSource } from '@371os/kernel';
import { textOfMessages } from '../domain/chat.ts';
import { FREE, isFree } from '../domain/price.ts';
import { ModelCallAbortedError } from '../errors.ts';
import type { ChatRequest, ModelUse, RatioStore, TokenCounter } from '../ports.ts';
import type { GatewaySettings } from '../settings.ts';
import { Attempt } from './attempt.ts';
import { refusalsOf, type CallPlan, type Link, type Refusal } from './call-plan.ts';
import { CallTicket, type Settled, type TicketInit } from './call-ticket.ts';
import type { Circuits } from './circuits.ts';
import type { Estimates } from './estimates.ts';
import type { ModelRegistry } from './model-registry.ts';

export interface AdmissionComponents {
  readonly agent: string;
  readonly settings: GatewaySettings;
  readonly registry: ModelRegistry;
  readonly counter: TokenCounter;
  readonly circuits: Circuits;
  readonly estimates: Estimates;
  readonly ratios: RatioStore | undefined;
  readonly now: Clock;
  readonly ids: IdSource;
  /** Tells the agent's other plugins what a call has used. */
  readonly announce: (use: ModelUse) => void;
  readonly log: (problem: string, error: unknown) => void;
}

const LEASE_MARGIN_MS = 60_000;
// As much of a prompt as ElizaOS's own model plugins tell of.
const SHOWN_CHARACTERS = 200;

/** Lets calls through to models: to those that do not rest, with the money for the worst case. */
export class Admission {
  readonly #components: AdmissionComponents;

  constructor(components: AdmissionComponents) {
    this.#components = components;
  }

  /** The models of the plan, one after the other: those that do not rest and can be paid for. */
  async *attempts(plan: CallPlan): AsyncGenerator<Attempt, void> {
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

  async #open(plan: CallPlan, link: Link): Promise<CallTicket | undefined> {
    const { agent, counter, now, log } = this.#components;
    const { treasury } = plan;
    const model = link.candidate.id;
    try {
      return await CallTicket.open(this.#ticket(plan, link), { treasury, counter, now, log });
    } catch (error) {
      if (!BaseError.isInstance(error)) throw error;
      record({ kind: 'reservation-refused', agent, model, code: error.code });
      plan.treasuryError = error;
      plan.refusals.push({ model, code: 'budget', reason: 'is over the budget' });
      return undefined;
    }
  }

  #ticket(plan: CallPlan, { candidate, endpoint, tokensInBound, maxTokens }: Link): TicketInit {
    const { agent, announce, estimates, ids, settings } = this.#components;
    const { call, choice, messages, size } = plan;
    const prompt = call.isConfidential ? '' : textOfMessages(messages).slice(0, SHOWN_CHARACTERS);
    return {
      callId: ids(),
      provider: candidate.provider,
      name: candidate.name,
      price: candidate.price ?? FREE,
      costPercent: estimates.boundsOf(candidate.id).costPercent,
      reportsCost: endpoint.reportsCost ?? false,
      scopes: call.scopes,
      promptBytes: size.sizeBytes,
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
      announce: (use) => announce({ ...use, modelType: call.modelType, prompt }),
    };
  }
}

function reasonFor(plan: CallPlan, { candidate }: Link): string {
  const before = plan.candidates.slice(0, plan.candidates.indexOf(candidate));
  const passed = refusalsOf(plan, before).map(({ model, reason }) => `${model} ${reason}`);
  const free = candidate.price && isFree(candidate.price) ? ', free' : '';
  const why = `slot ${plan.choice.slot}: ${plan.choice.reason}${free}`;
  return passed.length === 0 ? why : `${why}; before it: ${passed.join('; ')}`;
}

function describeCandidates({ candidates, refusals }: CallPlan): readonly Partial<Refusal>[] {
  return candidates.map(({ id }) => ({
    model: id,
    ...refusals.find(({ model }) => model === id),
  }));
}

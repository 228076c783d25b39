import { BaseError } from '@371os/kernel';
import {
  answerLimit,
  barrier,
  type Barrier,
  type CallNeeds,
  type Candidate,
  type Capability,
} from '../domain/candidates.ts';
import { countImages, promptMessages, textOfMessages, type ChatMessage } from '../domain/chat.ts';
import type { ModelCall } from '../domain/model-call.ts';
import { selectSlot, SLOTS, type SlotChoice } from '../domain/select-slot.ts';
import { boundTokens, type PromptSize } from '../domain/token-bound.ts';
import { UnknownModelError, type CallFailure } from '../errors.ts';
import type { Endpoint, SpendScopes, TokenCounter, Treasury } from '../ports.ts';
import type { GatewaySettings } from '../settings.ts';
import type { Estimates } from './estimates.ts';
import type { ModelRegistry } from './model-registry.ts';

/** A call, and for whom it is made. */
export type DeskCall = ModelCall & {
  readonly modelType: string;
  readonly isConfidential: boolean;
  readonly scopes: SpendScopes;
};

/** Why a model was not used, or failed. */
export interface Refusal {
  readonly model: string;
  readonly code: Barrier['code'] | CallFailure | 'gone' | 'resting' | 'budget' | 'empty';
  /** As part of a sentence. */
  readonly reason: string;
}

const GONE = { code: 'gone', reason: 'is no longer there' } as const;

/** A model that may take a call, and within which bounds. */
export interface Link {
  readonly candidate: Candidate;
  readonly endpoint: Endpoint;
  readonly tokensInBound: number;
  readonly maxTokens: number;
}

/** Which models a call may go to, in order, and what became of them so far. */
export interface CallPlan {
  readonly call: DeskCall;
  readonly messages: readonly ChatMessage[];
  readonly size: PromptSize;
  readonly choice: SlotChoice;
  readonly treasury: Treasury | undefined;
  /** All that were considered. */
  readonly candidates: readonly Candidate[];
  /** Those that privacy, capability, price and context allow. */
  readonly chain: readonly Link[];
  readonly refusals: Refusal[];
  treasuryError: BaseError | undefined;
}

export interface PlannerComponents {
  readonly settings: GatewaySettings;
  readonly registry: ModelRegistry;
  readonly counter: TokenCounter;
  readonly estimates: Estimates;
  readonly treasury: () => Promise<Treasury>;
  /** Why nothing may be paid for, if so. */
  readonly unpaidBecause: () => string | undefined;
  /** Why models on other machines are left alone, if so; the end of a sentence. */
  readonly onlyHereBecause: () => string | undefined;
}

// Longer prompts are bounded by their bytes alone: no model reads them, so counting is a waste.
const LONGEST_COUNTED_BYTES = 8_000_000;

/**
 * Chooses the models of a call: what binds it binds every one of them.
 * @throws UnknownModelError
 */
export async function planCall(components: PlannerComponents, call: DeskCall): Promise<CallPlan> {
  const messages = call.messages ?? promptMessages(call.prompt, call.system);
  const size = await measure(components.counter, messages, call);
  const { treasury, remainingFraction, error } = await askBudget(components, call);
  const choice = selectSlot({
    isConfidential: call.isConfidential,
    isHighQuality: components.settings.QUALITY === 'high',
    wanted: SLOTS.find((slot) => slot === call.model),
    tokensIn: size.tokens,
    remainingFraction,
  });
  const candidates = candidatesFor(components, call, choice);
  const plan = { call, messages, size, choice, treasury, candidates, treasuryError: error };
  return { ...plan, ...forgeChain(components, plan) };
}

/** @throws UnknownModelError */
function candidatesFor(
  { registry }: PlannerComponents,
  { model, modelType }: DeskCall,
  { slot }: SlotChoice,
): readonly Candidate[] {
  if (model === undefined || SLOTS.some((known) => known === model))
    return registry.candidates(slot, /SMALL$/.test(modelType));
  const named = registry.find(model);
  if (!named) throw new UnknownModelError({ model });
  return [named];
}

async function measure(
  counter: TokenCounter,
  messages: readonly ChatMessage[],
  { tools = [], json }: DeskCall,
): Promise<PromptSize> {
  const schemas = [...tools, ...(json?.schema ? [json.schema] : [])];
  const text = [textOfMessages(messages), ...schemas.map((schema) => JSON.stringify(schema))].join(
    '',
  );
  const sizeBytes = Buffer.byteLength(text);
  return {
    tokens: sizeBytes > LONGEST_COUNTED_BYTES ? sizeBytes : await counter.count(text),
    sizeBytes,
    parts: messages.length + tools.length,
    images: countImages(messages),
  };
}

// A treasury that cannot be asked leaves nothing to spend; free models go on.
async function askBudget(
  { treasury: find }: PlannerComponents,
  call: DeskCall,
): Promise<{
  treasury: Treasury | undefined;
  remainingFraction: number;
  error: BaseError | undefined;
}> {
  try {
    const treasury = await find();
    const remainingFraction = call.isConfidential
      ? 1
      : await treasury.remainingFraction(call.scopes);
    return { treasury, remainingFraction, error: undefined };
  } catch (error) {
    if (!BaseError.isInstance(error)) throw error;
    return { treasury: undefined, remainingFraction: 0, error };
  }
}

function forgeChain(
  components: PlannerComponents,
  plan: Pick<CallPlan, 'call' | 'size' | 'treasury' | 'candidates'>,
): Pick<CallPlan, 'chain' | 'refusals'> {
  const chain: Link[] = [];
  const refusals: Refusal[] = [];
  for (const candidate of plan.candidates) {
    const needs = needsOf(components, plan, candidate);
    const endpoint = components.registry.endpoint(candidate);
    const obstacle = barrier(candidate, needs);
    if (obstacle || !endpoint) refusals.push({ model: candidate.id, ...(obstacle ?? GONE) });
    else
      chain.push({
        candidate,
        endpoint,
        tokensInBound: needs.tokensInBound,
        maxTokens: answerLimit(candidate, needs),
      });
  }
  return { chain, refusals };
}

function needsOf(
  { estimates, settings, unpaidBecause, onlyHereBecause }: PlannerComponents,
  { call, size, treasury }: Pick<CallPlan, 'call' | 'size' | 'treasury'>,
  candidate: Candidate,
): CallNeeds {
  const capabilities: Capability[] = [
    ...(size.images > 0 ? (['images'] as const) : []),
    ...(call.tools?.length ? (['tools'] as const) : []),
  ];
  return {
    isConfidential: call.isConfidential,
    capabilities,
    tokensInBound: boundTokens(size, candidate.name, estimates.boundsOf(candidate.id).tokenPercent),
    maxTokens: Math.min(call.maxTokens ?? settings.MODEL_MAX_TOKENS, settings.MODEL_MAX_TOKENS),
    unpaidBecause: unpaidBecause() ?? (treasury ? undefined : 'cannot be paid for'),
    onlyHereBecause: onlyHereBecause(),
  };
}

/** What kept some models from the call, in their order. */
export function refusalsOf({ refusals }: CallPlan, candidates: readonly Candidate[]): Refusal[] {
  return candidates.flatMap(({ id }) => refusals.find(({ model }) => model === id) ?? []);
}

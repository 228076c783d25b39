import { isFree, type ModelPrice } from './price.ts';

/** What some models cannot take. */
export const CAPABILITIES = ['images', 'tools'] as const;
export type Capability = (typeof CAPABILITIES)[number];

/** A model that could take a call: configured, and perhaps barred by the call's own needs. */
export interface Candidate {
  /** `provider:model`. */
  readonly id: string;
  readonly provider: string;
  readonly name: string;
  readonly isLocal: boolean;
  readonly price: ModelPrice | undefined;
  readonly contextTokens: number | undefined;
  readonly lacks: readonly Capability[];
}

export interface CallNeeds {
  readonly isConfidential: boolean;
  readonly capabilities: readonly Capability[];
  /** Upper bound of the prompt's tokens. */
  readonly tokensInBound: number;
  readonly maxTokens: number;
  /** Why nothing may be paid for, if so. */
  readonly unpaidBecause?: string | undefined;
  /** Why models on other machines are left alone, if so; the end of a sentence. */
  readonly onlyHereBecause?: string | undefined;
}

/** What bars a model from a call. */
export interface Barrier {
  readonly code: 'privacy' | 'place' | 'capability' | 'price' | 'unpaid' | 'context';
  /** As part of a sentence. */
  readonly reason: string;
}

const SHORTEST_ANSWER_TOKENS = 256;

/** Why a model must not take a call; undefined when it may. */
export function barrier(candidate: Candidate, needs: CallNeeds): Barrier | undefined {
  if (needs.isConfidential && !candidate.isLocal)
    return { code: 'privacy', reason: 'is not on this machine' };
  if (needs.onlyHereBecause !== undefined && !candidate.isLocal)
    return { code: 'place', reason: `is on another machine, and ${needs.onlyHereBecause}` };
  const missing = needs.capabilities.find((capability) => candidate.lacks.includes(capability));
  if (missing) return { code: 'capability', reason: `takes no ${missing}` };
  if (!candidate.price)
    return {
      code: 'price',
      reason: 'has no known price (add it to the file in MODEL_CATALOGUE)',
    };
  if (needs.unpaidBecause !== undefined && !isFree(candidate.price))
    return { code: 'unpaid', reason: needs.unpaidBecause };
  const { contextTokens } = candidate;
  const wanted = needs.tokensInBound + Math.min(needs.maxTokens, SHORTEST_ANSWER_TOKENS);
  if (contextTokens !== undefined && wanted > contextTokens)
    return {
      code: 'context',
      reason: `reads ${contextTokens.toLocaleString('en-US')} tokens and this needs up to ${wanted.toLocaleString('en-US')}`,
    };
  return undefined;
}

/** The longest answer that the context leaves room for, in tokens. */
export function answerLimit(candidate: Candidate, needs: CallNeeds): number {
  if (candidate.contextTokens === undefined) return needs.maxTokens;
  return Math.min(needs.maxTokens, candidate.contextTokens - needs.tokensInBound);
}

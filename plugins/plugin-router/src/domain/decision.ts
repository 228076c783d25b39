import { formatUsd, type PicoUsd, type TraceEvent } from '@371os/kernel';
import { describeAvailability } from './availability.ts';
import { explainPart, type PartRecord } from './reading.ts';
import type { Choice, RankedCandidate } from './choose-agent.ts';

/** One model call that was made for a task, as far as `/why` tells it. */
export interface CallReason {
  readonly model: string;
  readonly slot: string;
  readonly reason: string;
  readonly status: string;
  readonly costPico: PicoUsd;
}

/** Why a request went where it went, and what became of it. */
export interface Decision {
  readonly taskId: string;
  readonly roomId: string;
  readonly requesterId: string;
  readonly text: string;
  /** True when nothing of it may leave the machine. */
  readonly isConfidential: boolean;
  readonly agent: string;
  readonly reason: string;
  readonly candidates: readonly RankedCandidate[];
  /** What the request said about it beside its words, and who cut it out of the request. */
  readonly part: PartRecord;
  /** State of the task; WORKING until it is known. */
  readonly state: string;
  readonly costPico: PicoUsd;
  readonly calls: readonly CallReason[];
  /** When it was made, in milliseconds since 1970; absent before it is kept. */
  readonly atMs?: number | undefined;
}

const QUOTED = 100;

/** The decision that a choice of an agent is, before anything has come of it. */
export function decisionOf(
  choice: Choice,
  asked: Pick<Decision, 'taskId' | 'roomId' | 'requesterId' | 'text' | 'isConfidential' | 'part'>,
): Decision {
  const { agent, reason, candidates } = choice;
  return { ...asked, agent, reason, candidates, state: 'WORKING', costPico: 0n, calls: [] };
}

/** The model calls in the record of a task, in order. */
export function callsOf(trace: readonly TraceEvent[]): CallReason[] {
  return trace
    .filter(({ kind }) => kind === 'model-call')
    .map((event) => ({
      model: asText(event['model']),
      slot: asText(event['slot']),
      reason: asText(event['reason']),
      status: asText(event['status']),
      costPico: typeof event['costPico'] === 'bigint' ? event['costPico'] : 0n,
    }));
}

/** A decision in plain words: who was asked and why, who was not and why, which model and why. */
export function explainDecision(decision: Decision): string {
  const { agent, reason, state, costPico, calls } = decision;
  return [
    `${quote(decision)} went to ${agent}: ${reason}.`,
    ...explainPart(decision.part, decision),
    ...decision.candidates.map(explainCandidate),
    ...calls.map(explainCall),
    `It is ${state} and cost $${formatUsd(costPico)}.`,
  ].join('\n');
}

/** Where the parts of a request would go, a line each. */
export function describeDestinations(
  parts: readonly { readonly text: string; readonly choice: Choice }[],
): string {
  return parts
    .map(({ text, choice }) => `"${text}" would go to ${choice.agent}: ${choice.reason}.`)
    .join('\n');
}

/** The last decisions in a few lines, for a model to read. */
export function summariseDecisions(decisions: readonly Decision[]): string {
  return decisions
    .map((decision) => {
      const { agent, reason, state, candidates } = decision;
      const others = candidates.filter((candidate) => candidate.agent !== agent);
      const lost = others.map((other) => `${other.agent} ${other.verdict}`).join(', ');
      const line = `- ${quote(decision)} -> ${agent} (${state}): ${reason}`;
      return lost === '' ? line : `${line}. Not: ${lost}`;
    })
    .join('\n');
}

/**
 * The beginning of a request, for a list. What was asked in confidence is not repeated: the list is
 * kept in the room that it is shown in, which may be a public one.
 */
export function quote({ text, isConfidential }: Pick<Decision, 'text' | 'isConfidential'>): string {
  if (isConfidential) return 'A private request';
  return text.length > QUOTED ? `"${text.slice(0, QUOTED)}…"` : `"${text}"`;
}

function explainCandidate(candidate: RankedCandidate): string {
  const { agent, score, nearest, availability, usdPerTask, rateBasis, verdict } = candidate;
  const asked = verdict === 'asked' ? 'asked' : `not asked, it ${verdict}`;
  const like = `likeness ${score.toFixed(2)}${nearest === '' ? '' : ` ("${nearest}")`}`;
  const standing = describeAvailability(availability, { load: candidate, health: candidate });
  const cost =
    usdPerTask === undefined
      ? 'its cost is not known'
      : `a task costs $${usdPerTask} (${rateBasis ?? ''})`;
  return `- ${agent}: ${asked}; ${like}; ${standing}; ${cost}`;
}

function explainCall({ model, slot, reason, status, costPico }: CallReason): string {
  return `- ${model} (${slot}): ${status}, $${formatUsd(costPico)}; ${reason}`;
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

import { divideUp, type PicoUsd } from '@371os/kernel';

/** A task as far as one can learn from it. */
export interface PastTask {
  readonly id: string;
  readonly agent: string;
  /** An A2A state, such as COMPLETED. */
  readonly state: string;
  /** Why it failed or what it waits for, as a sentence. */
  readonly answer: string;
  readonly waitingFor?: string | undefined;
  readonly costPico: PicoUsd;
  /** True when nothing of it may be repeated. */
  readonly isConfidential: boolean;
}

export interface AgentRecord {
  readonly agent: string;
  readonly completed: number;
  /** FAILED and REJECTED. Canceled tasks say nothing about the agent. */
  readonly failed: number;
  readonly waiting: number;
  /** All its tasks' cost by completed task, rounded up; absent before the first. */
  readonly costPerCompletedPico?: PicoUsd | undefined;
}

export interface OutcomeReview {
  readonly tasks: number;
  /** Most tasks first. */
  readonly agents: readonly AgentRecord[];
  /** Most frequent first. */
  readonly failures: readonly { readonly reason: string; readonly count: number }[];
  readonly waiting: readonly { readonly what: string; readonly count: number }[];
  readonly suggestions: readonly string[];
}

const FAILED = ['FAILED', 'REJECTED'];
const WAITING = ['INPUT_REQUIRED', 'AUTH_REQUIRED'];
const LONGEST_REASON = 120;

/** From how many ended tasks on an agent is judged, and under which success rate, in percent. */
export const LEAST_JUDGED = 5;
export const LEAST_SUCCESS_PERCENT = 50;
/** How often the same reason is no accident any more. */
export const REPEATED = 3;
/** How many times the others' mean cost a completed task may take. */
export const DEAR_FACTOR = 2n;

/** What past tasks say, and what to change because of it. */
export function reviewOutcomes(tasks: readonly PastTask[]): OutcomeReview {
  const agents = [...Map.groupBy(tasks, ({ agent }) => agent)]
    .map(([agent, own]) => recordOf(agent, own))
    .sort((left, right) => ended(right) - ended(left) || (left.agent < right.agent ? -1 : 1));
  const failures = countBy(tasks.filter(({ state }) => FAILED.includes(state)).map(reasonOf));
  const waiting = countBy(tasks.filter(({ state }) => WAITING.includes(state)).map(needOf));
  const review = {
    tasks: tasks.length,
    agents,
    failures: failures.map(([reason, count]) => ({ reason, count })),
    waiting: waiting.map(([what, count]) => ({ what, count })),
  };
  return { ...review, suggestions: suggestionsFor(review) };
}

/** Share of its ended tasks that an agent completed, in whole percent, cut off. */
export function successPercent(record: AgentRecord): number | undefined {
  const all = ended(record);
  return all === 0 ? undefined : Math.floor((record.completed * 100) / all);
}

function recordOf(agent: string, tasks: readonly PastTask[]): AgentRecord {
  const count = (states: readonly string[]): number =>
    tasks.filter(({ state }) => states.includes(state)).length;
  const completed = count(['COMPLETED']);
  const costPico = tasks.reduce((sum, task) => sum + task.costPico, 0n);
  return {
    agent,
    completed,
    failed: count(FAILED),
    waiting: count(WAITING),
    costPerCompletedPico: completed === 0 ? undefined : divideUp(costPico, BigInt(completed)),
  };
}

function suggestionsFor(review: Omit<OutcomeReview, 'suggestions'>): string[] {
  return [
    ...review.agents.filter(succeedsTooRarely).map(rarelySuggestion),
    ...review.agents.filter((record) => isDear(record, review.agents)).map(dearSuggestion),
    ...review.failures
      .filter(({ count }) => count >= REPEATED)
      .map(
        ({ reason, count }) =>
          `The same failure came ${String(count)} times: "${reason}" Remove its cause before trying such tasks again.`,
      ),
    ...review.waiting
      .filter(({ count }) => count >= REPEATED)
      .map(
        ({ what, count }) => `${String(count)} tasks wait for ${what}: provide it, or cancel them.`,
      ),
  ];
}

function succeedsTooRarely(record: AgentRecord): boolean {
  const all = ended(record);
  return all >= LEAST_JUDGED && record.completed * 100 < all * LEAST_SUCCESS_PERCENT;
}

function rarelySuggestion(record: AgentRecord): string {
  return `${record.agent} completed ${String(record.completed)} of ${String(ended(record))} tasks, under half: read its failures, then sharpen its examples in settings.routing or send such requests elsewhere.`;
}

function isDear(record: AgentRecord, all: readonly AgentRecord[]): boolean {
  const cost = record.costPerCompletedPico ?? 0n;
  const others = all.filter(({ agent, completed }) => agent !== record.agent && completed > 0);
  if (record.completed < LEAST_JUDGED || cost === 0n || others.length === 0) return false;
  const sum = others.reduce((total, other) => total + (other.costPerCompletedPico ?? 0n), 0n);
  return cost * BigInt(others.length) > sum * DEAR_FACTOR;
}

function dearSuggestion({ agent }: AgentRecord): string {
  return `${agent} costs more than twice what the others cost for a completed task: try it without QUALITY high, or with shorter prompts.`;
}

function ended({ completed, failed }: AgentRecord): number {
  return completed + failed;
}

function reasonOf({ answer, isConfidential }: PastTask): string {
  if (isConfidential) return 'A confidential task; its reason is not repeated.';
  const line = answer.replace(/\s+/g, ' ').trim();
  return line === '' ? 'No reason was given.' : line.slice(0, LONGEST_REASON);
}

function needOf({ waitingFor }: PastTask): string {
  return waitingFor ?? 'an answer';
}

function countBy(texts: readonly string[]): [string, number][] {
  return [...Map.groupBy(texts, (text) => text)]
    .map(([text, same]): [string, number] => [text, same.length])
    .sort(
      ([leftText, left], [rightText, right]) => right - left || (leftText < rightText ? -1 : 1),
    );
}

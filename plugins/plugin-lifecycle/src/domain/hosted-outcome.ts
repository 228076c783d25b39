import { parseUsd, type PicoUsd, type TraceEvent } from '@371os/kernel';
import { z } from 'zod';

const MOST_ANSWER = 200_000;
const MOST_NAME = 200;
const DECIMALS = 12;

/** A task as a hosted agent reports it. What it says is data: it is shown, and never acted upon. */
export const hostedTask = z.looseObject({
  state: z.string(),
  answer: z.string().transform((text) => text.slice(0, MOST_ANSWER)),
  model: z.string().transform((name) => name.slice(0, MOST_NAME)),
  costUsd: z
    .number()
    .min(0)
    .max(1_000_000)
    .transform((usd): PicoUsd => parseUsd(usd.toFixed(DECIMALS))),
  waitingFor: z.string().max(MOST_NAME).default('language-model'),
});

export type HostedTask = z.output<typeof hostedTask>;

/** Whether there is nothing more to wait for. */
export function isSettled({ state }: Pick<HostedTask, 'state'>): boolean {
  return state !== 'SUBMITTED' && state !== 'WORKING';
}

/** How a hosted agent's task went, as the record of a conversation says it. */
export function eventsOf(agent: string, task: HostedTask): TraceEvent[] {
  const { state, answer, model, costUsd: costPico, waitingFor } = task;
  const call: TraceEvent = {
    ...{ kind: 'model-call', agent, model, slot: 'hosted', status: 'ok', costPico },
    ...{ tokensIn: 0, tokensOut: 0, candidates: [] },
    reason: 'it was called where the agent is hosted',
  };
  return [...(model === 'none' ? [] : [call]), ...endOf(state, answer, waitingFor)];
}

function endOf(state: string, answer: string, waitingFor: string): TraceEvent[] {
  switch (state) {
    case 'COMPLETED':
      return [];
    case 'INPUT_REQUIRED':
    case 'AUTH_REQUIRED':
      return [{ kind: 'input-required', missing: waitingFor, sentence: answer }];
    case 'REJECTED':
      return [{ kind: 'routing-refused', code: 'HOSTED_REJECTED', sentence: answer }];
    default:
      return [{ kind: 'message-failed', code: 'HOSTED_FAILED', sentence: answer }];
  }
}

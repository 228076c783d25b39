import type { PicoUsd, Role } from '@371os/kernel';

/** The states of a task, as A2A 1.0 names them. */
export const TASK_STATES = [
  'SUBMITTED',
  'WORKING',
  'INPUT_REQUIRED',
  'COMPLETED',
  'FAILED',
  'REJECTED',
] as const;
export type TaskState = (typeof TASK_STATES)[number];

/** One piece of work for one agent, with everything needed to do it again later. */
export interface Task {
  readonly id: string;
  /** The name of the agent that does it. */
  readonly agent: string;
  /** The person's own words. */
  readonly text: string;
  readonly state: TaskState;
  /** What the agent said, or why it said nothing; never empty once the task has been worked on. */
  readonly answer: string;
  /** `provider:model` that wrote the answer. */
  readonly model: string;
  readonly costPico: PicoUsd;
  /** Why this agent. */
  readonly reason: string;
  /** What it waits for in INPUT_REQUIRED. */
  readonly waitingFor?: string | undefined;
  readonly requester: { readonly id: string; readonly role: Role };
  /** The room of the person who asked. */
  readonly roomId: string;
  readonly isConfidential: boolean;
}

/** What the record of a task's conversation says about how it went. */
export interface TaskOutcome {
  readonly state: TaskState;
  readonly answer: string;
  readonly model: string;
  readonly waitingFor?: string | undefined;
}

interface OutcomeEvent {
  readonly kind: string;
  readonly [detail: string]: unknown;
}

/** The state, answer and model of a finished run, from its answers and its record. */
export function outcomeOf(answers: readonly string[], trace: readonly OutcomeEvent[]): TaskOutcome {
  const model = modelOf(trace);
  const answer = answers.join('\n\n');
  const waiting = lastOf(trace, 'input-required');
  if (waiting) {
    const sentence = answer || asText(waiting['sentence']) || 'Something is missing to do this.';
    return {
      state: 'INPUT_REQUIRED',
      answer: sentence,
      model,
      waitingFor: asText(waiting['missing']),
    };
  }
  if (lastOf(trace, 'budget-exceeded') ?? lastOf(trace, 'treasury-refused'))
    return { state: 'REJECTED', answer: answer || 'The budget does not allow this.', model };
  if (lastOf(trace, 'message-failed') || answer === '')
    return { state: 'FAILED', answer: answer || 'The agent gave no answer; ask again.', model };
  return { state: 'COMPLETED', answer, model };
}

function modelOf(trace: readonly OutcomeEvent[]): string {
  return asText(lastOf(trace, 'model-call')?.['model']) || 'none';
}

function lastOf(trace: readonly OutcomeEvent[], kind: string): OutcomeEvent | undefined {
  return trace.findLast((event) => event.kind === kind);
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

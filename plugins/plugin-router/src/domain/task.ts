import type { PicoUsd } from '@371os/kernel';

/** What the router shows of a task; the tasks plugin keeps it. */
export interface RoutedTask {
  readonly id: string;
  /** The name of the agent that does it. */
  readonly agent: string;
  /** The person's own words. */
  readonly text: string;
  /** As A2A 1.0 names it. */
  readonly state: string;
  /** What the agent said, or why it said nothing. */
  readonly answer: string;
  /** `provider:model` that wrote the answer. */
  readonly model: string;
  readonly costPico: PicoUsd;
  /** Why this agent. */
  readonly reason: string;
  /** What it waits for in INPUT_REQUIRED. */
  readonly waitingFor?: string | undefined;
  readonly requester: { readonly id: string };
  /** The room of the person who asked. */
  readonly roomId: string;
  readonly isConfidential: boolean;
  /** Ids of the tasks whose results it needs. */
  readonly dependsOn: readonly string[];
}

/** What the record of a task's conversation says about how it went. */
export interface TaskOutcome {
  readonly state: 'COMPLETED' | 'FAILED' | 'REJECTED' | 'INPUT_REQUIRED';
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
  const model = asText(lastOf(trace, 'model-call')?.['model']) || 'none';
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
  if (answer !== '' && lastOf(trace, 'routing-refused')?.['sentence'] === answer)
    return { state: 'REJECTED', answer, model };
  if (lastOf(trace, 'message-failed') || answer === '')
    return { state: 'FAILED', answer: answer || 'The agent gave no answer; ask again.', model };
  return { state: 'COMPLETED', answer, model };
}

const UNFINISHED: Readonly<Record<string, string>> = {
  SUBMITTED: 'This waits for its turn, or for an earlier part; /tasks shows when it is done.',
  WORKING: 'This is still being worked on; /tasks shows when it is done.',
};

/** A task with an answer for its asker, whatever its state. */
export function withAnswer<Routed extends RoutedTask>(task: Routed): Routed {
  return task.answer === ''
    ? { ...task, answer: UNFINISHED[task.state] ?? `This is ${task.state}.` }
    : task;
}

function lastOf(trace: readonly OutcomeEvent[], kind: string): OutcomeEvent | undefined {
  return trace.findLast((event) => event.kind === kind);
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

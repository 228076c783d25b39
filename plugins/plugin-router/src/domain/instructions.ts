import type { PartRecord } from './reading.ts';
import type { TaskOutcome } from './task.ts';

/** What an agent has to know of the request that its task is a part of. */
export interface Instructions {
  /** What the person said elsewhere in the request. */
  readonly context?: string | undefined;
  /** The words of the condition that the task stands under. */
  readonly condition?: string | undefined;
}

/** What a task has to carry for its agent, as JSON. */
export function instructionsIn({ context, condition }: PartRecord): Record<string, string> {
  return {
    ...(context ? { context } : {}),
    ...(condition === undefined ? {} : { condition }),
  };
}

/** What a task carries for its agent; nothing when its data are of another kind. */
export function readInstructions(data: unknown): Instructions {
  const fields = typeof data === 'object' && data !== null ? { ...data } : {};
  const textOf = (key: string): string | undefined => {
    const value: unknown = Reflect.get(fields, key);
    return typeof value === 'string' ? value : undefined;
  };
  return { context: textOf('context'), condition: textOf('condition') };
}

/** What the agent is told before its task. */
export function backgroundOf(
  { context, condition }: Instructions,
  dependencies: readonly { readonly text: string; readonly answer: string }[],
): string[] {
  return [
    ...(context === undefined
      ? []
      : [`Said before, to be understood and not to be done: ${context}`]),
    ...dependencies.map(({ text, answer }) => `Done before: ${text}\n${answer}`),
    ...(condition === undefined
      ? []
      : [
          `What comes next was asked on a condition ("${condition}"), which the results above decide. If it does not hold, do nothing and answer only: SKIPPED: and why.`,
        ]),
  ];
}

const SKIPPED = /^\W*SKIPPED\b[\s:.,–-]*/;

/** The outcome of a task; one whose condition does not hold ends as REJECTED, and says so. */
export function skippedOutcome(outcome: TaskOutcome, { condition }: Instructions): TaskOutcome {
  if (condition === undefined || outcome.state !== 'COMPLETED' || !SKIPPED.test(outcome.answer))
    return outcome;
  const why = outcome.answer.replace(SKIPPED, '').trim();
  const answer = `Skipped, since its condition ("${condition}") does not hold${why === '' ? '.' : `: ${why}`}`;
  return { ...outcome, state: 'REJECTED', answer };
}

/** What becomes of a task on a condition while nobody can judge whether it holds. */
export function unjudged({ condition = '' }: Instructions): TaskOutcome {
  return {
    state: 'INPUT_REQUIRED',
    answer: `This was asked on a condition ("${condition}"), and judging whether it holds takes a language model: the task is kept and goes on by itself when there is one. To have it done in any case, ask for it alone.`,
    model: 'none',
    waitingFor: 'language-model',
  };
}

import type { PartRecord } from './reading.ts';
import type { TaskOutcome } from './task.ts';

/** What an agent has to know of the request that its task is a part of. */
export interface Instructions {
  /** What the person said elsewhere in the request. */
  readonly context?: string | undefined;
  /** The words of the condition that the task stands under. */
  readonly condition?: string | undefined;
  /** True when no rule may do it, though one may fit its words. */
  readonly needsModel?: boolean | undefined;
}

/** What a task has to carry for its agent, as JSON. */
export function instructionsIn({
  context,
  condition,
  needsModel,
}: PartRecord): Record<string, string | boolean> {
  return {
    ...(context ? { context } : {}),
    ...(condition === undefined ? {} : { condition }),
    ...(needsModel ? { needsModel } : {}),
  };
}

/** What a task carries for its agent; nothing when its data are of another kind. */
export function readInstructions(data: unknown): Instructions {
  const fields = typeof data === 'object' && data !== null ? { ...data } : {};
  const textOf = (key: string): string | undefined => {
    const value: unknown = Reflect.get(fields, key);
    return typeof value === 'string' ? value : undefined;
  };
  const needsModel = Reflect.get(fields, 'needsModel') === true;
  return { context: textOf('context'), condition: textOf('condition'), needsModel };
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

/** Whether a task can only be done by a language model, whatever rule may fit its words. */
export function isForModels({ condition, needsModel = false }: Instructions): boolean {
  return needsModel || condition !== undefined;
}

/** What becomes of a task that is for language models while there is none. */
export function withoutModel({ condition }: Instructions): TaskOutcome {
  const why =
    condition === undefined
      ? 'This needs a language model, and none can be asked: set OPENAI_API_KEY (or OPENAI_BASE_URL), or start Ollama on this machine; the task is kept and goes on by itself.'
      : `This was asked on a condition ("${condition}"), and judging whether it holds takes a language model: the task is kept and goes on by itself when there is one. To have it done in any case, ask for it alone.`;
  return {
    state: 'INPUT_REQUIRED',
    answer: why,
    model: 'none',
    waitingFor: 'language-model',
  };
}

import type { ActionRule, RuleParameters } from '@371os/kernel';

/** An action that can be picked without a language model. */
export interface RuleEntry {
  readonly name: string;
  readonly rule: ActionRule;
  /** Higher goes first; 0 when an action does not say. */
  readonly priority: number;
}

export interface RulePick {
  readonly name: string;
  readonly parameters: RuleParameters;
}

/** The first action, by priority and then by order, whose rule recognises the text. */
export function pickRule(entries: readonly RuleEntry[], text: string): RulePick | undefined {
  const ordered = entries.toSorted((left, right) => right.priority - left.priority);
  for (const { name, rule } of ordered) {
    const parameters = applyRule(rule, text);
    if (parameters) return { name, parameters };
  }
  return undefined;
}

// A rule of somebody else's may be faulty; then it is no match, and the message is still answered.
function applyRule(rule: ActionRule, text: string): RuleParameters | undefined {
  try {
    return rule(text);
  } catch {
    return undefined;
  }
}

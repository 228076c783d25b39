import type { Action } from '@elizaos/core';

/** What a rule understood of a message: the action's parameters. */
export type RuleParameters = Record<string, string>;

/**
 * Tells whether a message plainly asks for an action, and with which parameters. `embedded:rules`,
 * the model of last resort, picks actions by it, so every action that works without a language
 * model carries one. Pure; must not throw.
 * @param self the name of the agent that is asked, for a rule that asks who is meant
 */
export type ActionRule = (text: string, self?: string) => RuleParameters | undefined;

/** An ElizaOS action that can be picked without a language model. */
export interface RuledAction extends Action {
  readonly rule: ActionRule;
  /** Rules with a higher one are tried first; 0 when missing. */
  readonly rulePriority?: number;
}

export function ruleOf(action: Action): ActionRule | undefined {
  const rule = action['rule'];
  return typeof rule === 'function' ? (rule as ActionRule) : undefined;
}

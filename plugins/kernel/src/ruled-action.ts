import type { IAgentRuntime, Memory, Validator } from '@elizaos/core';
import { actionParameters } from './action-parameters.ts';
import { toActionResult, type ActionOutcome } from './action-result.ts';
import { principalOf } from './identity.ts';
import { requireRole, type Principal } from './principal.ts';
import type { ActionRule, RuledAction } from './rule.ts';

/** What an action works with. */
export interface ActionCall {
  readonly runtime: IAgentRuntime;
  readonly message: Memory;
  /** Who asks, with a role that suffices. */
  readonly principal: Principal;
  /** Raw fields for the action's schema. */
  readonly parameters: Record<string, unknown>;
}

/** Parameters as a language model reads them. */
export type ActionParameters = Record<
  string,
  { readonly type: string; readonly description: string; readonly required: boolean }
>;

export interface RuledActionInit {
  readonly name: string;
  readonly similes: string[];
  readonly description: string;
  readonly parameters?: ActionParameters;
  /** What only the owner and admins may do, after "may"; nothing when everybody may. */
  readonly adminsOnly?: string | undefined;
  readonly validate: Validator;
  readonly rule: ActionRule;
  readonly rulePriority?: number;
  /** What somebody asks, and the beginning of a good answer. */
  readonly example: readonly [question: string, answer: string];
  readonly work: (call: ActionCall) => Promise<ActionOutcome> | ActionOutcome;
}

/**
 * An action that works without a language model, too. Whoever asks is judged when it runs, since
 * ElizaOS runs an action that a model names whether it was offered or not, and what its work throws
 * becomes an answer.
 */
export function ruledAction({ adminsOnly, example, work, ...init }: RuledActionInit): RuledAction {
  const { name, rule } = init;
  const [question, answer] = example;
  return {
    ...init,
    handler: (runtime, message, state, options, callback, responses) =>
      toActionResult(name, message, callback, async () => {
        const principal = principalOf(runtime, message);
        if (adminsOnly !== undefined) requireRole(principal, 'admin', adminsOnly);
        const ownRule: ActionRule = (text) => rule(text, runtime.character.name);
        const call = { message, state, options, responses, rule: ownRule };
        return work({ runtime, message, principal, parameters: actionParameters(call) });
      }),
    examples: [
      [
        { name: '{{user1}}', content: { text: question } },
        { name: '{{agent}}', content: { text: answer, actions: [name] } },
      ],
    ],
  };
}

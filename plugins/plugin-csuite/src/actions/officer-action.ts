import type { IAgentRuntime, Memory } from '@elizaos/core';
import {
  actionParameters,
  currentConversation,
  principalOf,
  requireRole,
  toActionResult,
  type ActionOutcome,
  type ActionRule,
  type Principal,
  type RuledAction,
} from '@371os/kernel';
import { NotMyOfficeError } from '../errors.ts';
import { CSUITE_SERVICE, csuiteOf, type CsuiteService } from '../services/csuite-service.ts';

/** What an officer's action works with. */
export interface OfficerCall {
  readonly desk: CsuiteService;
  readonly message: Memory;
  readonly principal: Principal;
  /** Raw fields for the action's schema. */
  readonly parameters: Record<string, unknown>;
}

export interface OfficerActionInit {
  readonly name: string;
  /** The office whose work it is, as in `settings.routing.role`. */
  readonly role: string;
  readonly similes: string[];
  readonly description: string;
  readonly parameters: Record<string, { type: string; description: string; required: boolean }>;
  /** What only the owner and admins may see or have done, after "may"; nothing when everybody may. */
  readonly adminsOnly?: string;
  readonly rule: ActionRule;
  /** What somebody asks, and the beginning of a good answer. */
  readonly example: readonly [question: string, answer: string];
  work(call: OfficerCall): Promise<ActionOutcome> | ActionOutcome;
}

/**
 * An action of one office: offered to the agent that holds it, refused by all others, and what it
 * found is remembered for whoever asked.
 */
export function officerAction(init: OfficerActionInit): RuledAction {
  const { name, role, similes, description, parameters, rule } = init;
  const [question, answer] = init.example;
  return {
    name,
    similes,
    description,
    parameters,
    rule,
    validate: (runtime) => Promise.resolve(holds(runtime, role)),
    // ElizaOS runs an action that a model names whether it was offered or not.
    handler: (runtime, message, state, options, callback, responses) =>
      toActionResult(name, message, callback, async () => {
        const principal = principalOf(runtime, message);
        if (init.adminsOnly !== undefined) requireRole(principal, 'admin', init.adminsOnly);
        const desk = await csuiteOf(runtime);
        if (desk.colleagues.ownRole() !== role)
          throw new NotMyOfficeError({
            action: name,
            role,
            colleague: desk.colleagues.nameOf(role),
          });
        const asked = actionParameters({ message, state, options, responses, rule });
        const outcome = await init.work({ desk, message, principal, parameters: asked });
        remember(desk, principal, name, outcome);
        return outcome;
      }),
    examples: [
      [
        { name: '{{user1}}', content: { text: question } },
        { name: '{{agent}}', content: { text: answer, actions: [name] } },
      ],
    ],
  };
}

function holds(runtime: IAgentRuntime, role: string): boolean {
  return runtime.getService<CsuiteService>(CSUITE_SERVICE)?.colleagues.ownRole() === role;
}

// What is said in confidence stays where it was said.
function remember(
  desk: CsuiteService,
  principal: Principal,
  action: string,
  { text }: ActionOutcome,
): void {
  if (currentConversation()?.isConfidential) return;
  desk.figures.remember({ principalId: principal.id, action, text });
}

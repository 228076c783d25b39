import type { IAgentRuntime } from '@elizaos/core';
import {
  currentConversation,
  ruledAction,
  type ActionCall,
  type ActionOutcome,
  type Principal,
  type RuledAction,
  type RuledActionInit,
} from '@371os/kernel';
import { NotMyOfficeError } from '../errors.ts';
import { CSUITE_SERVICE, csuiteOf, type CsuiteService } from '../services/csuite-service.ts';

/** What an officer's action works with. */
export interface OfficerCall extends ActionCall {
  readonly desk: CsuiteService;
}

export interface OfficerActionInit extends Omit<RuledActionInit, 'validate' | 'work'> {
  /** The office whose work it is, as in `settings.routing.role`. */
  readonly role: string;
  readonly work: (call: OfficerCall) => Promise<ActionOutcome> | ActionOutcome;
}

/**
 * An action of one office: offered to the agent that holds it, refused by all others, and what it
 * found is remembered for whoever asked.
 */
export function officerAction({ role, ...init }: OfficerActionInit): RuledAction {
  const { name } = init;
  return ruledAction({
    ...init,
    validate: (runtime) => Promise.resolve(holds(runtime, role)),
    work: async (call) => {
      const desk = await csuiteOf(call.runtime);
      // ElizaOS runs an action that a model names whether it was offered or not.
      if (desk.colleagues.ownRole() !== role)
        throw new NotMyOfficeError({ action: name, role, colleague: desk.colleagues.nameOf(role) });
      const outcome = await init.work({ ...call, desk });
      remember(desk, call.principal, name, outcome);
      return outcome;
    },
  });
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

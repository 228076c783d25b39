import type { Command } from '@371os/kernel';
import { askToRegister } from './actions/ask-to-register.ts';
import { readRegistrationRequest } from './domain/registration-request.ts';

/** The slash commands of the registry. */
export const commands: readonly Command[] = [
  {
    name: 'register',
    usage: '/register [with the capabilities A, B at 0.05 USD]',
    summary: 'plans to register the agent that you talk to on chain',
    minimumRole: 'admin',
    run: async ({ runtime, message, principal, argument }) => {
      // The same words as in a sentence; who is meant is clear.
      const asked = readRegistrationRequest(`register this agent ${argument}`);
      const by = { requester: principal, message };
      return (await askToRegister(runtime, asked?.fields ?? {}, by)).text;
    },
  },
];

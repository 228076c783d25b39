import type { Evaluator } from '@elizaos/core';
import { currentConversation } from '@371os/kernel';
import { routerOf } from '../router-of.ts';

/** Keeps what became of each routing decision, for `/why` and for choosing better. */
export const routingOutcome: Evaluator = {
  name: 'ROUTING_OUTCOME',
  description: 'Keeps what became of the requests that were handed on.',
  alwaysRun: true,
  examples: [],
  validate: () =>
    Promise.resolve(currentConversation()?.trace.some(({ kind }) => kind === 'task') === true),
  handler: async (runtime) => {
    try {
      const router = await routerOf(runtime);
      await router.keepOutcomes(currentConversation()?.trace ?? []);
    } catch (error) {
      // The person has the answer; a record that could not be kept must not turn it into an error.
      runtime.logger.warn({ src: 'router:routing-outcome', error }, 'an outcome was not kept');
    }
    return undefined;
  },
};

import type { Provider } from '@elizaos/core';
import { principalOf } from '@371os/kernel';
import { summariseDecisions } from '../domain/decision.ts';
import { routerOf } from '../router-of.ts';

const SHOWN = 5;

/** Where a person's last requests went and why, every candidate in the data. */
export const routing: Provider = {
  name: 'ROUTING',
  description: 'The last routing decisions of this person, with every candidate and why it lost.',
  dynamic: true,
  get: async (runtime, message) => {
    try {
      const router = await routerOf(runtime);
      const requesterId = principalOf(runtime, message).id;
      const decisions = await router.lastDecisions({ requesterId }, SHOWN);
      const text =
        decisions.length === 0 ? '' : `# Last requests\n${summariseDecisions(decisions)}`;
      return { text, values: { routing: text }, data: { decisions } };
    } catch (error) {
      runtime.logger.warn({ src: 'router:routing', error }, 'decisions could not be read');
      return { text: '' };
    }
  },
};

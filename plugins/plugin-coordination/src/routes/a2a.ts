import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Route } from '@elizaos/core';
import { a2aOf } from '../services/a2a-service.ts';
import { servingFor } from '../services/coordination-service.ts';
import { sendError } from './program-route.ts';

/** A2A at `/coordination/a2a/...`, which checks its own tokens. */
export const a2aRoutes: Route[] = (['GET', 'POST', 'DELETE'] as const).map((type) => ({
  ...{ type, path: '/a2a/*', name: '/a2a/*', public: false },
  handler: async (_request, response, runtime) => {
    try {
      // ElizaOS hands over what is left of the request; Node's response knows the whole.
      const answer = response as unknown as ServerResponse & { readonly req: IncomingMessage };
      const { agent } = await servingFor(runtime);
      await (await a2aOf(agent)).answer(answer.req, answer);
    } catch (error) {
      runtime.logger.warn({ src: 'coordination:a2a', error }, 'a request failed');
      sendError(response, error);
    }
  },
}));

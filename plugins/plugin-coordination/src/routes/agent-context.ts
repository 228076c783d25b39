import { authenticatedRoute } from '@371os/kernel';
import { z } from 'zod';
import { contextOf } from '../services/context-service.ts';

/** The context of an agent, for programs that have a token of the server. */
export const agentContext = authenticatedRoute({
  type: 'GET',
  path: '/agent-context',
  minimumRole: 'guest',
  body: z.record(z.string(), z.unknown()),
  run: async ({ runtime, principal, body, request, response }) => {
    const service = await contextOf(runtime);
    const ifNoneMatch = request.headers?.['if-none-match'];
    const answer = await service.answer(
      { principal },
      { query: body, ifNoneMatch: Array.isArray(ifNoneMatch) ? ifNoneMatch.join(',') : ifNoneMatch },
    );
    for (const [name, value] of Object.entries(answer.headers)) response.setHeader?.(name, value);
    response.status(answer.status);
    if (answer.body === undefined) response.end();
    else response.send(answer.body);
    return undefined;
  },
});

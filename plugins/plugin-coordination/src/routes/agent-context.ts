import { contextOf } from '../services/context-service.ts';
import { servingFor } from '../services/coordination-service.ts';
import { programRoute } from './program-route.ts';

/** The context of an agent, for programs that have a token of the company. */
export const agentContext = programRoute('GET', '/agent-context', async (call) => {
  const { runtime, access, request, response } = call;
  const { agent } = await servingFor(runtime);
  const service = await contextOf(agent);
  const ifNoneMatch = [request.headers?.['if-none-match'] ?? []].flat().join(',') || undefined;
  const answer = await service.answer(access, { query: request.query ?? {}, ifNoneMatch });
  for (const [name, value] of Object.entries(answer.headers)) response.setHeader?.(name, value);
  response.status(answer.status);
  if (answer.body === undefined) response.end();
  else response.send(answer.body);
});

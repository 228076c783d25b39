import type { Route, RouteRequest } from '@elizaos/core';
import { authenticatedRoute } from '@371os/kernel';
import { z } from 'zod';
import { savedMemorySchema } from '../domain/snapshot.ts';
import { agentMetrics } from '../services/agent-metrics.ts';
import { lifecycleOf, lifeDeskOf } from '../services/lifecycle-service.ts';
import { presentAgent, presentDecided, presentStatus } from './present.ts';

const nothing = z.object({});
const listQuery = z.object({ all: z.stringbool().default(false) });
const logsQuery = z.object({ lines: z.coerce.number().int().min(1).max(1_000).default(100) });
const retirement = z.strictObject({ cause: z.string().trim().min(1).max(500).optional() });

/** What is answered over HTTP, below /lifecycle. */
export const routes: Route[] = [
  authenticatedRoute({
    type: 'GET',
    path: '/agents',
    minimumRole: 'admin',
    body: listQuery,
    run: async ({ runtime, body: { all } }) => {
      const agents = await (await lifeDeskOf(runtime)).list({ isOverToo: all });
      return { agents: agents.map(presentAgent) };
    },
  }),
  authenticatedRoute({
    type: 'POST',
    path: '/agents',
    minimumRole: 'admin',
    // The desk says what is wrong with a field in words of its own.
    body: z.unknown(),
    run: async ({ runtime, principal, body }) => {
      const desk = await lifeDeskOf(runtime);
      return presentDecided(await desk.create(body, { requester: principal }, true));
    },
  }),
  authenticatedRoute({
    type: 'GET',
    path: '/agents/:name',
    minimumRole: 'admin',
    body: nothing,
    run: async ({ runtime, principal, request }) =>
      presentStatus(await (await lifeDeskOf(runtime)).status(nameIn(request), principal)),
  }),
  authenticatedRoute({
    type: 'GET',
    path: '/agents/:name/logs',
    minimumRole: 'admin',
    body: logsQuery,
    run: async ({ runtime, body: { lines }, request }) => {
      const desk = await lifeDeskOf(runtime);
      return { lines: await desk.logs(nameIn(request), lines) };
    },
  }),
  authenticatedRoute({
    type: 'GET',
    path: '/metrics',
    minimumRole: 'admin',
    body: nothing,
    run: async ({ runtime, response }) => {
      const measured = await (await lifeDeskOf(runtime)).measured();
      const { contentType, text } = await agentMetrics(measured);
      response.setHeader?.('Content-Type', contentType);
      response.send(text);
      return undefined;
    },
  }),
  authenticatedRoute({
    type: 'GET',
    path: '/memory',
    minimumRole: 'owner',
    body: nothing,
    run: async ({ runtime }) => (await lifecycleOf(runtime)).saveMemory(),
  }),
  authenticatedRoute({
    type: 'POST',
    path: '/memory',
    minimumRole: 'owner',
    body: savedMemorySchema,
    run: async ({ runtime, body }) => {
      const lifecycle = await lifecycleOf(runtime);
      await lifecycle.restoreMemory(body);
      return { restored: Object.values(body.memories).flat().length };
    },
  }),
  authenticatedRoute({
    type: 'POST',
    path: '/agents/:name/retire',
    minimumRole: 'admin',
    body: retirement,
    run: async ({ runtime, principal, body: { cause }, request }) => {
      const desk = await lifeDeskOf(runtime);
      return presentDecided(await desk.retire(nameIn(request), cause, { requester: principal }));
    },
  }),
  authenticatedRoute({
    type: 'POST',
    path: '/agents/:name/restart',
    minimumRole: 'admin',
    body: nothing,
    run: async ({ runtime, principal, request }) => {
      const desk = await lifeDeskOf(runtime);
      const { agent } = await desk.restart(nameIn(request), { requester: principal });
      return { agent: presentAgent(agent) };
    },
  }),
];

function nameIn({ params }: RouteRequest): string {
  return params?.['name'] ?? '';
}

import type { Route } from '@elizaos/core';
import { authenticatedRoute } from '@371os/kernel';
import { z } from 'zod';
import { resilienceOf } from '../services/resilience-service.ts';

const order = z.strictObject({ agent: z.string().trim().min(1).max(64) });

/** What is answered over HTTP below /resilience/failovers. */
export const failoverRoutes: Route[] = [
  authenticatedRoute({
    type: 'GET',
    path: '/failovers',
    minimumRole: 'admin',
    body: z.object({}),
    run: async ({ runtime }) => (await resilienceOf(runtime)).failovers.report(),
  }),
  authenticatedRoute({
    type: 'POST',
    path: '/failovers',
    minimumRole: 'admin',
    body: order,
    run: async ({ runtime, principal, body: { agent } }) => {
      const { failovers } = await resilienceOf(runtime);
      const begun = await failovers.failOver(agent, principal);
      return begun.map(({ task, from: { price, maximumUsd } }) => ({
        ...{ agent: task.text, task: task.id, state: task.state, price, maximumUsd },
      }));
    },
  }),
];

import type { Route } from '@elizaos/core';
import { authenticatedRoute } from '@371os/kernel';
import { z } from 'zod';
import { SPEC_FIELDS } from '../domain/deployment-spec.ts';
import { describeApproval, describePlan } from '../domain/plan-words.ts';
import { akashOf } from '../services/akash-service.ts';

const LONGEST_SDL = 65_536;

// The fields of a specification are judged by the planner, which names the wrong one.
const order = z.strictObject({
  ...Object.fromEntries(SPEC_FIELDS.map((name) => [name, z.unknown().optional()])),
  sdl: z.string().max(LONGEST_SDL).optional(),
});

/** What is answered over HTTP, below /akash. */
export const routes: Route[] = [
  authenticatedRoute({
    type: 'POST',
    path: '/deployments',
    minimumRole: 'admin',
    body: order,
    run: async ({ runtime, principal, body: { sdl, ...fields } }) => {
      const akash = await akashOf(runtime);
      const planned = await akash.planner.plan({ fields, sdl });
      const approval = await akash.requestApproval(planned, { requester: principal });
      const lines = [...describePlan(planned).split('\n'), describeApproval(akash.network)];
      return { approvalId: approval.id, plan: lines };
    },
  }),
];

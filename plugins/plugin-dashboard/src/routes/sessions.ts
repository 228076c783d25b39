import type { Route } from '@elizaos/core';
import { authenticatedRoute, runtimeSettings } from '@371os/kernel';
import { z } from 'zod';
import { dashboardOf } from '../services/dashboard-service.ts';
import { byCode } from '../services/recognise.ts';

/** How a browser signs in: by the code of a link, which the owner asks for, or the owner's token. */
export const sessionRoutes: Route[] = [
  authenticatedRoute({
    ...{ type: 'POST', path: '/codes', minimumRole: 'owner', body: z.object({}) },
    run: async ({ runtime }) => ({ code: (await dashboardOf(runtime)).codes.issue() }),
  }),
  authenticatedRoute({
    ...{ type: 'POST', path: '/sessions', minimumRole: 'owner', body: z.object({}) },
    recognise: byCode,
    run: async ({ runtime }) => {
      const ownerToken = String(runtimeSettings(runtime)('ELIZA_SERVER_AUTH_TOKEN'));
      return (await dashboardOf(runtime)).beginSession(ownerToken);
    },
  }),
];

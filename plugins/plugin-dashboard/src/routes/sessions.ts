import type { Route } from '@elizaos/core';
import { authenticatedRoute, runtimeSettings } from '@371os/kernel';
import { z } from 'zod';
import { dashboardOf } from '../services/dashboard-service.ts';
import { byCode } from '../services/recognise.ts';

const begun = z.object({ code: z.string().optional() });

/** How a browser signs in: by the code of a link, which the owner asks for, or the owner's token. */
export const sessionRoutes: Route[] = [
  authenticatedRoute({
    ...{ type: 'POST', path: '/codes', minimumRole: 'owner', body: z.object({}) },
    run: async ({ runtime }) => ({ code: (await dashboardOf(runtime)).codes.issue() }),
  }),
  authenticatedRoute({
    ...{ type: 'POST', path: '/sessions', minimumRole: 'owner', body: begun },
    recognise: byCode,
    run: async ({ runtime, body, request }) => {
      const ownerToken = String(runtimeSettings(runtime)('ELIZA_SERVER_AUTH_TOKEN'));
      const [userAgent] = [request.headers?.['user-agent']].flat();
      const way = body.code === undefined ? 'token' : 'link';
      return (await dashboardOf(runtime)).beginSession(ownerToken, { way, userAgent });
    },
  }),
];

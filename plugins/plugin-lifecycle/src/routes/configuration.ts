import type { Route } from '@elizaos/core';
import { authenticatedRoute } from '@371os/kernel';
import { z } from 'zod';
import { describeSetting } from '../domain/setting-report.ts';
import { explainConfiguration } from '../services/configuration.ts';
import { frontDeskOf } from '../services/lifecycle-service.ts';

const query = z.object({
  agent: z.string().min(1).max(64).optional(),
  setting: z.string().min(1).max(64).optional(),
});

/** Where settings come from; secrets are only told to be set. */
export const configurationRoute: Route = authenticatedRoute({
  type: 'GET',
  path: '/configuration',
  minimumRole: 'admin',
  body: query,
  run: async ({ runtime, body }) => {
    // ElizaOS hands a request to any of the agents; who names none means the company as a whole.
    const asked = frontDeskOf(runtime) ?? runtime;
    const { agent, settings, problem } = await explainConfiguration(asked, body);
    return {
      ...{ agent, problem },
      settings: settings.map((report) => ({ ...report, text: describeSetting(report, agent) })),
    };
  },
});

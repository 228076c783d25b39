import type { Route } from '@elizaos/core';
import { authenticatedRoute } from '@371os/kernel';
import { z } from 'zod';
import { describeSetting } from '../domain/setting-report.ts';
import { explainConfiguration } from '../services/configuration.ts';

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
    const { agent, settings, problem } = await explainConfiguration(runtime, body);
    return {
      ...{ agent, problem },
      settings: settings.map((report) => ({ ...report, text: describeSetting(report, agent) })),
    };
  },
});

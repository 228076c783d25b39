import type { Route } from '@elizaos/core';
import { authenticatedRoute } from '@371os/kernel';
import { z } from 'zod';
import { callMetrics } from '../services/call-metrics.ts';
import { chatCompletions } from './chat-completions.ts';
import { openaiModels } from './openai-models.ts';

const metrics = authenticatedRoute({
  type: 'GET',
  path: '/metrics',
  minimumRole: 'admin',
  body: z.object({}),
  run: async ({ response }) => {
    response.setHeader?.('Content-Type', callMetrics.contentType);
    response.send(await callMetrics.text());
    return undefined;
  },
});

/** What the gateway answers over HTTP, below /gateway. */
export const routes: Route[] = [chatCompletions, openaiModels, metrics];

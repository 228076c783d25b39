import type { Route } from '@elizaos/core';
import { authenticatedRoute } from '@371os/kernel';
import { z } from 'zod';
import { UnknownAddressError } from '../errors.ts';
import { callMetrics } from '../services/call-metrics.ts';
import { chatCompletions } from './chat-completions.ts';
import { presentOpenaiError } from './openai-error.ts';
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

// Otherwise ElizaOS's server would answer with its web page.
const unknownAddress = (type: 'GET' | 'POST'): Route =>
  authenticatedRoute({
    type,
    path: '/v1/*',
    minimumRole: 'guest',
    body: z.unknown(),
    presentError: presentOpenaiError,
    run: () => Promise.reject(new UnknownAddressError()),
  });

/** What the gateway answers over HTTP, below /gateway. */
export const routes: Route[] = [
  chatCompletions,
  openaiModels,
  unknownAddress('GET'),
  unknownAddress('POST'),
  metrics,
];

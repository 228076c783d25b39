import type { Route } from '@elizaos/core';
import { authenticatedRoute, hasRole } from '@371os/kernel';
import { z } from 'zod';
import { presentReport, presentState } from '../domain/present-report.ts';
import { resilienceMetrics } from '../services/resilience-metrics.ts';
import { ASKED_MS } from '../services/measures.ts';
import { resilienceOf } from '../services/resilience-service.ts';

const nothing = z.object({});
const SCRAPED_MS = 5_000;

/** What is answered over HTTP about what was measured, below /resilience. */
export const measureRoutes: Route[] = [
  authenticatedRoute({
    type: 'GET',
    path: '/report',
    minimumRole: 'guest',
    body: nothing,
    run: async ({ runtime, principal }) => {
      const report = await (await resilienceOf(runtime)).measures.report(ASKED_MS);
      return hasRole(principal, 'admin') ? presentReport(report) : presentState(report);
    },
  }),
  authenticatedRoute({
    type: 'GET',
    path: '/metrics',
    minimumRole: 'admin',
    body: nothing,
    run: async ({ runtime, response }) => {
      const report = await (await resilienceOf(runtime)).measures.report(SCRAPED_MS);
      const { contentType, text } = await resilienceMetrics(report);
      response.setHeader?.('Content-Type', contentType);
      response.send(text);
      return undefined;
    },
  }),
];

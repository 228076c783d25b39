import type { Route } from '@elizaos/core';
import { authenticatedRoute } from '@371os/kernel';
import { z } from 'zod';
import { recoveryMs, type Drill } from '../domain/drill.ts';
import { readDrillRequest } from '../domain/read-drill-request.ts';
import { drillDeskOf } from '../services/drill-desk-of.ts';

const nothing = z.object({});

/** Drills over HTTP, below /resilience. */
export const drillRoutes: Route[] = [
  authenticatedRoute({
    type: 'GET',
    path: '/drills',
    minimumRole: 'admin',
    body: nothing,
    run: async ({ runtime, principal }) => ({
      drills: (await (await drillDeskOf(runtime)).list(principal)).map(presentDrill),
    }),
  }),
  authenticatedRoute({
    type: 'POST',
    path: '/drills',
    minimumRole: 'admin',
    // The reader says what is wrong with a field in words of its own.
    body: z.unknown(),
    run: async ({ runtime, principal, body }) => {
      const desk = await drillDeskOf(runtime);
      const { approval, lines } = await desk.ask(readDrillRequest(body), { requester: principal });
      const { id, digest, summary, plan } = approval;
      return { approvalId: id, digest, summary, expects: lines, plan };
    },
  }),
  authenticatedRoute({
    type: 'POST',
    path: '/drills/abort',
    minimumRole: 'admin',
    body: nothing,
    run: async ({ runtime, principal }) => ({
      ended: await (await drillDeskOf(runtime)).abort(principal),
    }),
  }),
];

function presentDrill(drill: Drill): object {
  const { id, plan, state, outcome, requesterId, approvedBy } = drill;
  return {
    ...{ id, kind: plan.kind, target: plan.target, seconds: plan.seconds, state, outcome },
    ...{ requester: requesterId, approvedBy },
    ...{ askedAt: timeOf(drill.askedAtMs), begunAt: timeOf(drill.begunAtMs) },
    endedAt: timeOf(drill.endedAtMs),
    detectionMs: drill.detectedMs ?? null,
    recoveryMs: recoveryMs(drill) ?? null,
  };
}

function timeOf(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString();
}

import type { Route } from '@elizaos/core';
import { authenticatedRoute } from '@371os/kernel';
import { z } from 'zod';
import type { Mode } from '../domain/mode.ts';
import { causeOf, LONGEST_CAUSE } from '../domain/read-mode-request.ts';
import type { ModeTransition, Outage } from '../domain/situation.ts';
import { resilienceOf } from '../services/resilience-service.ts';

const order = z.strictObject({
  state: z.enum(['backup', 'normal']),
  cause: z.string().trim().min(1).max(LONGEST_CAUSE).optional(),
});

/** The mode over HTTP, below /resilience. */
export const modeRoutes: Route[] = [
  authenticatedRoute({
    type: 'GET',
    path: '/mode',
    minimumRole: 'admin',
    body: z.object({}),
    run: async ({ runtime }) => {
      const { mode, watch, dependencies } = (await resilienceOf(runtime)).backup;
      await mode.refresh();
      return {
        mode: presentMode(mode.mode),
        outage: presentOutage(mode.situation?.outage),
        canTellOutage: watch.canTellOutage,
        transitions: (await mode.transitions()).map(presentTransition),
        dependencies: (await dependencies.latest()).map(({ atMs, ...change }) => ({
          ...change,
          since: momentOf(atMs),
        })),
      };
    },
  }),
  authenticatedRoute({
    type: 'POST',
    path: '/mode',
    minimumRole: 'admin',
    body: order,
    run: async ({ runtime, principal, body: { state, cause } }) => {
      const { mode } = (await resilienceOf(runtime)).backup;
      const why = causeOf(cause) ?? `${principal.id} asked for it`;
      const change = await mode.change(state, { by: principal.id, cause: why });
      return { mode: presentMode(change.mode), isChanged: change.isChanged };
    },
  }),
];

function presentMode({ sinceMs, ...mode }: Mode): Record<string, unknown> {
  return { ...mode, since: momentOf(sinceMs) };
}

function presentOutage(outage: Outage | undefined): Record<string, unknown> | null {
  if (!outage) return null;
  const { id, cause, beganAtMs, endedAtMs } = outage;
  const ended = endedAtMs === undefined ? {} : { endedAt: momentOf(endedAtMs) };
  return { id, cause, beganAt: momentOf(beganAtMs), ...ended };
}

function presentTransition({ atMs, ...transition }: ModeTransition): Record<string, unknown> {
  return { ...transition, at: momentOf(atMs) };
}

function momentOf(atMs: number): string {
  return new Date(atMs).toISOString();
}

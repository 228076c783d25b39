import type { Route } from '@elizaos/core';
import { authenticatedRoute, usdNumber } from '@371os/kernel';
import { z } from 'zod';
import { wantedCount } from '../actions/scale-agent.ts';
import type { ScalingReport } from '../services/scaler.ts';
import { resilienceOf } from '../services/resilience-service.ts';

const query = z.object({ agent: z.string().trim().min(1).max(64).optional() });
const order = z.strictObject({
  agent: z.string().trim().min(1).max(64),
  count: wantedCount.optional(),
  dryRun: z.boolean().default(false),
});

/** What is answered over HTTP below /resilience/scaling. */
export const scalingRoutes: Route[] = [
  authenticatedRoute({
    type: 'GET',
    path: '/scaling',
    minimumRole: 'admin',
    body: query,
    run: async ({ runtime, body: { agent } }) => {
      const { scaling } = await resilienceOf(runtime);
      const reports: ScalingReport[] = [];
      for (const name of agent === undefined ? scaling.agents : [agent])
        reports.push(await scaling.explain(name));
      return { agents: reports.map(presentScaling) };
    },
  }),
  authenticatedRoute({
    type: 'POST',
    path: '/scaling',
    minimumRole: 'admin',
    body: order,
    run: async ({ runtime, principal, body: { agent, count, dryRun } }) => {
      const { scaling } = await resilienceOf(runtime);
      if (count === undefined || dryRun) return presentScaling(await scaling.explain(agent));
      return presentScaling(await scaling.order(agent, count, principal.id));
    },
  }),
];

function presentScaling(report: ScalingReport): object {
  const { decision, instances, cost, entries, problem, asked } = report;
  const { pricePicoPerHour, ...rest } = decision;
  const { costPico, fixedCostPico, ...fleet } = cost;
  return {
    ...rest,
    usdPerInstanceHour: usdNumber(pricePicoPerHour),
    instances,
    cost: { ...fleet, costUsd: usdNumber(costPico), fixedCostUsd: usdNumber(fixedCostPico) },
    journal: entries,
    ...(problem === undefined ? {} : { problem }),
    ...(asked === undefined ? {} : { asked }),
  };
}

import { ruledAction } from '@371os/kernel';
import { z } from 'zod';
import { readScaleRequest } from '../domain/read-scale-request.ts';
import { describeCost, describeDecision } from '../domain/scaling-words.ts';
import { UnclearScaleError } from '../errors/scaling.ts';
import type { Scaler, ScalingReport } from '../services/scaler.ts';
import { RESILIENCE_SERVICE, resilienceOf } from '../services/resilience-service.ts';

const MOST = 100;

/** How many instances somebody may ask for. */
export const wantedCount = z.union([
  z.literal('auto'),
  z.coerce.number('a whole number or "auto" is expected').int().min(0).max(MOST),
]);

const input = z.object({
  name: z.string().trim().min(1).max(64),
  count: wantedCount.optional(),
  dryRun: z.union([z.boolean(), z.stringbool()]).default(false),
});

/** Says how many instances an agent has, or how that would be decided. */
export const scaleAgent = ruledAction({
  name: 'SCALE_AGENT',
  similes: ['CHANGE_INSTANCES', 'ADD_REPLICAS', 'EXPLAIN_SCALING'],
  description:
    'Sets how many instances of an agent work on its tasks, lets its metrics decide again (count "auto"), or explains without changing anything how it would be scaled (dryRun).',
  parameters: {
    name: { type: 'string', description: 'The name of the agent', required: true },
    count: { type: 'string', description: 'How many instances, or "auto"', required: false },
    dryRun: { type: 'boolean', description: 'Explain and change nothing', required: false },
  },
  adminsOnly: 'scale agents',
  validate: (runtime) => Promise.resolve(runtime.hasService(RESILIENCE_SERVICE)),
  rule: readScaleRequest,
  // The front desk hands on whatever it is asked, but for what it does itself.
  rulePriority: 200,
  example: ['Scale Kai to 3', 'CMO Kai: 1 instance now, and 3 would be right (from 1 to 5).'],
  work: async ({ runtime, principal, parameters }) => {
    const asked = input.safeParse(parameters);
    if (!asked.success) throw new UnclearScaleError();
    const { name, count, dryRun } = asked.data;
    const { scaling } = await resilienceOf(runtime);
    return {
      text: await changeScale(scaling, {
        name,
        count: dryRun ? undefined : count,
        by: principal.id,
      }),
    };
  },
});

/** Carries out what somebody asks of the instances of an agent, and says how it stands. */
export async function changeScale(
  scaler: Scaler,
  { name, count, by }: { name: string; count: number | 'auto' | undefined; by: string },
): Promise<string> {
  if (count === undefined) return explained(await scaler.explain(name), 'Nothing was changed.');
  const report = await scaler.order(name, count, by);
  return explained(report, report.asked ?? 'The process that leads sees to it at its next look.');
}

/** How an agent is scaled, and what that has cost in the last day. */
export function explained({ decision, cost, problem }: ScalingReport, end: string): string {
  const paid = cost.fixedInstanceSeconds > 0 ? [describeCost(decision.agent, cost)] : [];
  return [describeDecision(decision), ...paid, problem ?? end].join('\n');
}

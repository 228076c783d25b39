import { ruledAction, type Principal } from '@371os/kernel';
import { z } from 'zod';
import { readFailoverRequest } from '../domain/read-failover-request.ts';
import { UnclearFailoverError } from '../errors/failovers.ts';
import type { Failovers } from '../services/failovers.ts';
import { RESILIENCE_SERVICE, resilienceOf } from '../services/resilience-service.ts';

const input = z.object({ name: z.string().trim().min(1).max(64) });

/** Moves a hosted agent to another provider. */
export const failOver = ruledAction({
  name: 'FAIL_OVER',
  similes: ['MOVE_AGENT_ELSEWHERE', 'SWITCH_PROVIDER', 'EVACUATE_AGENT'],
  description:
    'Moves an agent that is hosted on Akash to another provider, in another region where one is offered, within what was approved for it; its old lease is closed.',
  parameters: { name: { type: 'string', description: 'The name of the agent', required: true } },
  adminsOnly: 'have agents failed over',
  validate: (runtime) => Promise.resolve(runtime.hasService(RESILIENCE_SERVICE)),
  rule: readFailoverRequest,
  // The front desk hands on whatever it is asked, but for what it does itself.
  rulePriority: 200,
  example: ['Fail over Analyst', 'Analyst is being placed with another provider.'],
  work: async ({ runtime, principal, parameters }) => {
    const asked = input.safeParse(parameters);
    if (!asked.success) throw new UnclearFailoverError();
    const { failovers } = await resilienceOf(runtime);
    return { text: await beginFailover(failovers, asked.data.name, principal) };
  },
});

/** Begins to move an agent, and says where its way can be followed. */
export async function beginFailover(
  failovers: Failovers,
  name: string,
  by: Principal,
): Promise<string> {
  const moves = await failovers.failOver(name, by);
  const begun = moves.filter(({ state }) => state !== 'COMPLETED');
  if (begun.length === 0) return moves.map(({ answer }) => answer).join('\n');
  return `${begun.map(({ text }) => text).join(', ')}: it is being placed with another provider, within what was approved for it, and its old lease is closed. What it works on goes back into its queue. /failover tells how far it is.`;
}

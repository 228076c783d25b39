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
    'Moves an agent that is hosted on Akash to the cheapest other provider, in another region where one is offered, within what was approved for it; tells the old and the new price. Its old lease is closed.',
  parameters: { name: { type: 'string', description: 'The name of the agent', required: true } },
  adminsOnly: 'have agents failed over',
  validate: (runtime) => Promise.resolve(runtime.hasService(RESILIENCE_SERVICE)),
  rule: readFailoverRequest,
  // The front desk hands on whatever it is asked, but for what it does itself.
  rulePriority: 200,
  example: ['Fail over Analyst', 'Analyst is being placed with another provider.'],
  work: async ({ runtime, principal, message, parameters }) => {
    const asked = input.safeParse(parameters);
    if (!asked.success) throw new UnclearFailoverError();
    const { failovers } = await resilienceOf(runtime);
    const { name } = asked.data;
    return { text: await beginFailover(failovers, { name, by: principal, room: message.roomId }) };
  },
});

/** Begins to move an agent, and says what that costs and where its way can be followed. */
export async function beginFailover(
  failovers: Failovers,
  { name, by, room }: { readonly name: string; readonly by: Principal; readonly room: string },
): Promise<string> {
  const begun = await failovers.failOver(name, by, room);
  const going = begun.filter(({ task }) => task.state !== 'COMPLETED');
  if (going.length === 0) return begun.map(({ task }) => task.answer).join('\n');
  return [
    ...going.map(
      ({ task, from }) =>
        `${task.text}: it is being placed with another provider, and its old lease is closed. It takes ${from.price} now; the cheapest offer that fits is taken instead, and at most $${from.maximumUsd} a month, as was approved for it.`,
    ),
    'What it works on goes back into its queue. I say here what it takes then; /failover tells how far it is.',
  ].join(' ');
}

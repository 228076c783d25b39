import { ruledAction, type ActionOutcome } from '@371os/kernel';
import { readDrillRequest, readDrillWish } from '../domain/read-drill-request.ts';
import type { AskedDrill } from '../services/drill-desk.ts';
import { drillDeskOf } from '../services/drill-desk-of.ts';

/** Asks the owner to confirm that something is made to fail on purpose. */
export const runResilienceDrill = ruledAction({
  name: 'RUN_RESILIENCE_DRILL',
  similes: ['CHAOS_TEST', 'FAILOVER_EXERCISE'],
  description:
    'Asks the owner to confirm a drill, which makes something fail on purpose and measures who takes its place: a process that works for an agent is killed or stands still, or a model provider, a node of a chain or of IPFS, or a hosted agent cannot be reached. Never guess the target.',
  parameters: {
    kind: {
      type: 'string',
      description: 'kill, stop, blackhole or provider gone',
      required: true,
    },
    target: {
      type: 'string',
      description:
        'The name of an agent, or for blackhole and provider gone also of a model provider or a node',
      required: true,
    },
    seconds: { type: 'number', description: 'How long it lasts', required: false },
  },
  adminsOnly: 'have drills run',
  example: ['Run a kill drill on CFO Maya', 'Plan (nothing is done yet): Drill: kill the process'],
  rule: readDrillWish,
  // The front desk hands on whatever it is asked, but for what it does itself.
  rulePriority: 200,
  validate: (runtime) => Promise.resolve(runtime.getService('resilience') !== null),
  work: async ({ runtime, principal, message, parameters }) => {
    const request = readDrillRequest(parameters);
    const asked = { requester: principal, room: message.roomId, message: message.id };
    return askedWords(await (await drillDeskOf(runtime)).ask(request, asked));
  },
});

/** A plan that waits for a word. */
export function askedWords({ approval, lines }: AskedDrill): ActionOutcome {
  const { id, summary, digest, minimumRole } = approval;
  return {
    text: [
      `Plan (nothing is done yet): ${summary}.`,
      ...lines,
      `To approve it, the ${minimumRole} writes: /approve ${id}`,
    ].join('\n'),
    values: { approvalId: id, digest },
  };
}

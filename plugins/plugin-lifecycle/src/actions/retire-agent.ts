import { lifeAction } from './life-action.ts';
import { planWords } from './create-agent.ts';

/** Asks the owner to confirm that an agent ends. */
export const retireAgent = lifeAction({
  name: 'RETIRE_AGENT',
  kind: 'retire',
  similes: ['TERMINATE_AGENT', 'SHUT_DOWN_AGENT', 'DISMISS_AGENT'],
  description:
    'Asks the owner to confirm that an agent ends: its tasks are finished, what it knows is saved, its lease is closed and its registration says that it is inactive. Never guess a name.',
  adminsOnly: 'have agents retired',
  example: ['Retire the agent Analyst', 'Plan (nothing is done yet): Retire the agent Analyst.'],
  async work({ desk, principal, message, name }) {
    const asked = { requester: principal, room: message.roomId, message: message.id };
    return planWords(await desk.retire(name, undefined, asked));
  },
});

import { describeStatus } from '../domain/life-words.ts';
import { lifeAction } from './life-action.ts';

/** Tells where an agent is in its life, and how it does. */
export const agentStatus = lifeAction({
  name: 'AGENT_STATUS',
  kind: 'status',
  similes: ['INSPECT_AGENT', 'SHOW_AGENT'],
  description:
    'Tells where an agent is in its life, how it has done its tasks, where it runs and how it is registered.',
  adminsOnly: 'look into agents',
  example: ['How is the agent Analyst?', 'Analyst (CMO) is ready.'],
  async work({ desk, principal, name }) {
    const status = await desk.status(name, principal);
    const { agent } = status;
    return { text: describeStatus(status), values: { state: agent.state, agentId: agent.id } };
  },
});

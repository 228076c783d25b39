import { lifeAction } from './life-action.ts';

/** Has an agent begin again: in this process, or at a new place on Akash. */
export const restartAgent = lifeAction({
  name: 'RESTART_AGENT',
  kind: 'restart',
  similes: ['REBOOT_AGENT', 'RELOAD_AGENT'],
  description: 'Lets an agent finish its tasks, stops it, and starts it again with what it knows.',
  adminsOnly: 'restart agents',
  example: ['Restart the agent Analyst', 'Analyst (CMO) is ready again.'],
  async work({ desk, principal, message, name }) {
    const asked = { requester: principal, room: message.roomId, message: message.id };
    return { text: await desk.restartInWords(name, asked) };
  },
});

import { describeLife } from '../domain/life-words.ts';
import { lifeAction } from './life-action.ts';

/** Starts an agent of this process anew. */
export const restartAgent = lifeAction({
  name: 'RESTART_AGENT',
  kind: 'restart',
  similes: ['REBOOT_AGENT', 'RELOAD_AGENT'],
  description: 'Lets an agent finish its tasks, stops it, and starts it again with what it knows.',
  adminsOnly: 'restart agents',
  example: ['Restart the agent Analyst', 'Analyst (CMO) is ready.'],
  async work({ desk, principal, name }) {
    return { text: `${describeLife(await desk.restart(name, principal))} again.` };
  },
});

import { askForOrder } from './ask-for-order.ts';
import { deploymentAction } from './deployment-action.ts';

/** Asks the owner to confirm that a deployment ends. */
export const closeDeployment = deploymentAction({
  name: 'CLOSE_DEPLOYMENT',
  kind: 'close',
  similes: ['STOP_DEPLOYMENT', 'TERMINATE_LEASE', 'SHUT_DOWN_DEPLOYMENT'],
  description:
    'Asks the owner to confirm that one deployment on Akash, named by its id, is closed. Nothing is closed by asking. Never guess the id.',
  adminsOnly: 'ask for deployments to be closed',
  example: ['Close deployment K7QP2M3A', 'Closing deployment K7QP2M3A ends it for good.'],
  work: (call) =>
    askForOrder(call, 'closed', (id) => ({ version: 1, work: 'close', deploymentId: id })),
});

import { z } from 'zod';
import { askForOrder } from './ask-for-order.ts';
import { deploymentAction, type DeploymentCall } from './deployment-action.ts';

const input = z.object({ unknown: z.stringbool().catch(false).default(false) });

/** Asks the owner to confirm that a deployment ends. */
export const closeDeployment = deploymentAction({
  name: 'CLOSE_DEPLOYMENT',
  kind: 'close',
  similes: ['STOP_DEPLOYMENT', 'TERMINATE_LEASE', 'SHUT_DOWN_DEPLOYMENT'],
  description:
    'Asks the owner to confirm that one deployment on Akash, named by its id, is closed, or those of our key that nobody here made. Nothing is closed by asking. Never guess the id.',
  parameters: {
    unknown: {
      type: 'string',
      description: 'true for all that nobody here made. Default: false',
      required: false,
    },
  },
  adminsOnly: 'ask for deployments to be closed',
  example: ['Close deployment K7QP2M3A', 'Closing deployment K7QP2M3A ends it for good.'],
  async work(call) {
    const stranger = await strangerIn(call);
    if (stranger === undefined)
      return askForOrder(await named(call), 'closed', (id) => ({
        ...{ version: 1, work: 'close', deploymentId: id },
      }));
    const { akash, message, principal } = call;
    const { approval, answer } = await (
      await akash.strangers()
    ).askToClose(stranger, {
      ...{ requester: principal, room: message.roomId, message: message.id },
    });
    return {
      text: answer,
      values: approval ? { approvalId: approval.id, digest: approval.digest } : {},
    };
  },
});

/** What nobody here made and is to be closed: a number on chain, or all. */
async function strangerIn(call: DeploymentCall): Promise<{ dseq: string } | 'all' | undefined> {
  const { unknown } = input.parse({ unknown: call.parameters['unknown'] ?? 'false' });
  if (unknown) return 'all';
  const { id } = await named(call);
  if (id === undefined || !/^\d+$/.test(id)) return undefined;
  const { deployments } = await call.akash.desk();
  // An id of ours may consist of digits alone.
  return (await deployments.list()).some((known) => known.id === id) ? undefined : { dseq: id };
}

// A number on chain may be that of a deployment of ours.
async function named(call: DeploymentCall): Promise<DeploymentCall> {
  if (call.id === undefined || !/^\d+$/.test(call.id)) return call;
  const { deployments } = await call.akash.desk();
  return { ...call, id: (await deployments.idOf(call.id)) ?? call.id };
}

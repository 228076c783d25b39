import { z } from 'zod';
import { IncompleteOrderError } from '../order-errors.ts';
import { deploymentAction } from './deployment-action.ts';

const input = z.object({
  amountUsd: z.union([z.string(), z.number().transform(String)]).optional(),
});

/** Asks the owner to have a deployment looked after that nobody here made. */
export const adoptDeploymentAction = deploymentAction({
  name: 'ADOPT_DEPLOYMENT',
  kind: 'adopt',
  similes: ['TAKE_OVER_DEPLOYMENT'],
  description:
    'Asks the owner to have a deployment on Akash looked after that our key has and nobody here made, named by its number on chain. Nothing changes by asking. Never guess the number.',
  parameters: {
    amountUsd: {
      type: 'string',
      description: 'Most US dollars a month. Default: what its leases cost',
      required: false,
    },
  },
  adminsOnly: 'ask for deployments to be adopted',
  example: ['Adopt deployment 1793000000000', 'Adopt deployment number 1793000000000'],
  async work({ akash, message, principal, id, parameters }) {
    if (id === undefined)
      throw new IncompleteOrderError({
        missing: 'Which deployment is to be adopted? LIST_DEPLOYMENTS shows their numbers.',
        example: 'adopt deployment 1793000000000',
      });
    const { amountUsd } = input.parse(parameters);
    const strangers = await akash.strangers();
    const { approval, answer } = await strangers.askToAdopt(id, amountUsd, {
      ...{ requester: principal, room: message.roomId, message: message.id },
    });
    return { text: answer, values: { approvalId: approval.id, digest: approval.digest } };
  },
});

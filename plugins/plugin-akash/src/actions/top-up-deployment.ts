import { z } from 'zod';
import { uactOf, type Order } from '../domain/order.ts';
import { IncompleteOrderError } from '../order-errors.ts';
import { askForOrder } from './ask-for-order.ts';
import { deploymentAction } from './deployment-action.ts';

const input = z.object({
  amountUsd: z.union([z.string(), z.number().transform(String)]).optional(),
});

const LEAST_UACT = 10_000n;

/** Asks the owner to have more paid into the escrow of a deployment. */
export const topUpDeployment = deploymentAction({
  name: 'TOP_UP_DEPLOYMENT',
  kind: 'top-up',
  similes: ['FUND_DEPLOYMENT', 'EXTEND_DEPLOYMENT', 'ADD_ESCROW'],
  description:
    'Asks the owner to approve a payment into the escrow of a deployment on Akash, within what it may cost a month. Nothing is paid by asking. Never guess id or amount.',
  parameters: {
    amountUsd: { type: 'string', description: 'US dollars, such as 2.50', required: true },
  },
  adminsOnly: 'ask for deployments to be topped up',
  example: ['Top up K7QP2M3A with 2 dollars', 'Paying $2.00 into deployment K7QP2M3A'],
  work: (call) =>
    askForOrder(call, 'topped up', (deploymentId): Order => {
      const { amountUsd } = input.parse(call.parameters);
      const uact = amountUsd === undefined ? 0n : uactOf(amountUsd);
      if (uact < LEAST_UACT)
        throw new IncompleteOrderError({
          missing: 'How many US dollars are to be paid in? A cent is the least.',
          example: `top up ${deploymentId} with 2 dollars`,
        });
      return { version: 1, work: 'top-up', deploymentId, uact: String(uact) };
    }),
});

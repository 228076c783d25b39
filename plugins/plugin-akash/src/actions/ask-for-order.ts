import { type ActionOutcome } from '@371os/kernel';
import type { Order } from '../domain/order.ts';
import { UnnamedDeploymentError } from '../order-errors.ts';
import type { DeploymentCall } from './deployment-action.ts';

/** Has an order on a deployment, named by its id, wait for the owner's word. */
export async function askForOrder(
  { akash, message, principal, id }: DeploymentCall,
  wish: string,
  orderFor: (id: string) => Order | Promise<Order>,
): Promise<ActionOutcome> {
  const desk = await akash.desk();
  if (id === undefined) throw new UnnamedDeploymentError({ wish, known: await desk.openIds() });
  const { approval, answer } = await desk.ask(await orderFor(id), {
    ...{ requester: principal, room: message.roomId, message: message.id },
  });
  return {
    text: answer,
    values: approval ? { approvalId: approval.id, digest: approval.digest } : {},
  };
}

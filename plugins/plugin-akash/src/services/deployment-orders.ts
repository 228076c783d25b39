import type { Json, Outcome, Task, TaskContext, TasksService } from '@371os/plugin-tasks';
import type { Approval, Approvals } from '@371os/plugin-treasury';
import { orderSchema, readOrder, type Order } from '../domain/order.ts';
import type { Deployments } from './deployments.ts';
import type { EscrowTopUp } from './escrow-top-up.ts';

export interface DeploymentOrdersComponents {
  readonly tasks: TasksService;
  readonly approvals: Approvals;
  readonly deployments: Deployments;
  readonly topUp: EscrowTopUp;
}

/** The name under which orders on deployments are queued, whichever agent took them. */
export const ORDERS_WORKER = 'akash-orders';

const TIMEOUT_MS = 1_800_000;
const MOST_ATTEMPTS = 10;

/** Carries out what was approved for deployments that there are, as durable tasks. */
export class DeploymentOrders {
  readonly #components: DeploymentOrdersComponents;

  constructor(components: DeploymentOrdersComponents) {
    this.#components = components;
  }

  /**
   * Begins what was approved. The task is kept before the approval is used up, under its id: whoever
   * repeats this after a crash begins nothing twice.
   */
  async begin(approval: Approval): Promise<Task> {
    const { approvals, deployments } = this.#components;
    const order = readOrder(approval);
    const task =
      order.work === 'close'
        ? await deployments.close(order.deploymentId)
        : await this.#submit(order, approval);
    await approvals.consume(approval.id, approval.digest);
    return task;
  }

  /** Does the tasks that {@link begin} submits. */
  async perform(task: Task, context: TaskContext): Promise<Outcome> {
    const { deployments, topUp } = this.#components;
    const order = orderSchema.parse(task.data);
    const deployment = await deployments.get(order.deploymentId);
    if (order.work === 'top-up') return topUp.pay(deployment, BigInt(order.uact), context);
    return { state: 'REJECTED', answer: '' };
  }

  async #submit(order: Order, approval: Approval): Promise<Task> {
    const deployment = await this.#components.deployments.get(order.deploymentId);
    return this.#components.tasks.submit({
      ...{ agent: ORDERS_WORKER, text: approval.summary, isConfidential: false },
      ...{ timeoutMs: TIMEOUT_MS, maxAttempts: MOST_ATTEMPTS },
      requester: { id: approval.requester, role: 'owner' },
      roomId: approval.room ?? deployment.roomId,
      idempotencyKey: `akash/${order.work}/${approval.id}`,
      data: order as Json,
    });
  }
}

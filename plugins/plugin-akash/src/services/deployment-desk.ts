import { formatUsd } from '@371os/kernel';
import type { Outcome, Task, TaskContext, TasksService } from '@371os/plugin-tasks';
import type { Approval, ApprovalRequest, Approvals } from '@371os/plugin-treasury';
import { DeploymentStateError } from '../deployment-errors.ts';
import { workloadOf, type Deployment } from '../domain/deployment.ts';
import { amountOf, ORDER_KIND, orderSchema, readOrder, type Order } from '../domain/order.ts';
import { cents, imagesIn } from '../domain/plan-words.ts';
import { UnnamedDeploymentError } from '../order-errors.ts';
import type { DeploymentReports } from './deployment-reports.ts';
import type { Deployments } from './deployments.ts';
import type { EscrowTopUp } from './escrow-top-up.ts';
import type { WorkloadUpdate } from './workload-update.ts';

export interface DeploymentDeskComponents {
  readonly tasks: TasksService;
  readonly approvals: Approvals;
  readonly deployments: Deployments;
  readonly reports: DeploymentReports;
  readonly topUp: EscrowTopUp;
  readonly update: WorkloadUpdate;
}

/** The name under which orders on deployments are queued, whichever agent took them. */
export const ORDERS_WORKER = 'akash-orders';

const TIMEOUT_MS = 1_800_000;
const MOST_ATTEMPTS = 10;

/** Takes orders on deployments that there are, and carries out those that the owner approves. */
export class DeploymentDesk {
  readonly #components: DeploymentDeskComponents;
  readonly deployments: Deployments;
  readonly reports: DeploymentReports;

  constructor(components: DeploymentDeskComponents) {
    this.#components = components;
    this.deployments = components.deployments;
    this.reports = components.reports;
  }

  /** Ids of the deployments that may still cost something, newest first. */
  async openIds(): Promise<string[]> {
    const all = await this.deployments.list();
    return all.flatMap(({ id, state }) => (hasEnded(state) ? [] : [id]));
  }

  /** The one deployment that is open. @throws UnnamedDeploymentError when it is not just one */
  async onlyOpen(wish: string): Promise<string> {
    const known = await this.openIds();
    const [only] = known;
    if (known.length === 1 && only !== undefined) return only;
    throw new UnnamedDeploymentError({ wish, known });
  }

  /**
   * Checks an order and keeps it until the owner approves it; no approval where there is nothing
   * left to do.
   * @throws UnknownDeploymentError, DeploymentStateError, MonthExceededError
   */
  async ask(
    order: Order,
    asked: Pick<ApprovalRequest, 'requester' | 'room' | 'message'>,
  ): Promise<{ approval: Approval | undefined; answer: string }> {
    const deployment = await this.deployments.get(order.deploymentId);
    const { id, state } = deployment;
    if (order.work === 'close' && hasEnded(state))
      return {
        approval: undefined,
        answer: `Deployment ${id} is ${state.toLowerCase()} already: nothing of it is open.`,
      };
    const consequence = await this.#check(order, deployment);
    const approval = await this.#components.approvals.request({
      ...{ kind: ORDER_KIND, plan: order, amountPico: amountOf(order), ...asked },
      summary: summaryOf(order, deployment),
    });
    const how = `To confirm it, the ${approval.minimumRole} writes: /approve ${approval.id}`;
    return { approval, answer: `${approval.summary}: ${consequence}\n${how}` };
  }

  /**
   * Begins what was approved. The task is kept before the approval is used up, under its id: whoever
   * repeats this after a crash begins nothing twice.
   */
  async begin(approval: Approval): Promise<Task> {
    const order = readOrder(approval);
    const task =
      order.work === 'close'
        ? await this.deployments.close(order.deploymentId)
        : await this.#submit(order, approval);
    await this.#components.approvals.consume(approval.id, approval.digest);
    return task;
  }

  /** Does the tasks that {@link begin} submits. */
  async perform(task: Task, context: TaskContext): Promise<Outcome> {
    const { topUp, update } = this.#components;
    const order = orderSchema.parse(task.data);
    const deployment = await this.deployments.get(order.deploymentId);
    switch (order.work) {
      case 'top-up':
        return topUp.pay(deployment, order, context);
      case 'update':
        return update.rollOut(deployment, order.plan, context);
      case 'close':
        throw new DeploymentStateError({ ...deployment, wish: 'closed by an order' });
    }
  }

  // What has to be known before anybody says yes.
  async #check(order: Order, deployment: Deployment): Promise<string> {
    const { state } = deployment;
    switch (order.work) {
      case 'close':
        if (state === 'DEPLOYING')
          return 'it is stopped before its next step; what has been paid in comes back.';
        return 'it ends for good, with all that it keeps; what is left of its deposit comes back.';
      case 'top-up':
        await this.#components.topUp.check(deployment, BigInt(order.uact));
        return `its escrow lasts longer by that; it still costs at most $${cents(deployment.maximumPico)} a month.`;
      case 'update':
        if (state !== 'ACTIVE') throw new DeploymentStateError({ ...deployment, wish: 'updated' });
        return 'it keeps its lease and price, and starts anew at its provider.';
    }
  }

  async #submit(order: Order, approval: Approval): Promise<Task> {
    const { roomId } = await this.deployments.get(order.deploymentId);
    return this.#components.tasks.submit({
      ...{ agent: ORDERS_WORKER, text: approval.summary, isConfidential: false, data: order },
      ...{ timeoutMs: TIMEOUT_MS, maxAttempts: MOST_ATTEMPTS },
      requester: { id: approval.requester, role: 'admin' },
      roomId: approval.room ?? roomId,
      idempotencyKey: `akash/${order.work}/${approval.id}`,
    });
  }
}

function hasEnded(state: Deployment['state']): boolean {
  return state === 'CLOSED' || state === 'FAILED';
}

function summaryOf(order: Order, deployment: Deployment): string {
  const { id } = deployment;
  switch (order.work) {
    case 'close':
      return `Close deployment ${id} (${workloadOf(deployment)})`;
    case 'top-up':
      return `Pay $${formatUsd(amountOf(order))} into the escrow of deployment ${id}`;
    case 'update':
      return `Update deployment ${id} to ${imagesIn(order.plan).join(', ')}`;
  }
}

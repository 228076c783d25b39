import { createHash } from 'node:crypto';
import { formatUsd, parseUsd } from '@371os/kernel';
import type { Outcome, Task, TaskContext, TasksService } from '@371os/plugin-tasks';
import {
  approvalId,
  BudgetExceededError,
  TaskHeldError,
  type Approval,
  type ApprovalRequest,
  type Approvals,
} from '@371os/plugin-treasury';
import { NoStrangerError } from '../deployment-errors.ts';
import { PROVIDER_BLOCK_MS } from '../domain/block-price.ts';
import type { Deployment, Placement } from '../domain/deployment.ts';
import { WITHOUT_SDL } from '../domain/deployment-report.ts';
import { cents } from '../domain/plan-words.ts';
import { fundsAt } from '../domain/runway.ts';
import {
  mostOfMonth,
  readStrangerOrder,
  STRANGER_KIND,
  strangerOrderSchema,
  type Stranger,
  type StrangerOrder,
} from '../domain/stranger.ts';
import type { AkashChain, ChainDeployment, ChainLease } from '../ports/akash-chain.ts';
import type { ProviderGateway } from '../ports/provider-gateway.ts';
import type { Database } from '../store/database.ts';
import { adoptDeployment, forgetAdopted } from '../store/deployment-store.ts';
import type { DeploymentAccount } from './deployment-account.ts';
import type { Deployments } from './deployments.ts';
import { endpointsOf } from './placement-saga.ts';

export interface StrangersComponents {
  /** Who looks after what is adopted. */
  readonly agent: string;
  readonly database: Database;
  readonly chain: AkashChain;
  readonly gateway: Pick<ProviderGateway, 'leaseStatus'>;
  readonly account: Pick<DeploymentAccount, 'ensureOpen' | 'record'>;
  readonly deployments: Deployments;
  readonly tasks: TasksService;
  readonly approvals: Approvals;
}

type Asked = Pick<ApprovalRequest, 'requester' | 'room' | 'message'>;
type TakenIn = Pick<Deployment, 'state' | 'maximumPico' | 'placements' | 'rentPico'>;

/** The name under which it is queued what becomes of them. */
export const STRANGERS_WORKER = 'akash-strangers';

const TIMEOUT_MS = 1_800_000;
const MOST_ATTEMPTS = 10;
const MOST_AT_ONCE = 100;
const PICO_PER_UACT = 1_000_000n;

/**
 * Deployments that our key has open on chain and that nobody here made: by another program, or by a
 * company whose database is gone. They are offered to be adopted or closed.
 */
export class Strangers {
  readonly #components: StrangersComponents;

  constructor(components: StrangersComponents) {
    this.#components = components;
  }

  async list(): Promise<Stranger[]> {
    const found = await this.#components.deployments.strangers();
    return Promise.all(found.map((one) => this.#read(one)));
  }

  /**
   * Asks for the approval to look after one.
   * @param maximumUsd the most that a month may cost; what its leases cost by default
   * @throws NoStrangerError, InvalidMoneyError
   */
  async askToAdopt(
    dseq: string,
    maximumUsd: string | undefined,
    asked: Asked,
  ): Promise<{ approval: Approval; answer: string }> {
    const stranger = await this.#find(dseq);
    if (stranger.rate === 0n)
      throw new NoStrangerError({
        dseq,
        problem: `has no lease, and none can be made without its SDL: write "close deployment ${dseq}" instead`,
      });
    const most = mostOfMonth(stranger);
    const amountPico = maximumUsd === undefined ? most : parseUsd(maximumUsd);
    if (amountPico < most)
      throw new NoStrangerError({
        dseq,
        problem: `costs up to $${cents(most)} a month, which is more than that`,
      });
    const order: StrangerOrder = {
      ...{ version: 1, work: 'adopt', dseq },
      maximumUsd: formatUsd(amountPico),
    };
    return this.#ask(order, {
      ...{ ...asked, amountPico },
      summary: `Adopt deployment number ${dseq} for at most $${cents(amountPico)} a month`,
      consequence: `what it may cost is reserved, and it is looked after from now on. ${WITHOUT_SDL}`,
    });
  }

  /** Asks for the approval to close one, or all. @throws NoStrangerError */
  async askToClose(
    which: { readonly dseq: string } | 'all',
    asked: Asked,
  ): Promise<{ approval: Approval | undefined; answer: string }> {
    const found = which === 'all' ? await this.list() : [await this.#find(which.dseq)];
    const dseqs = found.slice(0, MOST_AT_ONCE).map(({ dseq }) => dseq);
    if (dseqs.length === 0)
      return { approval: undefined, answer: 'Our key has nothing open that is not known here.' };
    return this.#ask(
      { version: 1, work: 'close', dseqs },
      {
        ...{ ...asked, amountPico: 0n },
        summary: `Close ${dseqs.map((dseq) => `deployment number ${dseq}`).join(', ')}`,
        consequence: 'what runs there ends for good; what is left of the deposit comes back.',
      },
    );
  }

  /** Begins what was approved, once: the task is kept before the approval is used up. */
  async begin(approval: Approval): Promise<Task> {
    const order = readStrangerOrder(approval);
    const { agent } = this.#components;
    const [first = ''] = order.work === 'adopt' ? [order.dseq] : order.dseqs;
    const task = await this.#components.tasks.submit({
      ...{ agent: STRANGERS_WORKER, text: approval.summary, isConfidential: false },
      ...{ timeoutMs: TIMEOUT_MS, maxAttempts: MOST_ATTEMPTS, roomId: approval.room ?? '' },
      requester: { id: approval.requester, role: 'admin' },
      idempotencyKey: `akash/stranger/${approval.id}`,
      data: { deploymentId: this.#idOf(first), work: order.work, agent, order },
    });
    await this.#components.approvals.consume(approval.id, approval.digest);
    return task;
  }

  /** Does the tasks that {@link begin} submits; may be repeated at any point. */
  async perform(task: Task, context: TaskContext): Promise<Outcome> {
    const order = strangerOrderSchema.parse((task.data as { order: unknown }).order);
    if (order.work === 'adopt') return this.#adopt(order, task);
    const answers: string[] = [];
    for (const dseq of order.dseqs) {
      context.signal.throwIfAborted();
      answers.push(await this.#close(dseq, task, context));
    }
    return { state: 'COMPLETED', answer: answers.join('\n') };
  }

  async #ask(
    order: StrangerOrder,
    { consequence, ...request }: Omit<ApprovalRequest, 'kind' | 'plan'> & { consequence: string },
  ): Promise<{ approval: Approval; answer: string }> {
    const approval = await this.#components.approvals.request({
      ...{ kind: STRANGER_KIND, plan: order, ...request },
    });
    const how = `To confirm it, the ${approval.minimumRole} writes: /approve ${approval.id}`;
    return { approval, answer: `${approval.summary}: ${consequence}\n${how}` };
  }

  // --- adopting

  async #adopt(
    { dseq, maximumUsd }: Extract<StrangerOrder, { work: 'adopt' }>,
    task: Task,
  ): Promise<Outcome> {
    const { account, deployments, database, chain } = this.#components;
    const onChain = await chain.deployment(dseq);
    const placements = await this.#placements(dseq);
    if (!onChain?.isActive || placements.length === 0)
      return { state: 'FAILED', answer: `Deployment number ${dseq} has ended meanwhile.` };
    const id = await this.#takeIn(onChain, task, {
      ...{ state: 'ACTIVE', placements, maximumPico: parseUsd(maximumUsd) },
      // What it has cost before is no part of what this month may cost from now on.
      rentPico: onChain.spentUact * PICO_PER_UACT,
    });
    try {
      await account.ensureOpen(await deployments.get(id));
    } catch (error) {
      if (!(error instanceof BudgetExceededError || error instanceof TaskHeldError)) throw error;
      await forgetAdopted(database, id);
      return { state: 'FAILED', answer: `${error.message} It is not adopted.` };
    }
    return {
      state: 'COMPLETED',
      answer: `Deployment number ${dseq} is looked after as ${id}: it may cost $${cents(parseUsd(maximumUsd))} a month, which is reserved. ${WITHOUT_SDL}`,
    };
  }

  async #placements(dseq: string): Promise<Placement[]> {
    const leases = await this.#components.chain.leases(dseq);
    return Promise.all(
      leases.filter(({ isActive }) => isActive).map((lease) => this.#placement(lease)),
    );
  }

  async #placement({ id, priceAtto }: ChainLease): Promise<Placement> {
    const { chain, gateway } = this.#components;
    const known = await chain.provider(id.provider);
    // Where it answers is good to know; a provider that is silent does not stand in the way.
    const status = known && (await gateway.leaseStatus(known, id).catch(() => undefined));
    return {
      ...{ group: String(id.gseq), provider: id.provider, price: priceAtto },
      ...{ gseq: id.gseq, oseq: id.oseq, bseq: id.bseq, reasons: ['adopted'] },
      region: known?.attributes.find(({ key }) => key === 'region')?.value,
      endpoints: status ? endpointsOf(status) : [],
    };
  }

  // --- closing

  // Taken in first, so that the closing goes on after a crash like that of any other.
  async #close(dseq: string, task: Task, context: TaskContext): Promise<string> {
    const { chain, deployments } = this.#components;
    const onChain = await chain.deployment(dseq);
    const known = await deployments.idOf(dseq);
    if (!onChain || (!onChain.isActive && known === undefined))
      return `Deployment number ${dseq} is closed already.`;
    const id = await this.#takeIn(onChain, task, {
      ...{ state: 'CLOSING', placements: [], maximumPico: 0n, rentPico: 0n },
    });
    return (await deployments.end(id, context)).answer;
  }

  // --- what both share

  async #takeIn({ dseq }: ChainDeployment, task: Task, init: TakenIn): Promise<string> {
    const { database, agent } = this.#components;
    const id = this.#idOf(dseq);
    const { requester, roomId } = task;
    const whose = { id, dseq, agent, requesterId: requester.id, roomId };
    if (await adoptDeployment(database, { ...whose, ...init })) return id;
    throw new NoStrangerError({ dseq, problem: 'is looked after here already' });
  }

  // The same one each time, so that nobody adopts anything twice.
  #idOf(dseq: string): string {
    const { owner } = this.#components.chain;
    return approvalId(createHash('sha256').update(`${owner}/${dseq}`).digest());
  }

  async #find(dseq: string): Promise<Stranger> {
    const { chain, deployments } = this.#components;
    const known = await deployments.idOf(dseq);
    if (known !== undefined)
      throw new NoStrangerError({ dseq, problem: `is deployment ${known} of this company` });
    const found = await chain.deployment(dseq);
    if (found?.isActive) return this.#read(found);
    const problem = found ? 'is closed already' : 'is none of our key';
    throw new NoStrangerError({ dseq, problem });
  }

  async #read(found: ChainDeployment): Promise<Stranger> {
    const { chain } = this.#components;
    const leases = (await chain.leases(found.dseq)).filter(({ isActive }) => isActive);
    const rate = leases.reduce((sum, { priceAtto }) => sum + priceAtto, 0n);
    const { height } = await chain.latestBlock();
    return {
      ...{ dseq: found.dseq, rate, fundsUact: fundsAt(height, found, rate) },
      ageMs: (height - found.createdAt) * PROVIDER_BLOCK_MS,
    };
  }
}

import { formatUsd } from '@371os/kernel';
import {
  saga,
  SagaUndoneError,
  type Outcome,
  type Task,
  type TaskContext,
  type TasksService,
} from '@371os/plugin-tasks';
import type { Approval, Approvals } from '@371os/plugin-treasury';
import { FASTEST_BLOCK_MS, PROVIDER_BLOCK_MS } from '../domain/block-price.ts';
import { wishesOf } from '../domain/choose-bids.ts';
import type { Deployment, Placement } from '../domain/deployment.ts';
import { maximumOfPlan, readPlan } from '../domain/deployment-plan.ts';
import { runwayOf, topUpFor, type Runway } from '../domain/runway.ts';
import { DeploymentStateError, UnknownDeploymentError } from '../deployment-errors.ts';
import { ChainRefusedError, ProviderUnreachableError } from '../network-errors.ts';
import type { ChainDeployment } from '../ports/akash-chain.ts';
import type { DeploymentPublisher } from '../ports/deployment-publisher.ts';
import type { LogLine } from '../ports/provider-gateway.ts';
import {
  addFee,
  findDeployment,
  insertDeployment,
  keepAccount,
  keepPlacements,
  listDeployments,
  moveDeployment,
} from '../store/deployment-store.ts';
import { closeNumber, knownNumbers, numbersOf } from '../store/number-store.ts';
import { type DeploymentAccount } from './deployment-account.ts';
import { PlacementSaga, readPlacements, type PlacementComponents } from './placement-saga.ts';

export interface DeploymentsComponents extends PlacementComponents {
  readonly agent: string;
  readonly tasks: TasksService;
  readonly approvals: Approvals;
  readonly account: DeploymentAccount;
  readonly publishers: readonly DeploymentPublisher[];
  /** For how many days a new deployment is paid ahead. */
  readonly depositDays: number;
  readonly log: (problem: string, error: unknown) => void;
}

/** A deployment with what the chain says of it now. */
export interface DeploymentStatus {
  readonly deployment: Deployment;
  readonly onChain: ChainDeployment | undefined;
  readonly runway: Runway | undefined;
  /** Providers whose lease is not active any more, with the chain's reason. */
  readonly lost: readonly { readonly provider: string; readonly reason: number }[];
}

const UACT_PICO = 1_000_000n;
const MOST_ATTEMPTS = 3;
const DEPLOY_TIMEOUT_MS = 3_600_000;
const CLOSE_TIMEOUT_MS = 600_000;

/** What runs on Akash for this company: begun, looked after, and ended without a rest. */
export class Deployments {
  readonly #components: DeploymentsComponents;

  constructor(components: DeploymentsComponents) {
    this.#components = components;
  }

  /**
   * Begins what was approved. The task is kept before the approval is used up, under its id: whoever
   * repeats this after a crash begins nothing twice.
   */
  async begin(approval: Approval): Promise<Task> {
    const { tasks, approvals, agent, database } = this.#components;
    const plan = readPlan(approval);
    const init = {
      ...{ id: approval.id, agent, plan, requesterId: approval.requester },
      ...{ roomId: approval.room ?? '', maximumPico: maximumOfPlan(plan) },
    };
    await insertDeployment(database, init);
    const task = await tasks.submit(
      this.#task(init, 'deploy', `Deploy ${approval.summary}`, DEPLOY_TIMEOUT_MS),
    );
    await approvals.consume(approval.id, approval.digest);
    return task;
  }

  /** Has a deployment closed, its leases with it. Again and again gives the same task. */
  async close(id: string): Promise<Task> {
    const deployment = await this.get(id);
    const text = `Close deployment ${id}`;
    return this.#components.tasks.submit(this.#task(deployment, 'close', text, CLOSE_TIMEOUT_MS));
  }

  /** Does the tasks that {@link begin} and {@link close} submit. */
  async perform(task: Task, context: TaskContext): Promise<Outcome> {
    const { deploymentId, work } = task.data as { deploymentId: string; work: 'deploy' | 'close' };
    const deployment = await this.get(deploymentId);
    return work === 'close' ? this.#close(deployment) : this.#deploy(deployment, context);
  }

  /** @throws UnknownDeploymentError */
  async get(id: string): Promise<Deployment> {
    const found = await findDeployment(this.#components.database, id);
    if (!found) throw new UnknownDeploymentError({ id });
    return found;
  }

  /** Newest first. */
  async list(): Promise<Deployment[]> {
    return listDeployments(this.#components.database);
  }

  /** Numbers of deployments that our key has open on chain and that nobody here began. */
  async strangers(): Promise<readonly ChainDeployment[]> {
    const { chain, database } = this.#components;
    const active = await chain.activeDeployments();
    const known = await knownNumbers(
      database,
      active.map(({ dseq }) => dseq),
    );
    return active.filter(({ dseq }) => !known.some((number) => number.dseq === dseq));
  }

  async status(id: string): Promise<DeploymentStatus> {
    const { chain } = this.#components;
    const deployment = await this.get(id);
    const { dseq } = deployment;
    const onChain = dseq === undefined ? undefined : await chain.deployment(dseq);
    const leases = dseq === undefined ? [] : await chain.leases(dseq);
    return {
      deployment,
      onChain,
      runway: onChain?.isActive
        ? runwayOf(onChain.fundsUact, rateOf(deployment.placements), PROVIDER_BLOCK_MS)
        : undefined,
      lost: leases.flatMap(({ id: lease, isActive, closedReason }) =>
        isActive ? [] : [{ provider: lease.provider, reason: closedReason }],
      ),
    };
  }

  /** The last lines that its services wrote. */
  async logs(id: string, lines: number): Promise<readonly LogLine[]> {
    const { chain, gateway } = this.#components;
    const { placements, dseq, state } = await this.get(id);
    if (state !== 'ACTIVE' || dseq === undefined)
      throw new DeploymentStateError({ id, state, wish: 'asked for its logs' });
    const parts = placements.map(async ({ provider: owner, gseq, oseq, bseq }) => {
      const provider = await chain.provider(owner);
      if (!provider) throw new ProviderUnreachableError({ provider: owner });
      return gateway.logs(provider, { dseq, gseq, oseq, bseq, provider: owner }, lines);
    });
    return (await Promise.all(parts)).flat();
  }

  // --- deploying

  async #deploy(deployment: Deployment, context: TaskContext): Promise<Outcome> {
    const { id } = deployment;
    if (deployment.state !== 'DEPLOYING') return this.#endedAs(deployment);
    const reserved = await this.#reserve(deployment, context);
    const failures: string[] = [];
    for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt += 1) {
      context.signal.throwIfAborted();
      try {
        return await this.#place(reserved, attempt);
      } catch (error) {
        if (!(error instanceof SagaUndoneError)) throw error;
        failures.push(error.message);
        if (!(await this.#mayTryAgain(id, attempt))) break;
      }
    }
    return this.#fail(reserved, failures);
  }

  async #reserve(deployment: Deployment, context: TaskContext): Promise<Deployment> {
    const { account, database } = this.#components;
    const { maximumPico, accountedPico } = deployment;
    const reservationId = await context.step('reserve', () =>
      account.open(deployment, maximumPico),
    );
    await keepAccount(database, deployment.id, { reservationId, accountedPico });
    return { ...deployment, reservationId };
  }

  async #place(deployment: Deployment, attempt: number): Promise<Outcome> {
    const { tasks, database, account } = this.#components;
    const { id, plan } = deployment;
    const excluded = (await numbersOf(database, id))
      .filter((number) => number.attempt < attempt)
      .flatMap(({ providers }) => providers);
    const init = { deploymentId: id, attempt, plan, excluded };
    const depositUact = await this.#deposit(deployment);
    const placement = new PlacementSaga(this.#components, { ...init, depositUact });
    const { dseq, placements, feesUakt } = readPlacements(await saga(tasks, placement.saga()));
    await keepPlacements(database, id, { dseq, placements });
    if (await moveDeployment(database, id, { from: ['DEPLOYING'], to: 'ACTIVE' }))
      await addFee(database, id, feesUakt);
    const active = await account.record(await this.get(id), { isFinal: false });
    await this.#publish(active, 'active');
    return { state: 'COMPLETED', answer: deployedWords(active), costPico: active.accountedPico };
  }

  // What a deployment is paid ahead: some days at the most that it may cost, within its month.
  async #deposit({ plan, maximumPico }: Deployment): Promise<bigint> {
    const { chain, compile, readSdl, depositDays } = this.#components;
    const { groups } = compile(readSdl(plan.sdl));
    const rate = wishesOf(plan, groups).reduce((sum, { maximumPrice }) => sum + maximumPrice, 0n);
    const ahead = topUpFor(depositDays, { fundsUact: 0n, rate, blockMs: FASTEST_BLOCK_MS });
    const month = maximumPico / UACT_PICO;
    const least = await chain.minimumDepositUact();
    const wanted = ahead < month ? ahead : month;
    return wanted > least ? wanted : least;
  }

  // Another provider may do better; without any there is nothing to try.
  async #mayTryAgain(id: string, attempt: number): Promise<boolean> {
    const tried = (await numbersOf(this.#components.database, id)).filter(
      (number) => number.attempt === attempt,
    );
    return tried.some(({ providers }) => providers.length > 0);
  }

  async #fail(deployment: Deployment, failures: readonly string[]): Promise<Outcome> {
    const { database, account } = this.#components;
    const failure = failures.join(' ');
    await account.record(deployment, { isFinal: true });
    await moveDeployment(database, deployment.id, { from: ['DEPLOYING'], to: 'FAILED', failure });
    const { accountedPico } = await this.get(deployment.id);
    return {
      state: 'FAILED',
      answer: `Deployment ${deployment.id} could not be placed; what was opened has been closed, and its deposit has come back. ${failure}`,
      costPico: accountedPico,
    };
  }

  #endedAs({ id, state, failure }: Deployment): Outcome {
    if (state === 'FAILED') return { state: 'FAILED', answer: failure ?? '' };
    return { state: 'COMPLETED', answer: `Deployment ${id} is ${state.toLowerCase()}.` };
  }

  // --- closing

  async #close(deployment: Deployment): Promise<Outcome> {
    const { database, account } = this.#components;
    const { id, state } = deployment;
    if (state === 'CLOSED' || state === 'FAILED') return this.#endedAs(deployment);
    const isClosing = await moveDeployment(database, id, {
      from: ['ACTIVE', 'CLOSING'],
      to: 'CLOSING',
    });
    if (!isClosing) throw new DeploymentStateError({ id, state, wish: 'closed' });
    const refunds = await this.#closeNumbers(id);
    const closed = await account.record(await this.get(id), { isFinal: true });
    await moveDeployment(database, id, { from: ['CLOSING'], to: 'CLOSED' });
    await this.#publish(closed, 'closed');
    return {
      state: 'COMPLETED',
      answer: `Deployment ${id} is closed. ${refunds} It cost ${formatUsd(closed.accountedPico)} USD in all.`,
      costPico: closed.accountedPico - deployment.accountedPico,
    };
  }

  /** Closes whatever is open under any number that it ever had. */
  async #closeNumbers(id: string): Promise<string> {
    const { database, chain } = this.#components;
    let refundUact = 0n;
    for (const { dseq } of await numbersOf(database, id)) {
      const found = await chain.deployment(dseq);
      if (found?.isActive) await this.#closeOnChain(id, dseq);
      const after = await chain.deployment(dseq);
      refundUact += after
        ? (found?.fundsUact ?? 0n) - (after.spentUact - (found?.spentUact ?? 0n))
        : 0n;
      await closeNumber(database, dseq);
    }
    return `${String(refundUact)} uact of its deposit came back.`;
  }

  async #closeOnChain(id: string, dseq: string): Promise<void> {
    const { chain, database } = this.#components;
    try {
      const { feeUakt } = await chain.closeDeployment(dseq);
      await addFee(database, id, feeUakt);
    } catch (error) {
      const isClosed = !(await chain.deployment(dseq))?.isActive;
      if (!(error instanceof ChainRefusedError) || !isClosed) throw error;
    }
  }

  // --- what both share

  #task(
    deployment: Pick<Deployment, 'id' | 'requesterId' | 'roomId'>,
    work: 'deploy' | 'close',
    text: string,
    timeoutMs: number,
  ): Parameters<TasksService['submit']>[0] {
    const { id, requesterId, roomId } = deployment;
    return {
      ...{ agent: AKASH_WORKER, text, timeoutMs, maxAttempts: 10, roomId, isConfidential: false },
      requester: { id: requesterId, role: 'owner' },
      idempotencyKey: `akash/${work}/${id}`,
      data: { deploymentId: id, work },
    };
  }

  async #publish(deployment: Deployment, state: 'active' | 'closed'): Promise<void> {
    const { publishers, chain, log } = this.#components;
    const { id, agent, placements, dseq = '' } = deployment;
    const leases = placements.map(({ provider, region, endpoints }) => ({
      ...{ dseq, provider, region, endpoints },
    }));
    const notice = { deploymentId: id, agent, state, owner: chain.owner, leases };
    for (const publisher of publishers)
      await publisher.publish(notice).catch((error: unknown) => {
        log('a deployment was not published', error);
      });
  }
}

/** The name under which durable work on deployments is queued, whichever agent asked for it. */
export const AKASH_WORKER = 'akash';

function rateOf(placements: readonly Placement[]): bigint {
  return placements.reduce((sum, { price }) => sum + price, 0n);
}

function deployedWords({ id, placements, dseq = '' }: Deployment): string {
  const places = placements.map(
    ({ provider, region, endpoints }) =>
      `${endpoints.join(', ')} at provider ${provider}${region === undefined ? '' : ` in ${region}`}`,
  );
  return `Deployment ${id} (number ${dseq} on chain) runs: ${places.join('; ')}.`;
}

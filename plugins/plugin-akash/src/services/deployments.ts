import { createHash } from 'node:crypto';
import { BaseError, formatUsd } from '@371os/kernel';
import {
  hasEnded,
  saga,
  SagaBusyError,
  SagaUndoneError,
  type Outcome,
  type Task,
  type TaskContext,
  type TasksService,
} from '@371os/plugin-tasks';
import {
  approvalId,
  BudgetExceededError,
  TaskHeldError,
  type Approval,
  type Approvals,
} from '@371os/plugin-treasury';
import { FASTEST_BLOCK_MS, PROVIDER_BLOCK_MS } from '../domain/block-price.ts';
import { wishesOf } from '../domain/choose-bids.ts';
import {
  costInLedger,
  planOf,
  rateOf,
  type Deployment,
  type DeploymentNumber,
} from '../domain/deployment.ts';
import { maximumOfPlan, readPlan } from '../domain/deployment-plan.ts';
import { fundsAt, runwayOf, topUpFor, type Runway } from '../domain/runway.ts';
import {
  DeploymentKeyTakenError,
  DeploymentStateError,
  DeploymentStoppedError,
  UnknownDeploymentError,
} from '../deployment-errors.ts';
import { UnsuppliedSecretError } from '../errors.ts';
import {
  ChainRefusedError,
  DeploymentVanishedError,
  ProviderUnreachableError,
} from '../network-errors.ts';
import type { ChainDeployment } from '../ports/akash-chain.ts';
import type { DeploymentPublisher } from '../ports/deployment-publisher.ts';
import type { LogLine } from '../ports/provider-gateway.ts';
import {
  activateDeployment,
  findDeployment,
  insertDeployment,
  listDeployments,
  moveDeployment,
} from '../store/deployment-store.ts';
import { closeNumber, knownNumbers, numbersOf } from '../store/number-store.ts';
import type { DeploymentAccount } from './deployment-account.ts';
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

/** A deployment that was approved as a part of something larger. */
export interface DeploymentOrder {
  /** Names it for ever. */
  readonly key: string;
  /** What it is a part of, in a few words: `agent analyst`. */
  readonly partOf: string;
  /** A {@link DeploymentPlan} as it was approved. */
  readonly plan: unknown;
  readonly requesterId: string;
  readonly roomId: string;
}

type Beginning = Pick<DeploymentOrder, 'plan' | 'requesterId' | 'roomId'> &
  Pick<Deployment, 'id' | 'partOf'>;

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
    const { id, plan, requester: requesterId, room: roomId = '' } = approval;
    const task = await this.#begin({ id, partOf: undefined, plan, requesterId, roomId });
    await this.#components.approvals.consume(id, approval.digest);
    return task;
  }

  /**
   * Begins what was approved as a part of something larger, which is for whoever calls this to see
   * to. The same key gives the same deployment, under {@link deploymentIdOf} it.
   * @throws UnknownPlanError, DeploymentKeyTakenError
   */
  async order({ key, ...part }: DeploymentOrder): Promise<Task> {
    return this.#begin({ ...part, id: deploymentIdOf(key) });
  }

  async #begin({ plan: written, ...asked }: Beginning): Promise<Task> {
    const { agent, database } = this.#components;
    const { id, partOf } = asked;
    const plan = readPlan({ id, plan: written });
    await insertDeployment(database, { ...asked, agent, plan, maximumPico: maximumOfPlan(plan) });
    const deployment = await this.get(id);
    if (deployment.partOf !== partOf) throw new DeploymentKeyTakenError({ id });
    return this.#submit(deployment, 'deploy');
  }

  /**
   * Has a deployment closed, its leases with it, or stopped while it is being placed. Again and again
   * gives the same task.
   */
  async close(id: string): Promise<Task> {
    return this.#submit(await this.get(id), 'close');
  }

  /**
   * Goes on with what was begun and has no task any more, as when that failed too often. What somebody
   * has canceled is closed.
   */
  async goOn(): Promise<readonly Task[]> {
    const open = await listDeployments(this.#components.database, ['DEPLOYING', 'CLOSING']);
    return Promise.all(
      open.map((deployment) =>
        this.#submit(deployment, deployment.state === 'CLOSING' ? 'close' : 'deploy'),
      ),
    );
  }

  /** Closes what somebody cancels while it is being placed, from now on. Returns what ends that. */
  followCancellations(): () => void {
    const { tasks, log } = this.#components;
    return tasks.onChange(({ agent, state }) => {
      if (agent !== AKASH_WORKER || state !== 'CANCELED') return;
      this.goOn().catch((error: unknown) => {
        log('a deployment that was canceled is not closed yet', error);
      });
    });
  }

  /**
   * Has a deployment placed anew, not with the provider that it has; with one that it had before only
   * where no other can take it. Undefined when it is not under that number any more.
   */
  async replace(id: string, dseq: string): Promise<Task | undefined> {
    const deployment = await this.get(id);
    if (deployment.dseq !== dseq) return undefined;
    // Without its SDL it can only be ended, so that nothing more is paid for it.
    if (!deployment.plan) return this.close(id);
    const states = { from: ['ACTIVE'], to: 'DEPLOYING' } as const;
    const isOurs = await moveDeployment(this.#components.database, id, states);
    return isOurs ? this.#submit(deployment, 'deploy') : undefined;
  }

  /** Does the tasks that {@link begin} and {@link close} submit. */
  async perform(task: Task, context: TaskContext): Promise<Outcome> {
    const { deploymentId, work } = task.data as { deploymentId: string; work: 'deploy' | 'close' };
    const deployment = await this.get(deploymentId);
    return work === 'close' ? this.#close(deployment, context) : this.#deploy(deployment, context);
  }

  async find(id: string): Promise<Deployment | undefined> {
    return findDeployment(this.#components.database, id);
  }

  /**
   * Whether nothing of a deployment runs any more: it has ended, or its last lease is closed and it has
   * no other one yet. @throws UnknownDeploymentError
   */
  async isVacated(id: string): Promise<boolean> {
    const { state, dseq } = await this.get(id);
    if (state === 'ACTIVE') return false;
    const numbers = await numbersOf(this.#components.database, id);
    return numbers.every((number) => number.dseq !== dseq || !number.isOpen);
  }

  /** @throws UnknownDeploymentError */
  async get(id: string): Promise<Deployment> {
    const found = await this.find(id);
    if (!found) throw new UnknownDeploymentError({ id });
    return found;
  }

  /** Newest first. */
  async list(): Promise<Deployment[]> {
    return listDeployments(this.#components.database);
  }

  /** Closes one that was taken in to be closed, as part of another task. */
  async end(id: string, context: TaskContext): Promise<Outcome> {
    return this.#close(await this.get(id), context);
  }

  /** The id of the deployment that is open here under a number of the chain. */
  async idOf(dseq: string): Promise<string | undefined> {
    const [known] = await knownNumbers(this.#components.database, [dseq]);
    return known?.isOpen ? known.deploymentId : undefined;
  }

  /** What our key has open on chain and nobody here looks after. */
  async strangers(): Promise<readonly ChainDeployment[]> {
    const { chain, database } = this.#components;
    const active = await chain.activeDeployments();
    const known = await knownNumbers(
      database,
      active.map(({ dseq }) => dseq),
    );
    return active.filter(
      ({ dseq }) => !known.some((number) => number.dseq === dseq && number.isOpen),
    );
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
      runway: onChain?.isActive ? await this.#runway(deployment, onChain) : undefined,
      lost: leases.flatMap(({ id: lease, isActive, closedReason }) =>
        isActive ? [] : [{ provider: lease.provider, reason: closedReason }],
      ),
    };
  }

  async #runway({ placements }: Deployment, escrow: ChainDeployment): Promise<Runway | undefined> {
    const rate = rateOf(placements);
    const { height } = await this.#components.chain.latestBlock();
    return runwayOf(fundsAt(height, escrow, rate), rate, PROVIDER_BLOCK_MS);
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
    if (deployment.state === 'ACTIVE') return this.#announce(deployment);
    if (deployment.state !== 'DEPLOYING') return this.#endedAs(deployment);
    const before = await this.#lastAttempt(deployment);
    // Where it ran before it does not run any more, and is not paid for a second longer.
    await this.#closeNumbers(deployment, before);
    this.#refuseWithoutSecrets(deployment);
    const reserved = await this.#reserve(deployment);
    if ('failure' in reserved) return this.#fail(deployment, [reserved.failure]);
    const failures: string[] = [];
    for (let attempt = before + 1; attempt <= before + MOST_ATTEMPTS; attempt += 1) {
      context.signal.throwIfAborted();
      try {
        return await this.#place(reserved.held, attempt);
      } catch (error) {
        if (!(error instanceof SagaUndoneError)) throw error;
        if (!(await this.#isPlaced(deployment.id))) break;
        failures.push(error.message);
        // Kept, since why an attempt failed is known in full only when it fails.
        const isNext = (): Promise<boolean> => this.#mayTryAgain(deployment.id, attempt, error);
        if (!(await context.step(`after attempt ${String(attempt)}`, isNext))) break;
      }
    }
    return this.#fail(reserved.held, failures);
  }

  // The plugin that supplies them may be missing in this process, or come up later: the task is tried
  // again, and nothing that was begun is undone for it.
  #refuseWithoutSecrets({ partOf, plan }: Deployment): void {
    if (partOf === undefined) return;
    const name = plan?.secrets.find((secret) => this.#components.secrets(secret) === undefined);
    if (name !== undefined) throw new UnsuppliedSecretError({ name, partOf });
  }

  async #lastAttempt(deployment: Deployment): Promise<number> {
    return lastAttempt(deployment, await numbersOf(this.#components.database, deployment.id));
  }

  async #reserve(deployment: Deployment): Promise<{ held: Deployment } | { failure: string }> {
    try {
      return { held: await this.#components.account.ensureOpen(deployment) };
    } catch (error) {
      if (error instanceof BudgetExceededError || error instanceof TaskHeldError)
        return { failure: error.message };
      throw error;
    }
  }

  async #place(deployment: Deployment, attempt: number): Promise<Outcome> {
    const { database } = this.#components;
    const placed = readPlacements(await this.#carryOut(deployment, attempt));
    const isActive = await activateDeployment(database, deployment.id, placed);
    const now = await this.get(deployment.id);
    return isActive || now.state === 'ACTIVE' ? this.#announce(now) : this.#endedAs(now);
  }

  /** @throws SagaUndoneError, SagaBusyError, SagaStuckError */
  async #carryOut(deployment: Deployment, attempt: number): ReturnType<typeof saga> {
    const { tasks, database } = this.#components;
    const { id } = deployment;
    const plan = planOf(deployment, 'placed');
    const earlier = (await numbersOf(database, id)).filter((number) => number.attempt < attempt);
    const lost = lastAttempt(deployment, earlier);
    const providersOf = (numbers: readonly DeploymentNumber[]): string[] =>
      numbers.flatMap(({ providers }) => providers);
    const placement = new PlacementSaga(this.#components, {
      ...{ deploymentId: id, attempt, plan, avoided: regionsOf(deployment) },
      excluded: providersOf(earlier.filter((number) => number.attempt >= lost)),
      // For ever to leave out whoever had it once would leave nobody in the end.
      known: providersOf(earlier.filter((number) => number.attempt < lost)),
      isCheapest: deployment.dseq !== undefined,
      deposit: () => this.#deposit(deployment),
      mayGoOn: () => this.#isPlaced(id),
    });
    return saga(tasks, placement.saga());
  }

  /** Whether it is being placed, and nobody has stopped it. */
  async #isPlaced(id: string): Promise<boolean> {
    return (await this.get(id)).state === 'DEPLOYING';
  }

  // May be done again after a crash: the ledger and whoever publishes know what they have.
  async #announce(deployment: Deployment): Promise<Outcome> {
    const active = await this.#components.account.record(deployment, { isFinal: false });
    await this.#publish(active, 'active');
    return { state: 'COMPLETED', answer: deployedWords(active), costPico: costInLedger(active) };
  }

  // What a deployment is paid ahead: some days at the most that it may cost, within its month.
  async #deposit(deployment: Deployment): Promise<bigint> {
    const { maximumPico } = deployment;
    const plan = planOf(deployment, 'paid ahead');
    const { chain, compile, readSdl, depositDays } = this.#components;
    const { groups } = compile(readSdl(plan.sdl));
    const rate = wishesOf(plan, groups).reduce((sum, { maximumPrice }) => sum + maximumPrice, 0n);
    const ahead = topUpFor(depositDays, { fundsUact: 0n, rate, blockMs: FASTEST_BLOCK_MS });
    const month = maximumPico / UACT_PICO;
    const least = await chain.minimumDepositUact();
    const wanted = ahead < month ? ahead : month;
    return wanted > least ? wanted : least;
  }

  // Another provider, or the same ones at another time, may do better; where a later attempt has
  // begun it goes on.
  async #mayTryAgain(id: string, attempt: number, { cause }: SagaUndoneError): Promise<boolean> {
    const numbers = await numbersOf(this.#components.database, id);
    const isTried = numbers.some(
      (number) => number.attempt === attempt && number.providers.length > 0,
    );
    const isBegun = numbers.some((number) => number.attempt > attempt);
    return isBegun || isTried || (BaseError.isInstance(cause) && cause.isRetryable);
  }

  async #fail(deployment: Deployment, failures: readonly string[]): Promise<Outcome> {
    const { database } = this.#components;
    const { id } = deployment;
    const failure = failures.join(' ');
    await moveDeployment(database, id, { from: ['DEPLOYING'], to: 'FAILED', failure });
    return this.#endedAs(await this.get(id));
  }

  async #endedAs(deployment: Deployment): Promise<Outcome> {
    const { id, state, failure = '' } = deployment;
    if (state === 'CLOSING')
      return { state: 'COMPLETED', answer: `Deployment ${id} was stopped, and is being closed.` };
    const ended = await this.#components.account.record(deployment, { isFinal: true });
    if (state !== 'FAILED')
      return { state: 'COMPLETED', answer: `Deployment ${id} is ${state.toLowerCase()}.` };
    return {
      state: 'FAILED',
      answer: `Deployment ${id} could not be placed, and nothing of it is left open on chain: what was paid in has come back. ${failure}`,
      costPico: costInLedger(ended),
    };
  }

  // --- closing

  async #close(deployment: Deployment, context: TaskContext): Promise<Outcome> {
    const { database, account } = this.#components;
    const { id } = deployment;
    const to = 'CLOSING';
    const ran = await moveDeployment(database, id, { from: ['ACTIVE'], to });
    if (!ran) {
      const isStopped = await moveDeployment(database, id, { from: ['DEPLOYING', 'CLOSING'], to });
      if (!isStopped) return this.#endedAs(await this.get(id));
      await this.#endAttempts(deployment, context.signal);
    }
    const refunds = await this.#closeNumbers(await this.get(id));
    const closed = await account.record(await this.get(id), { isFinal: true });
    await moveDeployment(database, id, { from: ['CLOSING'], to: 'CLOSED' });
    await this.#publish(closed, 'closed');
    return {
      state: 'COMPLETED',
      answer: `Deployment ${id} is closed. ${refunds} It cost ${formatUsd(costInLedger(closed))} USD in all.`,
      costPico: costInLedger(closed) - costInLedger(deployment),
    };
  }

  /**
   * Sees to it that nothing is being placed any more: what was begun is undone, by whoever does it or,
   * where that one has died, by us. An attempt that has not begun is undone before it does anything.
   */
  async #endAttempts(deployment: Deployment, signal: AbortSignal): Promise<void> {
    const { pause, settings } = this.#components;
    if (!deployment.plan) return;
    const before = await this.#lastAttempt(deployment);
    for (let attempt = before + 1; attempt <= before + MOST_ATTEMPTS;) {
      try {
        // What had come up before it could be stopped is closed with the rest.
        await this.#carryOut(deployment, attempt);
        return;
      } catch (error) {
        if (error instanceof SagaUndoneError) {
          if (error.cause instanceof DeploymentStoppedError) return;
          attempt += 1;
        } else if (error instanceof SagaBusyError) await pause(settings.pollMs, signal);
        else throw error;
      }
    }
  }

  /** Closes whatever is open under the numbers that it has had, up to an attempt if one is given. */
  async #closeNumbers(deployment: Deployment, upTo = Number.MAX_SAFE_INTEGER): Promise<string> {
    const { database } = this.#components;
    let refundUact = 0n;
    for (const { dseq, attempt, isOpen } of await numbersOf(database, deployment.id)) {
      if (!isOpen || attempt > upTo) continue;
      refundUact += await this.#closeNumber(deployment, dseq);
      await closeNumber(database, dseq);
    }
    return refundUact > 0n
      ? `${String(refundUact)} uact of its deposit came back.`
      : 'What was left of its deposit has come back.';
  }

  /** @returns what came back, in uact */
  async #closeNumber(deployment: Deployment, dseq: string): Promise<bigint> {
    const { chain } = this.#components;
    const found = await chain.deployment(dseq);
    // The chain forgets nothing that it had: what it does not know under this number never was there,
    // but for the one under which it has run.
    if (!found && dseq === deployment.dseq) throw new DeploymentVanishedError({ dseq });
    if (!found?.isActive) return 0n;
    await this.#closeOnChain(deployment.id, dseq);
    const after = (await chain.deployment(dseq)) ?? found;
    return found.fundsUact - (after.spentUact - found.spentUact);
  }

  async #closeOnChain(id: string, dseq: string): Promise<void> {
    const { chain, fees } = this.#components;
    try {
      await chain.closeDeployment(dseq, fees.journal(id));
    } catch (error) {
      const isClosed = (await chain.deployment(dseq))?.isActive === false;
      if (!(error instanceof ChainRefusedError) || !isClosed) throw error;
    }
  }

  // --- what both share

  /** The task that does this work, a new one where the last one gave it up. */
  async #submit(deployment: Deployment, work: 'deploy' | 'close'): Promise<Task> {
    const { tasks } = this.#components;
    for (let turn = 1; ; turn += 1) {
      const task = await tasks.submit(taskFor(deployment, work, turn));
      if (!hasEnded(task.state) || task.state === 'COMPLETED') return task;
      if (work === 'deploy' && task.state === 'CANCELED') return this.#submit(deployment, 'close');
      const { state } = await this.get(deployment.id);
      if (state === 'FAILED' || state === 'CLOSED') return task;
    }
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

/** The name under which deployments are queued, whichever agent asked for them. */
export const AKASH_WORKER = 'akash';
/** The same for closing them, which must not wait for others that are being placed. */
export const CLOSING_WORKER = 'akash-closing';

/** The id of the deployment that an order of this key begins: one that people can type. */
export function deploymentIdOf(key: string): string {
  return approvalId(createHash('sha256').update(key).digest());
}

// A deployment that runs, or ran, is placed anew with the attempts that follow.
function lastAttempt({ dseq }: Deployment, numbers: readonly DeploymentNumber[]): number {
  return numbers.find((number) => number.dseq === dseq)?.attempt ?? 0;
}

// Where one that is placed anew has run until now.
function regionsOf({ placements }: Deployment): string[] {
  return placements.flatMap(({ region }) => region ?? []);
}

function deployedWords({ id, placements, dseq = '' }: Deployment): string {
  const places = placements.map(
    ({ provider, region, endpoints }) =>
      `${endpoints.join(', ')} at provider ${provider}${region === undefined ? '' : ` in ${region}`}`,
  );
  return `Deployment ${id} (number ${dseq} on chain) runs: ${places.join('; ')}.`;
}

function taskFor(
  { id, requesterId, roomId, dseq = '' }: Deployment,
  work: 'deploy' | 'close',
  turn: number,
): Parameters<TasksService['submit']>[0] {
  return {
    agent: work === 'close' ? CLOSING_WORKER : AKASH_WORKER,
    ...{ maxAttempts: 10, roomId, isConfidential: false },
    text: `${work === 'close' ? 'Close' : 'Carry out'} deployment ${id}`,
    timeoutMs: work === 'close' ? CLOSE_TIMEOUT_MS : DEPLOY_TIMEOUT_MS,
    // Whoever may ask for it; that the owner said yes is in the approval.
    requester: { id: requesterId, role: 'admin' },
    idempotencyKey: `akash/${work}/${id}/${dseq}/${String(turn)}`,
    data: { deploymentId: id, work },
  };
}

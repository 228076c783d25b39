import { EventEmitter } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { Service, type IAgentRuntime } from '@elizaos/core';
import {
  agentSettings,
  BaseError,
  currentConversation,
  inConversation,
  isReplica,
  type Principal,
  record,
  refuseCutOff,
  RoomSpeaker,
  serviceOf,
} from '@371os/kernel';
import { hasEnded, isWaiting, tasksOf, type Task, type TasksService } from '@371os/plugin-tasks';
import { treasuryOf, type Approval, type Approvals, type CarriedOut } from '@371os/plugin-treasury';
import { z } from 'zod';
import { chainSdkCompiler } from '../adapters/chain-sdk-compiler.ts';
import { CosmosAkashChain } from '../adapters/chain/cosmos-akash-chain.ts';
import { configuredSigner, hasKey } from '../adapters/configured-signer.ts';
import { ConsoleUptime } from '../adapters/console-uptime.ts';
import { loadListPrices } from '../adapters/list-prices-file.ts';
import { loadNetworks } from '../adapters/networks-file.ts';
import { HttpsProviderGateway } from '../adapters/provider/https-provider-gateway.ts';
import { RuntimeSpecFiller } from '../adapters/runtime-spec-filler.ts';
import { SdlFileFolder } from '../adapters/sdl-file-folder.ts';
import { SocketProbe } from '../adapters/socket-probe.ts';
import { maximumOfPlan, PLAN_KIND } from '../domain/deployment-plan.ts';
import { describeReport } from '../domain/deployment-report.ts';
import { chooseNetwork, type AkashNetwork } from '../domain/network.ts';
import type { Deployment } from '../domain/deployment.ts';
import type { Finding } from '../domain/finding.ts';
import { describeStuck } from '../domain/health-words.ts';
import { ORDER_KIND } from '../domain/order.ts';
import { summaryOf } from '../domain/plan-words.ts';
import { STRANGER_KIND } from '../domain/stranger.ts';
import { readSdl } from '../domain/sdl/read-sdl.ts';
import type { Sdl } from '../domain/sdl/schema.ts';
import { AkashMissingError, NoAkashNetworkError } from '../errors.ts';
import type { DeploymentPublisher } from '../ports/deployment-publisher.ts';
import { akashSettings, type AkashSettings } from '../settings.ts';
import { Database, type SqlExecutor } from '../store/database.ts';
import { DeploymentAccount } from './deployment-account.ts';
import { DeploymentDesk, ORDERS_WORKER } from './deployment-desk.ts';
import { DeploymentReports } from './deployment-reports.ts';
import { DeploymentWatch } from './deployment-watch.ts';
import { AKASH_WORKER, CLOSING_WORKER, Deployments } from './deployments.ts';
import type { PlacementSettings } from './placement-saga.ts';
import { EscrowTopUp } from './escrow-top-up.ts';
import { FeeBook } from './fee-book.ts';
import { Notices } from './notices.ts';
import { Planner, type PlannedDeployment } from './planner.ts';
import { secretsOf } from './secret-sources.ts';
import { Strangers, STRANGERS_WORKER } from './strangers.ts';
import { WorkloadUpdate } from './workload-update.ts';

declare module '@elizaos/core' {
  interface ServiceTypeRegistry {
    AKASH: 'akash';
  }
}

/** The name under which an agent finds its Akash service. */
export const AKASH_SERVICE = 'akash';

/** Who asks for a plan's approval, and where. */
export interface PlanAsked {
  readonly requester: Principal;
  readonly room?: string | undefined;
  readonly message?: string | undefined;
}

interface Composition {
  readonly chain: CosmosAkashChain;
  readonly deployments: Deployments;
  readonly desk: DeploymentDesk;
  readonly watch: DeploymentWatch;
  readonly notices: Notices;
  readonly strangers: Strangers;
}

// An account sends one transaction after the other. Where more wait than blocks come until the last
// one that may hold theirs, the last would be too late.
const MOST_LANES = 4;

/** Plans deployments on Akash, has the plans approved, carries them out and looks after them. */
export class AkashService extends Service {
  static override readonly serviceType = AKASH_SERVICE;
  override readonly capabilityDescription = 'Plans, prices, makes and closes deployments on Akash.';

  /** Where deployments are made known. */
  readonly publishers: DeploymentPublisher[] = [];
  #settings: AkashSettings | undefined;
  #planner: Planner | undefined;
  #composition: Promise<Composition> | undefined;
  #isTakingUp = false;
  /** What is being done, by deployment. */
  readonly #progress = new EventEmitter();
  #watching: NodeJS.Timeout | undefined;
  #unfollow: (() => void) | undefined;

  static override start(runtime: IAgentRuntime): Promise<AkashService> {
    const service = new AkashService(runtime);
    // A replica looks after nothing.
    if (isReplica()) return Promise.resolve(service);
    // Treasury and tasks may start after us, and the start must not wait for them.
    service.#begin().catch((error: unknown) => {
      runtime.logger.error({ src: 'akash', error }, 'nothing can be deployed here');
    });
    return Promise.resolve(service);
  }

  override async stop(): Promise<void> {
    clearInterval(this.#watching);
    this.#unfollow?.();
    const composition = await this.#composition?.catch(() => undefined);
    composition?.notices.outcomes.close();
    await composition?.watch.stop();
  }

  /** @throws InvalidSettingError when a setting is wrong */
  get settings(): AkashSettings {
    return (this.#settings ??= agentSettings(akashSettings, this.runtime));
  }

  /** @throws InvalidSettingError when a setting is wrong */
  get planner(): Planner {
    return (this.#planner ??= new Planner({
      compiler: chainSdkCompiler,
      files: new SdlFileFolder(this.settings.AKASH_SDL_DIRECTORY),
      filler: new RuntimeSpecFiller(this.runtime),
      prices: loadListPrices(),
    }));
  }

  /**
   * Keeps a plan until a person approves it, under an id and the digest of the plan.
   * @throws CutOffError while it could not be carried out, TreasuryMissingError, LedgerUnreadableError
   */
  async requestApproval(planned: PlannedDeployment, asked: PlanAsked): Promise<Approval> {
    const { network } = this;
    if (network) refuseCutOff(network.rpcUrl, 'Akash');
    const treasury = await treasuryOf(this.runtime);
    return treasury.approvals.request({
      kind: PLAN_KIND,
      plan: planned.plan,
      summary: summaryOf(planned.plan),
      amountPico: maximumOfPlan(planned.plan),
      ...asked,
    });
  }

  /**
   * What runs on Akash for this company.
   * @throws NoAkashNetworkError when no node or key is set, InvalidKeyError
   */
  async deployments(): Promise<Deployments> {
    return (await this.#composed()).deployments;
  }

  /** The chain that is deployed on. @throws NoAkashNetworkError, InvalidKeyError */
  async chain(): Promise<CosmosAkashChain> {
    return (await this.#composed()).chain;
  }

  /** Takes orders on {@link deployments}. @throws NoAkashNetworkError, InvalidKeyError */
  async desk(): Promise<DeploymentDesk> {
    return (await this.#composed()).desk;
  }

  /** What our key has on chain and nobody here made. @throws NoAkashNetworkError, InvalidKeyError */
  async strangers(): Promise<Strangers> {
    return (await this.#composed()).strangers;
  }

  /** What is to be told; undefined until deployments can be looked after. */
  get notices(): Promise<Notices> | undefined {
    return this.#composition?.then(({ notices }) => notices);
  }

  /**
   * A task of {@link deployments} or {@link desk} once it has ended, or as it is after a while. Who
   * calls this tells whoever asked.
   */
  async outcomeOf(task: Task): Promise<Task> {
    const { notices } = await this.#composed();
    return notices.outcomes.outcomeOf(task, this.settings.AKASH_ANSWER_MS);
  }

  /** Calls back with what this process does for a deployment, in words. Returns what ends that. */
  followProgress(deploymentId: string, listener: (words: string) => void): () => void {
    this.#progress.on(deploymentId, listener);
    return () => this.#progress.off(deploymentId, listener);
  }

  // What could not be composed now, as when another plugin is late, is tried again when asked for.
  async #composed(): Promise<Composition> {
    this.#composition ??= this.#compose();
    try {
      return await this.#composition;
    } catch (error) {
      this.#composition = undefined;
      throw error;
    }
  }

  async #begin(): Promise<void> {
    const { approvals } = await treasuryOf(this.runtime);
    for (const kind of [PLAN_KIND, ORDER_KIND, STRANGER_KIND])
      approvals.handle(kind, {
        minimumRole: 'owner',
        execute: (approval) => this.#carryOut(approval),
      });
    if (!this.network) return;
    await this.#work(await tasksOf(this.runtime));
    await (await this.#composed()).notices.outcomes.open();
    await this.#takeUp(approvals);
    await this.#watch();
  }

  async #watch(): Promise<void> {
    const { watch, deployments } = await this.#composed();
    this.#unfollow = deployments.followCancellations();
    const look = (): void => {
      watch.look().catch((error: unknown) => {
        this.runtime.logger.warn({ src: 'akash', error }, 'deployments could not be looked after');
      });
    };
    this.#watching = setInterval(look, this.settings.AKASH_WATCH_MS).unref();
    look();
  }

  // What was approved right before a crash.
  async #takeUp(approvals: Approvals): Promise<void> {
    this.#isTakingUp = true;
    try {
      const { failures } = await approvals.resume();
      for (const error of failures)
        this.runtime.logger.error({ src: 'akash', error }, 'an approved deployment was not begun');
    } finally {
      this.#isTakingUp = false;
    }
  }

  /** What is deployed on; undefined when there are plans only. @throws InvalidSettingError */
  get network(): AkashNetwork | undefined {
    return hasKey(this.settings) ? this.#chosenNetwork() : undefined;
  }

  #chosenNetwork(): AkashNetwork | undefined {
    return chooseNetwork(this.settings, loadNetworks());
  }

  async #work(tasks: TasksService): Promise<void> {
    const concurrency = Math.min(tasks.settings.TASKS_CONCURRENCY, MOST_LANES);
    for (const worker of [AKASH_WORKER, CLOSING_WORKER])
      await tasks.work(
        worker,
        async (task, context) => (await this.deployments()).perform(task, context),
        { concurrency },
      );
    await tasks.work(ORDERS_WORKER, async (task, context) =>
      (await this.desk()).perform(task, context),
    );
    await tasks.work(STRANGERS_WORKER, async (task, context) =>
      (await this.strangers()).perform(task, context),
    );
  }

  async #carryOut(approval: Approval): Promise<CarriedOut> {
    const task = await this.#beginApproved(approval);
    // Nobody hears what is taken up at the start, so it is told in the room.
    const outcome = this.#isTakingUp ? task : await this.#whileTelling(task);
    const { state, id } = outcome;
    if (hasEnded(state) || isWaiting(state))
      return { text: await this.#wordsFor(outcome), state, task: id };
    const text = `${approval.summary}: begun, and it goes on. I say here when it has ended; DEPLOYMENT_STATUS shows how far it is.`;
    return { text, state, task: id };
  }

  // What is done meanwhile is told to whoever waits.
  async #whileTelling(task: Task): Promise<Task> {
    const { deploymentId } = taskData.parse(task.data);
    const conversation = currentConversation();
    const unfollow = this.followProgress(deploymentId, (text) => {
      if (conversation) inConversation(conversation, () => record({ kind: 'progress', text }));
    });
    try {
      return await this.outcomeOf(task);
    } finally {
      unfollow();
    }
  }

  // What is said in the room, unless it is for another agent or plugin to say. Work that goes on with another
  // task is told of once, however often it fails.
  async #noticeOf(task: Task, deployments: Deployments): Promise<string | Finding | undefined> {
    const { deploymentId, work, agent } = taskData.parse(task.data);
    const { name } = this.runtime.character;
    if (agent !== undefined) return agent === name ? this.#wordsFor(task) : undefined;
    const deployment = await deployments.get(deploymentId);
    if (deployment.agent !== name || deployment.partOf !== undefined) return undefined;
    const isStuck = task.state === 'FAILED' && goesOn(task, deployment);
    if (!isStuck) return this.#wordsFor(task);
    const { requesterId, roomId } = deployment;
    const id = `stuck/${work}/${deploymentId}`;
    return { id, requesterId, roomId, words: describeStuck(deployment, task.answer) };
  }

  async #beginApproved(approval: Approval): Promise<Task> {
    const { deployments, desk, strangers } = await this.#composed();
    if (approval.kind === ORDER_KIND) return desk.begin(approval);
    if (approval.kind === STRANGER_KIND) return strangers.begin(approval);
    return deployments.begin(approval);
  }

  // A deployment that runs is described in full, as whoever asks for its status reads it.
  async #wordsFor(task: Task): Promise<string> {
    const { data, state, answer, text } = task;
    const { deploymentId, work } = taskData.parse(data);
    if (task.agent === STRANGERS_WORKER) return answer;
    if (work === 'deploy' && state === 'COMPLETED') {
      const { reports } = await this.desk();
      // A chain that does not answer now must not hide that the deployment has come up.
      const report = await reports.of(deploymentId).catch(ignoreOutage);
      return report ? describeReport(report) : answer;
    }
    return answer.includes(deploymentId) ? answer : `${text}: ${answer}`;
  }

  async #compose(): Promise<Composition> {
    const { settings, runtime } = this;
    const network = this.#chosenNetwork();
    const signer = await configuredSigner(settings);
    if (!network || !signer) throw new NoAkashNetworkError({ network: network?.name });
    const timeoutMs = settings.AKASH_TIMEOUT_MS;
    const chain = new CosmosAkashChain({
      ...{ ...network, signer, timeoutMs, pollMs: settings.AKASH_POLL_MS },
    });
    const [tasks, treasury] = [await tasksOf(runtime), await treasuryOf(runtime)];
    const database = new Database(runtime.db as SqlExecutor);
    const log = (problem: string, error: unknown): void => {
      runtime.logger.warn({ src: 'akash', error }, problem);
    };
    const fees = new FeeBook({ database, chain, treasury });
    const account = new DeploymentAccount({ database, chain, treasury, fees, log });
    const components = {
      ...{ agent: runtime.character.name, tasks, approvals: treasury.approvals },
      ...{
        database,
        chain,
        account,
        fees,
        log,
        readSdl,
        secrets: secretsOf(settings.AKASH_SECRETS),
      },
      gateway: new HttpsProviderGateway({ signer, chain, now: Date.now, timeoutMs }),
      probe: new SocketProbe({ timeoutMs }),
      tell: (deploymentId: string, words: string): void => {
        this.#progress.emit(deploymentId, words);
      },
      uptime: network.consoleUrl
        ? new ConsoleUptime({ url: network.consoleUrl, timeoutMs, now: Date.now, log })
        : undefined,
      compile: (sdl: Sdl) => chainSdkCompiler.compile(sdl),
      publishers: this.publishers,
      depositDays: settings.AKASH_DEPOSIT_DAYS,
      settings: placementSettings(settings),
      now: Date.now,
      pause: async (ms: number, signal: AbortSignal) => pause(ms, undefined, { signal }),
    };
    const deployments = new Deployments(components);
    const { planner } = this;
    const reports = new DeploymentReports({ deployments, chain, account, planner });
    const desk = new DeploymentDesk({
      ...{ tasks, approvals: treasury.approvals, deployments, reports },
      topUp: new EscrowTopUp(components),
      update: new WorkloadUpdate(components),
    });
    const strangers = new Strangers({ ...components, deployments });
    const notices = new Notices({
      agent: runtime.character.name,
      speaker: new RoomSpeaker(runtime),
      ...{
        tasks,
        database,
        log,
        workers: [AKASH_WORKER, CLOSING_WORKER, ORDERS_WORKER, STRANGERS_WORKER],
      },
      wordsFor: (task) => this.#noticeOf(task, deployments),
    });
    const watch = new DeploymentWatch({
      ...{ ...components, deployments, depositDays: settings.AKASH_DEPOSIT_DAYS },
      strangers,
      find: (finding) => notices.find(finding),
      everyMs: settings.AKASH_WATCH_MS,
      runwayHours: settings.AKASH_RUNWAY_HOURS,
    });
    return { chain, deployments, desk, notices, strangers, watch };
  }
}

function ignoreOutage(error: unknown): undefined {
  if (BaseError.isInstance(error) && error.isRetryable) return undefined;
  throw error;
}

const taskData = z.object({
  ...{ deploymentId: z.string(), work: z.string(), agent: z.string().optional() },
});

function goesOn({ agent }: Task, { state }: Deployment): boolean {
  const isPlacing = agent === AKASH_WORKER && state === 'DEPLOYING';
  return isPlacing || (agent === CLOSING_WORKER && state === 'CLOSING');
}

function placementSettings(settings: AkashSettings): PlacementSettings {
  return {
    pollMs: settings.AKASH_POLL_MS,
    noBidMs: settings.AKASH_NO_BID_MS,
    moreBidsMs: settings.AKASH_MORE_BIDS_MS,
    manifestMs: settings.AKASH_MANIFEST_MS,
    readyMs: settings.AKASH_READY_MS,
    mintMs: settings.AKASH_MINT_MS,
    auditor: settings.AKASH_AUDITOR,
  };
}

/** The Akash service of an agent, once it has started. @throws AkashMissingError */
export async function akashOf(runtime: IAgentRuntime): Promise<AkashService> {
  return serviceOf<AkashService>(runtime, {
    type: AKASH_SERVICE,
    plugin: 'akash',
    missing: () => new AkashMissingError({ agent: runtime.character.name }),
  });
}

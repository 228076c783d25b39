import { setTimeout as pause } from 'node:timers/promises';
import { Service, type IAgentRuntime } from '@elizaos/core';
import { readSettings, runtimeSettings, serviceOf, type Principal } from '@371os/kernel';
import { TaskNotEndedError, tasksOf, type Task, type TasksService } from '@371os/plugin-tasks';
import { treasuryOf, type Approval, type Approvals } from '@371os/plugin-treasury';
import { chainSdkCompiler } from '../adapters/chain-sdk-compiler.ts';
import { CosmosAkashChain } from '../adapters/chain/cosmos-akash-chain.ts';
import { loadListPrices } from '../adapters/list-prices-file.ts';
import { localSigner } from '../adapters/local-signer.ts';
import { HttpsProviderGateway } from '../adapters/provider/https-provider-gateway.ts';
import { RuntimeSpecFiller } from '../adapters/runtime-spec-filler.ts';
import { SdlFileFolder } from '../adapters/sdl-file-folder.ts';
import { SocketProbe } from '../adapters/socket-probe.ts';
import { maximumOfPlan, PLAN_KIND } from '../domain/deployment-plan.ts';
import { summaryOf } from '../domain/plan-words.ts';
import { readSdl } from '../domain/sdl/read-sdl.ts';
import { AkashMissingError, NoAkashNetworkError } from '../errors.ts';
import type { DeploymentPublisher } from '../ports/deployment-publisher.ts';
import { akashSettings, type AkashSettings } from '../settings.ts';
import { Database, type SqlExecutor } from '../store/database.ts';
import { DeploymentAccount } from './deployment-account.ts';
import { AKASH_WORKER, Deployments } from './deployments.ts';
import type { PlacementSettings } from './placement-saga.ts';
import { Planner, type PlannedDeployment } from './planner.ts';

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

/** Plans deployments on Akash, has the plans approved, carries them out and looks after them. */
export class AkashService extends Service {
  static override readonly serviceType = AKASH_SERVICE;
  override readonly capabilityDescription = 'Plans, prices, makes and closes deployments on Akash.';

  /** Where deployments are made known. */
  readonly publishers: DeploymentPublisher[] = [];
  #settings: AkashSettings | undefined;
  #planner: Planner | undefined;
  #deployments: Promise<Deployments> | undefined;

  static override start(runtime: IAgentRuntime): Promise<AkashService> {
    const service = new AkashService(runtime);
    // Treasury and tasks may start after us, and the start must not wait for them.
    service.#begin().catch((error: unknown) => {
      runtime.logger.error({ src: 'akash', error }, 'nothing can be deployed here');
    });
    return Promise.resolve(service);
  }

  override stop(): Promise<void> {
    return Promise.resolve();
  }

  /** @throws InvalidSettingError when a setting is wrong */
  get settings(): AkashSettings {
    return (this.#settings ??= readSettings(akashSettings, runtimeSettings(this.runtime)));
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
   * @throws TreasuryMissingError, LedgerUnreadableError
   */
  async requestApproval(planned: PlannedDeployment, asked: PlanAsked): Promise<Approval> {
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
    return (this.#deployments ??= this.#compose());
  }

  /** A task of {@link deployments} once it has ended, or as it is after a while. */
  async outcomeOf(task: Task): Promise<Task> {
    const tasks = await tasksOf(this.runtime);
    try {
      return await tasks.waitFor(task.id, { timeoutMs: this.settings.AKASH_ANSWER_MS });
    } catch (error) {
      if (error instanceof TaskNotEndedError) return tasks.get(task.id);
      throw error;
    }
  }

  async #begin(): Promise<void> {
    const { approvals } = await treasuryOf(this.runtime);
    approvals.handle(PLAN_KIND, {
      minimumRole: 'owner',
      execute: (approval) => this.#carryOut(approval),
    });
    if (!this.#hasNetwork()) return;
    await this.#work(await tasksOf(this.runtime));
    await this.#takeUp(approvals);
  }

  // What was approved right before a crash.
  async #takeUp(approvals: Approvals): Promise<void> {
    const { failures } = await approvals.resume();
    for (const error of failures)
      this.runtime.logger.error({ src: 'akash', error }, 'an approved deployment was not begun');
  }

  #hasNetwork(): boolean {
    const { AKASH_RPC_URL, AKASH_KEY } = this.settings;
    return AKASH_RPC_URL !== undefined && AKASH_KEY !== undefined;
  }

  async #work(tasks: TasksService): Promise<void> {
    await tasks.work(AKASH_WORKER, async (task, context) =>
      (await this.deployments()).perform(task, context),
    );
  }

  async #carryOut(approval: Approval): Promise<string> {
    const deployments = await this.deployments();
    const { state, answer } = await this.outcomeOf(await deployments.begin(approval));
    return state === 'COMPLETED' || state === 'FAILED'
      ? answer
      : `Deployment ${approval.id} has begun and goes on; DEPLOYMENT_STATUS shows how far it is.`;
  }

  async #compose(): Promise<Deployments> {
    const { settings, runtime } = this;
    const { AKASH_RPC_URL: rpcUrl, AKASH_KEY: key } = settings;
    if (rpcUrl === undefined || key === undefined) throw new NoAkashNetworkError();
    const signer = await localSigner(key, 'AKASH_KEY');
    const timeoutMs = settings.AKASH_TIMEOUT_MS;
    const chain = new CosmosAkashChain({
      ...{ rpcUrl, signer, timeoutMs, chainId: settings.AKASH_CHAIN_ID },
      ...{ gasPrice: settings.AKASH_GAS_PRICE, pollMs: settings.AKASH_POLL_MS },
    });
    const [tasks, treasury] = [await tasksOf(runtime), await treasuryOf(runtime)];
    const database = new Database(runtime.db as SqlExecutor);
    const log = (problem: string, error: unknown): void => {
      runtime.logger.warn({ src: 'akash', error }, problem);
    };
    return new Deployments({
      ...{
        agent: runtime.character.name,
        tasks,
        approvals: treasury.approvals,
        database,
        chain,
        log,
      },
      account: new DeploymentAccount({ database, chain, treasury, log }),
      gateway: new HttpsProviderGateway({ signer, chain, now: Date.now, timeoutMs }),
      probe: new SocketProbe({ timeoutMs }),
      ...{
        compile: (sdl) => chainSdkCompiler.compile(sdl),
        readSdl,
        secrets: settings.AKASH_SECRETS,
      },
      publishers: this.publishers,
      depositDays: settings.AKASH_DEPOSIT_DAYS,
      settings: placementSettings(settings),
      now: Date.now,
      pause: async (ms, signal) => pause(ms, undefined, { signal }),
    });
  }
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

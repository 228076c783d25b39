import { Service, type IAgentRuntime } from '@elizaos/core';
import { readSettings, runtimeSettings, serviceOf, type Principal } from '@371os/kernel';
import { treasuryOf, type Approval } from '@371os/plugin-treasury';
import { chainSdkCompiler } from '../adapters/chain-sdk-compiler.ts';
import { loadListPrices } from '../adapters/list-prices-file.ts';
import { RuntimeSpecFiller } from '../adapters/runtime-spec-filler.ts';
import { SdlFileFolder } from '../adapters/sdl-file-folder.ts';
import { maximumOfPlan, PLAN_KIND, readPlan } from '../domain/deployment-plan.ts';
import { summaryOf } from '../domain/plan-words.ts';
import { AkashMissingError, NoAkashNetworkError } from '../errors.ts';
import { akashSettings, type AkashSettings } from '../settings.ts';
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

/** Plans deployments on Akash, and has the plans approved. */
export class AkashService extends Service {
  static override readonly serviceType = AKASH_SERVICE;
  override readonly capabilityDescription = 'Plans, prices and compares deployments on Akash.';

  #settings: AkashSettings | undefined;
  #planner: Planner | undefined;

  static override start(runtime: IAgentRuntime): Promise<AkashService> {
    const service = new AkashService(runtime);
    // The treasury may start after us, and the start must not wait for it.
    service.#handleApprovals().catch((error: unknown) => {
      runtime.logger.error({ src: 'akash', error }, 'plans cannot be approved here');
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

  async #handleApprovals(): Promise<void> {
    const { approvals } = await treasuryOf(this.runtime);
    approvals.handle(PLAN_KIND, {
      minimumRole: 'owner',
      execute: (approval) => this.#carryOut(approval),
    });
  }

  // The approval stays granted and unused: it is for this plan, and carries on once it can be met.
  #carryOut(approval: Approval): Promise<string> {
    readPlan(approval);
    return Promise.reject(new NoAkashNetworkError({ approvalId: approval.id }));
  }
}

/** The Akash service of an agent, once it has started. @throws AkashMissingError */
export async function akashOf(runtime: IAgentRuntime): Promise<AkashService> {
  return serviceOf<AkashService>(runtime, {
    type: AKASH_SERVICE,
    plugin: 'akash',
    missing: () => new AkashMissingError({ agent: runtime.character.name }),
  });
}

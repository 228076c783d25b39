import { setTimeout as pause } from 'node:timers/promises';
import { Service, type IAgentRuntime } from '@elizaos/core';
import { PUBLIC_REGISTRIES } from '@371os/contracts';
import { agentSettings, serviceOf, uuidSource, withinTime } from '@371os/kernel';
import { treasuryOf, type Approval } from '@371os/plugin-treasury';
import { EthersRegistryHistory } from '../adapters/chain/ethers-registry-history.ts';
import { EthersReputationRegistry } from '../adapters/chain/ethers-reputation-registry.ts';
import { checkSchema } from '../adapters/tool-call/schema-check.ts';
import { SdkToolCaller } from '../adapters/tool-call/sdk-tool-caller.ts';
import { verifiedAgentReader } from '../adapters/verified-agent-reader.ts';
import { CALL_KIND } from '../domain/tools/execution.ts';
import { describeResult } from '../domain/tools/describe-result.ts';
import { RegistryMissingError } from '../errors.ts';
import type { AgentReader } from '../ports/agent-sources.ts';
import type { ReputationRegistry } from '../ports/reputation-registry.ts';
import { Database, type SqlExecutor } from '../store/database.ts';
import type { Rating } from '../store/rating-store.ts';
import { readProgress } from '../store/event-index-store.ts';
import { IndexLateError, NoReputationRegistryError } from '../tool-errors.ts';
import { registryToolsSettings, type RegistryToolsSettings } from '../tools-settings.ts';
import { AgentDirectory } from './agent-directory.ts';
import { AgentIndex } from './agent-index.ts';
import { CallReview } from './call-review.ts';
import { keepMeasurements, type OwnMeasurement } from '../store/execution-store.ts';
import { NetworkMonitor } from './network-monitor.ts';
import { registryOf, type RegistryService } from './registry-service.ts';
import { ReputationDesk } from './reputation-desk.ts';
import { ToolDesk } from './tool-desk.ts';

declare module '@elizaos/core' {
  interface ServiceTypeRegistry {
    AGENT_TOOLS: 'agent-tools';
  }
}

/** The name under which an agent finds the tools of others. */
export const AGENT_TOOLS_SERVICE = 'agent-tools';

interface Composition {
  readonly registry: RegistryService;
  readonly database: Database;
  readonly index: AgentIndex;
  readonly directory: AgentDirectory;
  readonly reader: AgentReader;
  readonly reputations: ReputationRegistry | undefined;
  readonly review: CallReview;
}

const FILES_AT_ONCE = 8;
// Somebody waits for the answer: what is known is better than nothing.
const SYNC_WITHIN_MS = 10_000;
const BUSY_MS = 100;

/** Finds the agents of the registries, calls their tools, rates them, and says how they do. */
export class AgentToolsService extends Service {
  static override readonly serviceType = AGENT_TOOLS_SERVICE;
  override readonly capabilityDescription =
    'Finds registered agents by what they can do, calls their tools and rates them.';

  #settings: RegistryToolsSettings | undefined;
  #composition: Promise<Composition> | undefined;
  #desk: Promise<ToolDesk> | undefined;
  #reputation: Promise<ReputationDesk> | undefined;
  #reading: NodeJS.Timeout | undefined;

  static override start(runtime: IAgentRuntime): Promise<AgentToolsService> {
    const service = new AgentToolsService(runtime);
    // Other plugins may start after us, and the start must not wait for them.
    service.#begin().catch((error: unknown) => {
      runtime.logger.error({ src: 'registry:tools', error }, 'no other agents can be found here');
    });
    return Promise.resolve(service);
  }

  override async stop(): Promise<void> {
    clearInterval(this.#reading);
    // The database closes after us.
    const composition = await this.#composition?.catch(() => undefined);
    await composition?.index.close();
  }

  /** @throws InvalidSettingError when a setting is wrong */
  get settings(): RegistryToolsSettings {
    return (this.#settings ??= agentSettings(registryToolsSettings, this.runtime));
  }

  /** The agents that are known. @throws NoRegistryNetworkError */
  async directory(): Promise<AgentDirectory> {
    return (await this.#composed()).directory;
  }

  /** @throws NoRegistryNetworkError */
  async index(): Promise<AgentIndex> {
    return (await this.#composed()).index;
  }

  /**
   * Reads what has happened in the registries since, for at most ten seconds.
   * @returns why it could not, in which case what was known before is all there is
   */
  async freshen(): Promise<unknown> {
    const { index } = await this.#composed();
    const endMs = Date.now() + SYNC_WITHIN_MS;
    try {
      await withinTime(this.#readNow(index, endMs), SYNC_WITHIN_MS, () => new IndexLateError());
      return undefined;
    } catch (error) {
      this.runtime.logger.warn({ src: 'registry:tools', error }, 'the registries were not read');
      return error;
    }
  }

  /** Calls tools. @throws NoRegistryNetworkError, TreasuryMissingError */
  async desk(): Promise<ToolDesk> {
    this.#desk ??= this.#openDesk();
    return this.#desk.catch((error: unknown) => {
      this.#desk = undefined;
      throw error;
    });
  }

  /** Rates agents. @throws NoRegistryNetworkError, NoReputationRegistryError, NoWalletError */
  async reputation(): Promise<ReputationDesk> {
    this.#reputation ??= this.#openReputation();
    return this.#reputation.catch((error: unknown) => {
      this.#reputation = undefined;
      throw error;
    });
  }

  /** Reports on the network. @throws NoRegistryNetworkError */
  async monitor(): Promise<NetworkMonitor> {
    const { database, directory, index } = await this.#composed();
    return new NetworkMonitor({ database, directory, registry: index.registry, now: Date.now });
  }

  /**
   * Takes in how an agent of this company has done its own tasks; it counts in reports on the network.
   * @throws NoRegistryNetworkError
   */
  async measure(measured: readonly OwnMeasurement[]): Promise<void> {
    await keepMeasurements((await this.#composed()).database, measured);
  }

  /** Whether there are calls of tools that nobody has rated. */
  async hasUnrated(): Promise<boolean> {
    const registry = await registryOf(this.runtime);
    return registry.hasNetwork && (await this.#composed()).review.hasUnrated();
  }

  /** Rates the calls that nobody has rated; on chain only where the settings say so. */
  async reviewCalls(): Promise<Rating[]> {
    const { registry, review } = await this.#composed();
    const proposals = await review.propose();
    if (!this.settings.REGISTRY_RATES_ON_CHAIN || !registry.hasWallet) return proposals;
    const desk = await this.reputation();
    const sent: Rating[] = [];
    for (const proposal of proposals) sent.push((await desk.sendProposal(proposal)).rating);
    return sent;
  }

  async #begin(): Promise<void> {
    const { approvals } = await treasuryOf(this.runtime);
    approvals.handle(CALL_KIND, {
      minimumRole: 'owner',
      execute: (approval) => this.#carryOut(approval),
    });
    const registry = await registryOf(this.runtime);
    if (!registry.hasNetwork) return;
    const read = (): void => {
      this.#readSoon().catch((error: unknown) => {
        this.runtime.logger.warn({ src: 'registry:tools', error }, 'the registries were not read');
      });
    };
    this.#reading = setInterval(read, this.settings.REGISTRY_INDEX_MS).unref();
    read();
    const { failures } = await approvals.resume();
    for (const error of failures)
      this.runtime.logger.error({ src: 'registry:tools', error }, 'an approved call was not made');
    if (registry.hasWallet) await (await this.reputation()).resume();
  }

  // While another process reads, what it has not come to yet would be missed.
  async #readNow(index: AgentIndex, endMs: number): Promise<void> {
    while (!(await index.sync()).hasRead && Date.now() < endMs) await pause(BUSY_MS);
  }

  // Agents that share a database need not all read.
  async #readSoon(): Promise<void> {
    const { database, index } = await this.#composed();
    const progress = await readProgress(database, index.registry);
    const sinceMs = Date.now() - (progress?.syncedAtMs ?? 0);
    if (sinceMs >= this.settings.REGISTRY_INDEX_MS / 2) await index.sync();
  }

  async #carryOut(approval: Approval): Promise<string> {
    return describeResult(await (await this.desk()).carryOut(approval));
  }

  // What could not be composed now, as when another plugin is late, is tried again when asked for.
  async #composed(): Promise<Composition> {
    this.#composition ??= this.#compose();
    return this.#composition.catch((error: unknown) => {
      this.#composition = undefined;
      throw error;
    });
  }

  async #compose(): Promise<Composition> {
    const registry = await registryOf(this.runtime);
    const { chain, identities, signatures, reader: files } = registry.network;
    const { settings } = this;
    const database = new Database(this.runtime.db as SqlExecutor);
    const address =
      settings.REGISTRY_REPUTATION_ADDRESS ?? PUBLIC_REGISTRIES[chain.chainId]?.reputationRegistry;
    const reputations =
      address === undefined ? undefined : new EthersReputationRegistry({ chain, address });
    const reader = verifiedAgentReader(identities.reference, (reference) => files.read(reference));
    const index = new AgentIndex({
      ...{ database, reader, newId: uuidSource },
      history: new EthersRegistryHistory({ chain, identities, reputations }),
      settings: {
        fromBlock: registry.settings.REGISTRY_FROM_BLOCK,
        blocksAtOnce: settings.REGISTRY_INDEX_BLOCKS,
        filesAtOnce: FILES_AT_ONCE,
      },
      log: (problem, error) => {
        this.runtime.logger.warn({ src: 'registry:tools', error }, problem);
      },
    });
    const directory = new AgentDirectory({
      ...{ database, registry: index.registry, now: Date.now },
      trustedRaters: settings.REGISTRY_TRUSTED_RATERS,
      freshen: () => this.freshen(),
    });
    const review = new CallReview({ database, signatures, now: Date.now });
    return { registry, database, index, directory, reader, reputations, review };
  }

  async #openDesk(): Promise<ToolDesk> {
    const { settings } = this;
    const { database, directory, reader } = await this.#composed();
    const treasury = await treasuryOf(this.runtime);
    const timeoutMs = settings.REGISTRY_TOOL_TIMEOUT_MS;
    return new ToolDesk({
      ...{ agent: this.runtime.character.name, database, directory, reader, checkSchema },
      ...{ treasury, approvals: treasury.approvals, timeoutMs, now: Date.now },
      approvalAbovePico: settings.REGISTRY_TOOL_APPROVAL_USD,
      caller: new SdkToolCaller({
        ...{ timeoutMs, mostBytes: settings.REGISTRY_TOOL_MOST_BYTES },
        isLoopbackAllowed: settings.REGISTRY_ALLOW_LOOPBACK,
      }),
    });
  }

  async #openReputation(): Promise<ReputationDesk> {
    const { registry, database, directory, reader, reputations } = await this.#composed();
    const { chain, identities, signatures } = registry.network;
    if (!reputations) throw new NoReputationRegistryError({ chainId: chain.chainId });
    const { queue } = await registry.account();
    return new ReputationDesk({
      ...{ agent: this.runtime.character.name, database, directory, reader },
      ...{ identities, reputations, queue, signatures, now: Date.now },
      timeoutMs: registry.settings.REGISTRY_PATIENCE_MS,
    });
  }
}

/** The tools of other agents, once the service has started. @throws RegistryMissingError */
export async function agentToolsOf(runtime: IAgentRuntime): Promise<AgentToolsService> {
  return serviceOf<AgentToolsService>(runtime, {
    type: AGENT_TOOLS_SERVICE,
    plugin: 'registry',
    missing: () => new RegistryMissingError({ agent: runtime.character.name }),
  });
}

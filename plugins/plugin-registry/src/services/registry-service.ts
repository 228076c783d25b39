import { setTimeout as pause } from 'node:timers/promises';
import { Service, type IAgentRuntime } from '@elizaos/core';
import {
  agentSettings,
  declaredSetting,
  type Fallbacks,
  isReplica,
  type Principal,
  problemOfSetting,
  registryLayerOf,
  RoomSpeaker,
  serviceOf,
  setRegistryLayer,
} from '@371os/kernel';
import { PUBLIC_REGISTRIES } from '@371os/contracts';
import { hasEnded, OutcomeNotices, tasksOf, type Task } from '@371os/plugin-tasks';
import { treasuryOf, type Approval, type CarriedOut } from '@371os/plugin-treasury';
import { EthersChain } from '../adapters/chain/ethers-chain.ts';
import { EthersIdentityRegistry } from '../adapters/chain/ethers-identity-registry.ts';
import { EthersSignatures } from '../adapters/chain/ethers-signatures.ts';
import { localSigner } from '../adapters/chain/local-signer.ts';
import { KuboContentStore } from '../adapters/content/kubo-content-store.ts';
import { PublicWebReader } from '../adapters/content/public-web-reader.ts';
import { heartbeatsInMemory, verifiedFilesInMemory } from '../adapters/memory-verified-files.ts';
import { didOf, readAgentReference } from '../domain/agent-id.ts';
import type { AgentReport } from '../domain/agent-report.ts';
import {
  PUBLICATION_KIND,
  referenceOf,
  summaryOf,
  type CompanyAgent,
  type PublicationPlan,
} from '../domain/publication.ts';
import {
  NoRegistryNetworkError,
  NoWalletError,
  RegistryMissingError,
  UnknownAgentError,
} from '../errors.ts';
import {
  CONFIGURABLE,
  describeOrigin,
  type RegistryConfiguration,
  type SettingValue,
} from '../domain/registry-configuration.ts';
import type { ContentStore } from '../ports/content-store.ts';
import type { EvmChain } from '../ports/evm-chain.ts';
import type { IdentityRegistry } from '../ports/identity-registry.ts';
import type { Signatures } from '../ports/signatures.ts';
import type { Signer } from '../ports/signer.ts';
import type { Heartbeats, VerifiedFiles } from '../ports/verified-files.ts';
import { registrySettings, type RegistrySettings } from '../settings.ts';
import { Database, type SqlExecutor } from '../store/database.ts';
import { isTold, noteTold } from '../store/notice-store.ts';
import { heartbeatsIn, verifiedFilesIn } from '../store/verified-store.ts';
import { GasAccount } from './gas-account.ts';
import { Publications } from './publications.ts';
import { readConfiguration } from './read-configuration.ts';
import { SignsOfLife } from './signs-of-life.ts';
import { TransactionQueue } from './transaction-queue.ts';
import { VerifiedReader } from './verified-reader.ts';

declare module '@elizaos/core' {
  interface ServiceTypeRegistry {
    REGISTRY: 'registry';
  }
}

/** The name under which an agent finds its registry. */
export const REGISTRY_SERVICE = 'registry';

/** What reading needs: a chain, a registry on it, and content. */
export interface RegistryNetwork {
  readonly chain: EvmChain;
  readonly identities: IdentityRegistry;
  readonly content: ContentStore;
  readonly signatures: Signatures;
  readonly reader: VerifiedReader;
  /** Who can stand in for each other. */
  readonly nodes: { readonly chain: Fallbacks; readonly ipfs: Fallbacks };
}

/** What writing needs besides: a key, its transactions, and what they cost. */
export interface RegistryAccount {
  readonly signer: Signer;
  readonly queue: TransactionQueue;
  readonly gas: GasAccount;
  readonly publications: Publications;
}

/** Who asks for something to be published, and where. */
export interface PublicationAsked {
  readonly requester: Principal;
  readonly room?: string | undefined;
  readonly message?: string | undefined;
}

const GWEI = 1_000_000_000n;

/** Who agents are: registered on chain, described on IPFS, read only when verified. */
export class RegistryService extends Service {
  static override readonly serviceType = REGISTRY_SERVICE;
  override readonly capabilityDescription =
    'Registers agents on chain, and reads registered agents verified.';

  #settings: RegistrySettings | undefined;
  #network: RegistryNetwork | undefined;
  #account: Promise<RegistryAccount> | undefined;
  #notices: OutcomeNotices | undefined;
  #life: SignsOfLife | undefined;
  #unwatch: (() => void) | undefined;
  #isTakingUp = false;

  static override start(runtime: IAgentRuntime): Promise<RegistryService> {
    const service = new RegistryService(runtime);
    // Treasury and tasks may start after us, and the start must not wait for them.
    service.#begin().catch((error: unknown) => {
      runtime.logger.error({ src: 'registry', error }, 'nothing can be registered here');
    });
    return Promise.resolve(service);
  }

  override async stop(): Promise<void> {
    this.#notices?.close();
    this.#unwatch?.();
    await this.#life?.close();
  }

  /** @throws InvalidSettingError when a setting is wrong */
  get settings(): RegistrySettings {
    return (this.#settings ??= agentSettings(registrySettings, this.runtime));
  }

  /** Whether chain, registry and IPFS are set. @throws InvalidSettingError */
  get hasNetwork(): boolean {
    return missingSettings(this.settings).length === 0;
  }

  /** Whether there is a key to sign with. @throws InvalidSettingError */
  get hasWallet(): boolean {
    const { AGENT_PRIVATE_KEY, AGENT_WALLET_FILE } = this.settings;
    return AGENT_PRIVATE_KEY !== undefined || AGENT_WALLET_FILE !== undefined;
  }

  /** The name that this agent has on every chain. */
  get did(): string {
    return didOf(this.runtime.agentId);
  }

  /** @throws NoRegistryNetworkError, InvalidSettingError */
  get network(): RegistryNetwork {
    return (this.#network ??= openNetwork(this.settings, {
      verified: verifiedFilesIn(this.#database),
      heartbeats: heartbeatsIn(this.#database),
    }));
  }

  /** @throws NoRegistryNetworkError, NoWalletError, InvalidWalletError, InvalidSettingError */
  async account(): Promise<RegistryAccount> {
    this.#account ??= this.#openAccount();
    try {
      return await this.#account;
    } catch (error) {
      // Another plugin may be late, a file may be put right.
      this.#account = undefined;
      throw error;
    }
  }

  /** This agent as it is registered; undefined before. */
  async self(): Promise<CompanyAgent | undefined> {
    const agent = await (await this.account()).publications.agent(this.did);
    return agent?.published && agent;
  }

  /**
   * An agent by its number, its global id, or the DID of one of this company, with how it was verified.
   * @throws UnknownAgentError, RpcUnreachableError, ContentUnreachableError
   */
  async read(id: string): Promise<AgentReport> {
    const { identities, reader } = this.network;
    const reference =
      readAgentReference(id, identities.reference) ?? (await this.#referenceOf(id.trim()));
    if (!reference) throw new UnknownAgentError({ id });
    return reader.read(reference);
  }

  /**
   * The settings in this agent's registration, and how current they are; undefined before it is
   * registered.
   */
  async configuration(): Promise<RegistryConfiguration | undefined> {
    const agent = await this.#referenceOf(this.did);
    if (!agent) return undefined;
    const { signer } = await this.account();
    return readConfiguration({
      ...{ agent, owner: signer.address, reader: this.network.reader },
      verified: verifiedFilesIn(this.#database),
      ...{ check: problemOfValue, now: Date.now },
    });
  }

  /**
   * Reads the settings in this agent's registration anew and makes them count, above all others
   * (REGISTRY_CONFIGURES). What cannot be believed changes nothing, and is told.
   */
  async configure(): Promise<RegistryConfiguration | undefined> {
    const isWanted = this.hasNetwork && this.hasWallet && this.settings.REGISTRY_CONFIGURES;
    const found = isWanted ? await this.configuration() : undefined;
    if (!found) return undefined;
    const { runtime } = this;
    const { values, refused, problem } = found;
    const before = registryLayerOf(runtime);
    const layer =
      found.source === 'none' && before
        ? { ...before, problem }
        : { values, refused, problem, mayHold: CONFIGURABLE, place: describeOrigin(found) };
    setRegistryLayer(runtime, layer);
    const told = { src: 'registry', source: found.source, settings: Object.keys(values) };
    if (problem !== undefined || refused.length > 0)
      runtime.logger.warn({ ...told, refused, problem }, 'a registration counts only in part');
    return found;
  }

  /** Keeps a plan until a person approves it. */
  async requestApproval(plan: PublicationPlan, asked: PublicationAsked): Promise<Approval> {
    const [{ approvals }, { gas }] = [await treasuryOf(this.runtime), await this.account()];
    return approvals.request({
      ...{ kind: PUBLICATION_KIND, plan, summary: summaryOf(plan), ...asked },
      amountPico: gas.costOf(BigInt(plan.worstWei)) ?? 0n,
    });
  }

  async #referenceOf(did: string): Promise<ReturnType<typeof readAgentReference>> {
    if (!did.startsWith('did:') || !this.hasWallet) return undefined;
    const agent = await (await this.account()).publications.agent(did);
    return agent?.published && referenceOf({ ...agent, agentId: agent.published.agentId });
  }

  // --- what is approved

  async #begin(): Promise<void> {
    // A replica publishes nothing; what the agent's registration sets counts for it, too.
    if (isReplica()) {
      await this.configure();
      return;
    }
    const { approvals } = await treasuryOf(this.runtime);
    approvals.handle(PUBLICATION_KIND, {
      minimumRole: 'owner',
      execute: (approval) => this.#carryOut(approval),
    });
    if (!this.hasNetwork || !this.hasWallet) return;
    const { publications } = await this.account();
    const tasks = await tasksOf(this.runtime);
    await tasks.work(publications.worker, (task, context) => publications.perform(task, context));
    await this.#notices?.open();
    this.#isTakingUp = true;
    const { failures } = await approvals.resume().finally(() => (this.#isTakingUp = false));
    for (const error of failures)
      this.runtime.logger.error({ src: 'registry', error }, 'what was approved was not begun');
    await this.#life?.open();
    this.#unwatch = tasks.onChange((task) => {
      if (task.agent !== publications.worker || task.state !== 'COMPLETED') return;
      this.#configureAfter(task).catch((error: unknown) => {
        this.#log('the settings of the registration are not known', error);
      });
    });
    await this.configure();
  }

  // Any colleague, in any process, may have published what this agent said of itself.
  async #configureAfter(task: Task): Promise<void> {
    const { publications } = await this.account();
    const { plan } = await publications.of(task);
    if (plan.did === this.did) await this.configure();
  }

  async #carryOut(approval: Approval): Promise<CarriedOut> {
    const { publications } = await this.account();
    const task = await publications.begin(approval);
    // Nobody hears what is taken up at the start, so it is told in the room.
    const outcome = this.#isTakingUp ? task : await this.#outcomeOf(task);
    const { state, answer, id } = outcome;
    const goesOn = `${approval.summary}: begun, and it goes on. I say here when it has ended.`;
    return { text: hasEnded(state) ? answer : goesOn, state, task: id };
  }

  async #outcomeOf(task: Task): Promise<Task> {
    return this.#notices?.outcomeOf(task, this.settings.REGISTRY_ANSWER_MS) ?? task;
  }

  // --- composition

  get #database(): Database {
    return new Database(this.runtime.db as SqlExecutor);
  }

  #log(problem: string, error: unknown): void {
    this.runtime.logger.warn({ src: 'registry', error }, problem);
  }

  async #openAccount(): Promise<RegistryAccount> {
    const { settings, runtime, network } = this;
    const { chain } = network;
    const signer = await openWallet(settings);
    const [tasks, treasury] = [await tasksOf(runtime), await treasuryOf(runtime)];
    const database = this.#database;
    const waiting = {
      now: Date.now,
      pause: async (ms: number, signal: AbortSignal) => pause(ms, undefined, { signal }),
    };
    const log = (problem: string, error: unknown): void => {
      this.#log(problem, error);
    };
    const gas = new GasAccount({
      ...{ database, treasury, chainId: chain.chainId, now: Date.now },
      capWei: settings.REGISTRY_GAS_CAP_NATIVE,
      rate: rateIn(settings),
      rateDays: settings.REGISTRY_COIN_USD_DAYS,
    });
    const queue = new TransactionQueue({
      ...{ database, chain, signer, gas, ...waiting },
      settings: {
        confirmations: settings.REGISTRY_CONFIRMATIONS,
        pollMs: settings.REGISTRY_POLL_MS,
        bumpMs: settings.REGISTRY_BUMP_MS,
        patienceMs: settings.REGISTRY_PATIENCE_MS,
        maxFeeWei: BigInt(settings.REGISTRY_MAX_FEE_GWEI) * GWEI,
      },
    });
    const life = (this.#life = new SignsOfLife({
      ...{ signer, log, now: Date.now, heartbeats: heartbeatsIn(database) },
      self: async () => this.#referenceOf(this.did),
      everyMs: settings.REGISTRY_HEARTBEAT_MS,
      leaseSeconds: settings.REGISTRY_LEASE_SECONDS,
    }));
    const publications = new Publications({
      ...{
        ...network,
        ...waiting,
        signer,
        queue,
        database,
        tasks,
        log,
        approvals: treasury.approvals,
      },
      pollMs: settings.REGISTRY_POLL_MS,
      patienceMs: settings.REGISTRY_PATIENCE_MS,
      fromBlock: settings.REGISTRY_FROM_BLOCK,
      explorerUrl: settings.REGISTRY_EXPLORER_URL,
      // Any colleague's process may have done the work; the agent itself goes on with them later.
      onPublished: (agent, { agentId }) => {
        void life.give(referenceOf({ ...agent, agentId }));
      },
    });
    const speaker = new RoomSpeaker(runtime);
    this.#notices = new OutcomeNotices({
      ...{ tasks, log, workers: [publications.worker] },
      told: { has: (id) => isTold(database, id), add: (id) => noteTold(database, id) },
      tell: async (task) => {
        const { plan } = await publications.of(task);
        // Each agent of the company hears of it; the one that it is about says so.
        if (plan.name !== runtime.character.name) return false;
        await speaker.sayOnce(task.roomId, task.answer, task.updatedAt);
        return true;
      },
    });
    return { signer, queue, gas, publications };
  }
}

function problemOfValue(name: string, value: SettingValue): string | undefined {
  const setting = declaredSetting(name);
  return setting ? problemOfSetting(setting, value) : 'no plugin of this process reads it';
}

/** What must be set before anything can be read. */
function missingSettings(settings: RegistrySettings): string[] {
  const { REGISTRY_RPC_URL, ETHEREUM_RPC_URL, REGISTRY_CHAIN_ID, IPFS_API_URL } = settings;
  return [
    ...((REGISTRY_RPC_URL ?? ETHEREUM_RPC_URL) === undefined ? ['REGISTRY_RPC_URL'] : []),
    ...(REGISTRY_CHAIN_ID === undefined ? ['REGISTRY_CHAIN_ID'] : []),
    ...(registryAddress(settings) === undefined ? ['REGISTRY_CONTRACT_ADDRESS'] : []),
    ...(IPFS_API_URL === undefined ? ['IPFS_API_URL'] : []),
  ];
}

function registryAddress(settings: RegistrySettings): string | undefined {
  const { REGISTRY_CONTRACT_ADDRESS: address, REGISTRY_CHAIN_ID: chainId = 0 } = settings;
  return address ?? PUBLIC_REGISTRIES[chainId]?.identityRegistry;
}

/**
 * Chain, registry and content of the settings, for programs that run no agent.
 * @param memory what was verified before; nothing, by default
 * @throws NoRegistryNetworkError
 */
export function openNetwork(
  settings: RegistrySettings,
  memory: { verified: VerifiedFiles; heartbeats: Heartbeats } = {
    verified: verifiedFilesInMemory(),
    heartbeats: heartbeatsInMemory(),
  },
): RegistryNetwork {
  const {
    REGISTRY_RPC_URL,
    ETHEREUM_RPC_URL,
    REGISTRY_CHAIN_ID: chainId,
    IPFS_API_URL: ipfsUrl,
    REGISTRY_TIMEOUT_MS: timeoutMs,
  } = settings;
  const rpcUrl = REGISTRY_RPC_URL ?? ETHEREUM_RPC_URL;
  const address = registryAddress(settings);
  if (!rpcUrl || !chainId || !address || !ipfsUrl)
    throw new NoRegistryNetworkError({ missing: missingSettings(settings) });
  const chain = new EthersChain({
    ...{ rpcUrl, chainId, timeoutMs, fallbackUrls: settings.REGISTRY_RPC_FALLBACKS },
  });
  const identities = new EthersIdentityRegistry({ chain, address });
  const authorization = authorizationOf(settings);
  const content = new KuboContentStore({
    ...{ url: ipfsUrl, timeoutMs, authorization, fallbackUrls: settings.IPFS_API_FALLBACKS },
  });
  const signatures = new EthersSignatures(chain);
  const reader = new VerifiedReader({
    ...{ chain, identities, content, signatures, timeoutMs, ...memory },
    web: new PublicWebReader(),
    now: Date.now,
  });
  const nodes = { chain: chain.nodes, ipfs: content.nodes };
  return { chain, identities, content, signatures, reader, nodes };
}

function authorizationOf(settings: RegistrySettings): string | undefined {
  const { IPFS_API_KEY: user, IPFS_API_SECRET: password = '' } = settings;
  return user && `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

async function openWallet(settings: RegistrySettings): Promise<Signer> {
  const signer = await localSigner({
    privateKey: settings.AGENT_PRIVATE_KEY,
    file: settings.AGENT_WALLET_FILE,
    password: settings.AGENT_WALLET_PASSWORD,
    passwordFile: settings.AGENT_WALLET_PASSWORD_FILE,
  });
  if (!signer) throw new NoWalletError();
  return signer;
}

function rateIn({
  REGISTRY_COIN_USD: picoPerCoin,
  REGISTRY_COIN_USD_DATE: date,
}: RegistrySettings): { picoPerCoin: bigint; date: string } | undefined {
  return picoPerCoin === undefined || date === undefined ? undefined : { picoPerCoin, date };
}

/** The registry service of an agent, once it has started. @throws RegistryMissingError */
export async function registryOf(runtime: IAgentRuntime): Promise<RegistryService> {
  return serviceOf<RegistryService>(runtime, {
    type: REGISTRY_SERVICE,
    plugin: 'registry',
    missing: () => new RegistryMissingError({ agent: runtime.character.name }),
  });
}

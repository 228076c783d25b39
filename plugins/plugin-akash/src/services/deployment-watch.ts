import { randomUUID } from 'node:crypto';
import type { Clock } from '@371os/kernel';
import type { TasksService } from '@371os/plugin-tasks';
import { FASTEST_BLOCK_MS, PROVIDER_BLOCK_MS } from '../domain/block-price.ts';
import { rateOf, type Deployment } from '../domain/deployment.ts';
import type { TopUpOrder } from '../domain/order.ts';
import type { Finding } from '../domain/finding.ts';
import { describeLoss, describeRunway, OUT_OF_FUNDS, type Loss } from '../domain/health-words.ts';
import { fundsAt, runwayOf, topUpFor } from '../domain/runway.ts';
import { describeOffer } from '../domain/stranger.ts';
import type { AkashChain, ChainDeployment } from '../ports/akash-chain.ts';
import type { ProviderGateway } from '../ports/provider-gateway.ts';
import type { DeploymentAccount } from './deployment-account.ts';
import { DeploymentVanishedError } from '../network-errors.ts';
import { leaveLease, takeLease, type LeaseClaim } from '../store/lease-store.ts';
import type { Database } from '../store/database.ts';
import type { Strangers } from './strangers.ts';
import { ORDERS_WORKER } from './deployment-desk.ts';
import type { Deployments } from './deployments.ts';
import { paidInto } from './escrow-top-up.ts';

export interface DeploymentWatchComponents {
  /** Whose deployments are watched. */
  readonly agent: string;
  readonly deployments: Deployments;
  readonly account: Pick<DeploymentAccount, 'ensureOpen' | 'record' | 'monthLeft' | 'enterLate'>;
  readonly database: Database;
  readonly strangers: Pick<Strangers, 'list'>;
  /** Tells it, the first time. */
  readonly find: (finding: Finding) => Promise<void>;
  readonly tasks: Pick<TasksService, 'submit' | 'list'>;
  readonly chain: Pick<AkashChain, 'deployment' | 'leases' | 'latestBlock' | 'provider'>;
  readonly gateway: Pick<ProviderGateway, 'probe'>;
  /** How often it looks. */
  readonly everyMs: number;
  /** An escrow that lasts less than this is topped up. */
  readonly runwayHours: number;
  /** For how many days beyond that. */
  readonly depositDays: number;
  readonly now: Clock;
  readonly log: (problem: string, error: unknown) => void;
}

const DAY_MS = 86_400_000;
const HOURS_PER_DAY = 24;
const MOST_SILENCES = 3;
// Whoever has not looked for so long is taken for dead.
const LOOKS_PER_LEASE = 3;
const TOP_UP_TIMEOUT_MS = 1_800_000;
const PICO_PER_UACT = 1_000_000n;

/**
 * Looks after what runs, in one process at a time for an agent. A look may be taken again after a
 * crash: what it begins are tasks with keys of their own, and what it moves moves once.
 */
export class DeploymentWatch {
  readonly #components: DeploymentWatchComponents;
  // Another one for each process, so that one of them looks.
  readonly #holder = randomUUID();
  readonly #recordedOn = new Map<string, number>();
  readonly #silences = new Map<string, number>();
  #looking: Promise<void> | undefined;

  constructor(components: DeploymentWatchComponents) {
    this.#components = components;
  }

  /** Goes on with what was left, and looks at each deployment that runs; one look at a time. */
  async look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => (this.#looking = undefined));
    return this.#looking;
  }

  /** Lets another process look at once. */
  async stop(): Promise<void> {
    const { database, log } = this.#components;
    await leaveLease(database, this.#claim).catch((error: unknown) => {
      log('another process watches only when the lease of this one has run out', error);
    });
  }

  async #look(): Promise<void> {
    const { deployments, account, agent, log } = this.#components;
    await deployments.goOn();
    await this.#offerStrangers();
    if (!(await this.#mayLook())) return;
    await account.enterLate(agent);
    const all = await deployments.list();
    for (const deployment of all.filter((one) => one.agent === agent && one.state === 'ACTIVE'))
      await this.#lookAt(deployment).catch((error: unknown) => {
        log(`deployment ${deployment.id} could not be looked after`, error);
      });
  }

  get #claim(): LeaseClaim {
    return { name: `watch/${this.#components.agent}`, holder: this.#holder };
  }

  async #mayLook(): Promise<boolean> {
    const { database, everyMs } = this.#components;
    return takeLease(database, this.#claim, everyMs * LOOKS_PER_LEASE);
  }

  async #offerStrangers(): Promise<void> {
    const { strangers, find, log } = this.#components;
    const found = await strangers.list().catch((error: unknown) => {
      log('it is not known what else our key has on chain', error);
      return [];
    });
    for (const stranger of found)
      await find({
        ...{ id: `stranger/${stranger.dseq}`, requesterId: '', roomId: '' },
        words: describeOffer(stranger),
      });
  }

  async #lookAt(deployment: Deployment): Promise<void> {
    const { deployments, chain } = this.#components;
    const { id, dseq = '' } = deployment;
    const onChain = await chain.deployment(dseq);
    if (!onChain) throw new DeploymentVanishedError({ dseq });
    const loss = await this.#lossOf(deployment, onChain);
    if (loss) {
      // Told after it was begun, so that nobody hears of what somebody else has seen to.
      const isOurs = await deployments.replace(id, dseq);
      if (isOurs) await this.#tell(deployment, `lost/${dseq}`, describeLoss(deployment, loss));
      return;
    }
    await this.#account(deployment);
    await this.#topUp(deployment, onChain);
  }

  async #lossOf(
    { id, placements }: Deployment,
    { dseq, isActive: isOpen, isOverdrawn }: ChainDeployment,
  ): Promise<Loss | undefined> {
    const leases = await this.#components.chain.leases(dseq);
    const lost = leases.find(({ isActive }) => !isActive);
    if (lost) return { provider: lost.id.provider, reason: lost.closedReason };
    if (!isOpen) return isOverdrawn ? { reason: OUT_OF_FUNDS } : {};
    const answers = await Promise.all(placements.map(({ provider }) => this.#answers(provider)));
    // The chain has just answered: it is not our own network that is down.
    const silences = answers.every(Boolean) ? 0 : (this.#silences.get(id) ?? 0) + 1;
    this.#silences.set(id, silences);
    const silent = placements[answers.indexOf(false)];
    return silences >= MOST_SILENCES ? { provider: silent?.provider, isSilent: true } : undefined;
  }

  async #answers(owner: string): Promise<boolean> {
    const { chain, gateway } = this.#components;
    const provider = await chain.provider(owner);
    return provider !== undefined && (await gateway.probe(provider)) !== undefined;
  }

  // Money that cannot be reserved again stays what it is: rent already paid in, and no more of it.
  async #account(deployment: Deployment): Promise<void> {
    const { account, now, log } = this.#components;
    const held = await account.ensureOpen(deployment).catch((error: unknown) => {
      log(`the month of deployment ${deployment.id} is not reserved`, error);
      return deployment;
    });
    const today = Math.floor(now() / DAY_MS);
    if (this.#recordedOn.get(deployment.id) === today) return;
    await account.record(held, { isFinal: false });
    this.#recordedOn.set(deployment.id, today);
  }

  async #tell(deployment: Deployment, what: string, words: string): Promise<void> {
    const { id, requesterId, roomId } = deployment;
    await this.#components.find({ id: `${what}/${id}`, requesterId, roomId, words });
  }

  async #topUp(deployment: Deployment, onChain: ChainDeployment): Promise<void> {
    const { runwayHours, depositDays, chain, account, now } = this.#components;
    const rate = rateOf(deployment.placements);
    const fundsUact = fundsAt((await chain.latestBlock()).height, onChain, rate);
    const runway = runwayOf(fundsUact, rate, FASTEST_BLOCK_MS);
    if (!runway || runway.seconds >= runwayHours * 3_600) return;
    const days = depositDays + runwayHours / HOURS_PER_DAY;
    const wanted = topUpFor(days, { fundsUact, rate, blockMs: PROVIDER_BLOCK_MS });
    const room = (await account.monthLeft(deployment)) / PICO_PER_UACT - onChain.fundsUact;
    const uact = wanted < room ? wanted : room;
    const today = new Date(now()).toISOString().slice(0, 10);
    const words = describeRunway(deployment, { days: runway.days, wanted, room });
    await this.#tell(deployment, `runway/${today}`, words);
    if (uact > 0n) await this.#submitTopUp(deployment, onChain, uact);
  }

  // The key names the state of the escrow that it is for: once more has been paid in it is another.
  async #submitTopUp(deployment: Deployment, escrow: ChainDeployment, uact: bigint): Promise<void> {
    const { tasks, now } = this.#components;
    const { id, requesterId, roomId } = deployment;
    const open = await tasks.list({ agent: ORDERS_WORKER, states: ['SUBMITTED', 'WORKING'] });
    if (open.some(({ data }) => (data as { deploymentId?: string }).deploymentId === id)) return;
    const paidInUact = String(paidInto(escrow));
    const order: TopUpOrder = {
      ...{ version: 1, work: 'top-up', deploymentId: id },
      ...{ uact: String(uact), paidInUact },
    };
    const state = `${escrow.dseq}/${paidInUact}`;
    await tasks.submit({
      ...{ agent: ORDERS_WORKER, text: `Keep deployment ${id} paid`, isConfidential: false },
      ...{ timeoutMs: TOP_UP_TIMEOUT_MS, maxAttempts: 10, roomId, data: order },
      requester: { id: requesterId, role: 'admin' },
      idempotencyKey: `akash/keep/${id}/${state}/${String(Math.floor(now() / DAY_MS))}`,
    });
  }
}

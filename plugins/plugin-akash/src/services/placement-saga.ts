import type { Clock } from '@371os/kernel';
import type { Json, Saga, SagaContext, SagaStep } from '@371os/plugin-tasks';
import {
  chooseBids,
  wishesOf,
  type Choice,
  type GroupWishes,
  type PlacedBid,
} from '../domain/choose-bids.ts';
import { withSecrets, type DeploymentPlan } from '../domain/deployment-plan.ts';
import type { Placement } from '../domain/deployment.ts';
import type { Secrets } from '../domain/secret-reference.ts';
import type { ProviderFacts } from '../domain/score-bid.ts';
import type { CompiledSdl } from '../domain/sdl/compiled.ts';
import type { Sdl } from '../domain/sdl/schema.ts';
import {
  BidsGoneError,
  DeploymentStoppedError,
  NoBidError,
  NoFundsError,
  ManifestRefusedError,
  MintCanceledError,
  MintLostError,
  NotReadyError,
  NumbersTakenError,
  TooLateError,
} from '../deployment-errors.ts';
import {
  ChainRefusedError,
  ProviderRefusedError,
  ProviderUnreachableError,
} from '../network-errors.ts';
import type {
  AkashChain,
  ChainBid,
  ChainProvider,
  MintRecord,
  Receipt,
  SendOptions,
} from '../ports/akash-chain.ts';
import type { EndpointProbe } from '../ports/endpoint-probe.ts';
import type { LeaseStatus, ProviderGateway } from '../ports/provider-gateway.ts';
import type { ProviderUptime } from '../ports/provider-uptime.ts';
import type { Database } from '../store/database.ts';
import { closeNumber, keepProviders, takeNumber } from '../store/number-store.ts';
import type { FeeBook } from './fee-book.ts';

export interface PlacementSettings {
  /** How often chain and providers are asked. */
  readonly pollMs: number;
  /** How long the first bid may take. */
  readonly noBidMs: number;
  /** How long others may take after the first one. */
  readonly moreBidsMs: number;
  /** How long a provider may take to accept the manifest. */
  readonly manifestMs: number;
  /** How long the services may take to answer. */
  readonly readyMs: number;
  /** How long a mint of ACT may take. */
  readonly mintMs: number;
  /** Auditor whose word on providers counts. */
  readonly auditor: string;
}

export interface PlacementComponents {
  readonly database: Database;
  readonly chain: AkashChain;
  readonly fees: Pick<FeeBook, 'journal'>;
  readonly gateway: ProviderGateway;
  readonly probe: EndpointProbe;
  /** Told what is being done for a deployment, for whoever waits for it. */
  readonly tell: (deploymentId: string, words: string) => void;
  /** Missing where there is no indexer. */
  readonly uptime: ProviderUptime | undefined;
  readonly compile: (sdl: Sdl) => CompiledSdl;
  readonly readSdl: (sdl: DeploymentPlan['sdl']) => Sdl;
  readonly secrets: Secrets;
  readonly settings: PlacementSettings;
  readonly now: Clock;
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface PlacementInit {
  readonly deploymentId: string;
  readonly attempt: number;
  readonly plan: DeploymentPlan;
  /** How much is put into escrow; asked once for an attempt. */
  readonly deposit: () => Promise<bigint>;
  /** Providers that have just lost or failed this deployment. */
  readonly excluded: readonly string[];
  /** Providers that have had it before: taken only where no other one can be. */
  readonly known: readonly string[];
  /** Regions in which it was lost: another one is taken where it is offered. */
  readonly avoided: readonly string[];
  /** Whether the cheapest bid that can be taken is, as for what has run elsewhere before. */
  readonly isCheapest?: boolean | undefined;
  /** Asked before each step, and while one waits: false once somebody has stopped it. */
  readonly mayGoOn: () => Promise<boolean>;
}

interface NumberResult {
  readonly [key: string]: Json;
  readonly dseq: string;
  readonly lastHeight: number;
}

type Running = Pick<SagaContext, 'results' | 'signal'>;

interface Chosen extends Pick<Choice, 'chosen'> {
  readonly facts: ReadonlyMap<string, ProviderFacts>;
}

// Steps that a person who waits wants to hear of.
const STEP_WORDS: Readonly<Record<string, string>> = {
  create: 'paying the deposit and creating the deployment on chain',
  bids: 'waiting for offers of providers',
  lease: 'choosing the best offer and leasing',
  manifest: 'sending the manifest to the provider',
  ready: 'waiting until the service answers',
};
const MOST_CLASHES = 20;
// About two minutes on the main network: what was sent is in a block by then, or never will be.
const PATIENCE_BLOCKS = 20;
const LEAST_MINT_UACT = 10_000_000n;
const MICRO = 1_000_000n;
const LEASE_TRIES = 3;
const PROBES = 3;

/** The steps that place one attempt of a deployment: all done in the end, or closed and refunded. */
export class PlacementSaga {
  readonly #components: PlacementComponents;
  readonly #init: PlacementInit;

  constructor(components: PlacementComponents, init: PlacementInit) {
    this.#components = components;
    this.#init = init;
  }

  /** What `saga` carries out; the result of its last step is that of {@link readPlacements}. */
  saga(): Saga {
    const { deploymentId, attempt } = this.#init;
    const steps = this.#steps().map((step): SagaStep => ({
      ...step,
      do: async (context) => {
        await this.#refuseStopped();
        const words = STEP_WORDS[step.name];
        if (words !== undefined) this.#components.tell(deploymentId, words);
        return step.do(context);
      },
    }));
    return { id: `akash/${deploymentId}/${String(attempt)}`, steps };
  }

  #steps(): SagaStep[] {
    return [
      { name: 'price-mint', do: () => this.#priceMint() },
      { name: 'fund', do: (context) => this.#fund(context) },
      { name: 'number', do: () => this.#number(), undo: ({ result }) => this.#forget(result) },
      {
        name: 'create',
        do: (context) => this.#create(context),
        undo: (context) => this.#close(context),
      },
      { name: 'bids', do: (context) => this.#awaitBids(context) },
      { name: 'lease', do: (context) => this.#lease(context) },
      { name: 'manifest', do: (context) => this.#sendManifest(context) },
      { name: 'ready', do: (context) => this.#awaitReady(context) },
    ];
  }

  /**
   * Sends the manifest to the providers that have the leases, and waits until all services answer.
   * @returns the placements, with where they answer
   */
  async rollOut(
    { dseq, placements }: { dseq: string; placements: readonly Placement[] },
    signal: AbortSignal,
  ): Promise<Placement[]> {
    const lease = { placements: placements.map(storedPlacement) };
    const results = { number: { dseq, lastHeight: 0 }, lease };
    await this.#sendManifest({ results, signal });
    const ready = await this.#awaitReady({ results, signal });
    return readPlacements({ ready }).placements;
  }

  // --- fund

  // How much has to be minted is fixed before anything is burned.
  async #priceMint(): Promise<Json> {
    const { chain } = this.#components;
    const depositUact = await this.#init.deposit();
    const { height } = await chain.latestBlock();
    const { uact } = await chain.balances();
    const lacking = depositUact - uact;
    const priced = { height, depositUact: String(depositUact) };
    if (lacking <= 0n) return { ...priced, burnUakt: '0' };
    const wanted = lacking > LEAST_MINT_UACT ? lacking : LEAST_MINT_UACT;
    const burn = await this.#burnFor(wanted, depositUact);
    return { ...priced, burnUakt: String(burn) };
  }

  async #burnFor(uact: bigint, needUact: bigint): Promise<bigint> {
    const { chain } = this.#components;
    const { uakt } = await chain.balances();
    const barrier = await chain.mintBarrier();
    const price = await chain.aktPriceMicroUsd();
    const problem = barrier ?? (price ? undefined : 'the chain knows no price of AKT');
    if (problem !== undefined || !price)
      throw new NoFundsError({ owner: chain.owner, needUact, problem: problem ?? '' });
    // Two percent more, for the spread and for a price that moves until the mint is executed. The
    // last digits tell this mint from others of the same key.
    const burn = (uact * MICRO * 102n) / (price * 100n) + BigInt(this.#components.now() % 1_000);
    if (burn + MICRO > uakt)
      throw new NoFundsError({
        owner: chain.owner,
        needUact,
        problem: 'the account is short of AKT',
      });
    return burn;
  }

  async #fund({ results, signal, isRepeated }: Running & { isRepeated: boolean }): Promise<Json> {
    const { height, burnUakt } = results['price-mint'] as { height: number; burnUakt: string };
    if (burnUakt === '0') return {};
    const { chain, settings, now } = this.#components;
    const burn = BigInt(burnUakt);
    const isOurs = (record: MintRecord): boolean =>
      record.height > height && (record.burnedUakt ?? burn) === burn;
    const lastHeight = height + PATIENCE_BLOCKS;
    // What was sent before a crash may still get into a block, and AKT must not be burned twice.
    if (!isRepeated) await chain.mint(burn, { lastHeight, ...this.#journal });
    for (const end = now() + settings.mintMs; now() < end;) {
      const past = (await chain.latestBlock()).height > lastHeight + 1;
      const record = (await chain.mints()).find(isOurs);
      if (!record && past) throw new MintLostError();
      if (record?.state === 'executed') return { mintedUact: String(record.mintedUact) };
      if (record?.state === 'canceled') throw new MintCanceledError({ owner: chain.owner });
      await this.#wait(signal);
    }
    throw new MintCanceledError({ owner: chain.owner });
  }

  // --- create

  // The number is in our database before the chain hears of it: nothing is ever open there that
  // nobody here knows.
  async #number(): Promise<Json> {
    const { database, chain, now } = this.#components;
    const { deploymentId, attempt } = this.#init;
    const { height } = await chain.latestBlock();
    for (let clash = 0; clash < MOST_CLASHES; clash += 1) {
      const dseq = String(now() + clash);
      if (await takeNumber(database, { dseq, deploymentId, attempt }))
        return { dseq, lastHeight: height + PATIENCE_BLOCKS };
    }
    throw new NumbersTakenError();
  }

  async #forget(result: Json | undefined): Promise<void> {
    if (result === undefined) return;
    await closeNumber(this.#components.database, (result as NumberResult).dseq);
  }

  async #create({ results }: SagaContext): Promise<Json> {
    const { chain } = this.#components;
    const { dseq, lastHeight } = numberOf(results);
    const { groups, versionHash } = this.#compiled();
    const depositUact = BigInt((results['price-mint'] as { depositUact: string }).depositUact);
    const isThere = async (): Promise<boolean> => (await chain.deployment(dseq)) !== undefined;
    const { height } = await chain.latestBlock();
    if (height >= lastHeight && !(await isThere())) throw new TooLateError({ dseq });
    return this.#once(isThere, () =>
      chain.createDeployment(
        { dseq, groups, versionHash, depositUact },
        { lastHeight, ...this.#journal },
      ),
    );
  }

  async #close({ results, signal }: SagaContext): Promise<void> {
    const { chain } = this.#components;
    const { dseq, lastHeight } = numberOf(results);
    // What was sent and not seen could still come: wait until it cannot. The height is asked for
    // first, so that no block with it can come in between.
    for (;;) {
      const { height } = await chain.latestBlock();
      if (await chain.deployment(dseq)) break;
      if (height > lastHeight + 1) return;
      await this.#pause(signal);
    }
    const isClosed = async (): Promise<boolean> =>
      (await chain.deployment(dseq))?.isActive === false;
    await this.#once(isClosed, () => chain.closeDeployment(dseq, this.#journal));
  }

  // --- bids and leases

  // Others may do better than the first bid; how long they may take counts from when each group has one.
  async #awaitBids({ results, signal }: SagaContext): Promise<Json> {
    const { settings, now } = this.#components;
    const { dseq } = numberOf(results);
    const began = now();
    let completeAt: number | undefined;
    for (;;) {
      const open = await this.#openBids(dseq);
      const isComplete = this.#groups().every(({ gseq }) =>
        open.some((bid) => bid.id.gseq === gseq),
      );
      completeAt = isComplete ? (completeAt ?? now()) : undefined;
      if (completeAt !== undefined && now() - completeAt >= settings.moreBidsMs) return open.length;
      if (completeAt === undefined && now() - began > settings.noBidMs)
        throw new NoBidError({ reasons: ['not every part of it was offered for in time'] });
      await this.#wait(signal);
    }
  }

  async #openBids(dseq: string): Promise<ChainBid[]> {
    const { excluded } = this.#init;
    const bids = await this.#components.chain.bids(dseq);
    return bids.filter(({ isOpen, id }) => isOpen && !excluded.includes(id.provider));
  }

  #groups(): GroupWishes[] {
    return wishesOf(this.#init.plan, this.#compiled().groups);
  }

  async #lease({ results, signal }: SagaContext): Promise<Json> {
    const { chain, database } = this.#components;
    const { dseq } = numberOf(results);
    for (let tries = 1; ; tries += 1) {
      const before = await this.#leased(dseq, signal);
      if (before) return before;
      const { chosen, facts } = await this.#choose(dseq, signal);
      await keepProviders(
        database,
        dseq,
        chosen.map(({ bid }) => bid.provider),
      );
      try {
        const leases = chosen.map(({ bid }) => ({ ...bid, dseq }));
        await chain.createLeases(leases, this.#journal);
        return {
          placements: chosen.map(({ group, bid, reasons }) => ({
            ...{ group, provider: bid.provider, gseq: bid.gseq, oseq: bid.oseq, bseq: bid.bseq },
            ...{ price: String(bid.price), reasons, endpoints: [] },
            region: facts.get(bid.provider)?.region ?? null,
          })),
        };
      } catch (error) {
        // A bid that was withdrawn in between leaves the others.
        if (!(error instanceof ChainRefusedError) || tries === LEASE_TRIES) throw error;
      }
    }
  }

  // Leases of an attempt that died between the chain's word and ours. They came together; where one
  // has ended since then, the rest is of no use.
  async #leased(dseq: string, signal: AbortSignal): Promise<Json | undefined> {
    const leases = await this.#components.chain.leases(dseq);
    if (leases.length === 0) return undefined;
    await this.#refuseLost(dseq);
    const groups = this.#groups();
    const providers = leases.map(({ id }) => id.provider);
    const facts = await this.#facts(providers, signal);
    return {
      placements: leases.map(({ id, priceAtto }) => ({
        group: groups.find(({ gseq }) => gseq === id.gseq)?.name ?? '',
        ...{ provider: id.provider, gseq: id.gseq, oseq: id.oseq, bseq: id.bseq },
        ...{ price: String(priceAtto), reasons: [], endpoints: [] },
        region: facts.get(id.provider)?.region ?? null,
      })),
    };
  }

  // Where no bid of a group can be taken, as when its provider does not answer, a later one may do.
  async #choose(dseq: string, signal: AbortSignal): Promise<Chosen> {
    const { settings, now } = this.#components;
    for (const end = now() + settings.noBidMs; ;) {
      const { chosen, missing, facts } = await this.#chooseNow(dseq, signal);
      if (missing.length === 0) return { chosen, facts };
      if (now() > end) throw new NoBidError({ reasons: missing.flatMap(reasonsFor) });
      await this.#wait(signal);
    }
  }

  async #chooseNow(dseq: string, signal: AbortSignal): Promise<Chosen & Choice> {
    const open = await this.#openBids(dseq);
    if (open.length === 0) throw new BidsGoneError();
    const providers = open.map(({ id }) => id.provider);
    const facts = await this.#facts(providers, signal);
    const { excluded, known, avoided, isCheapest } = this.#init;
    const wishes = { groups: this.#groups(), excluded, known, avoided, isCheapest };
    return { ...chooseBids(open.map(placedBid), facts, wishes), facts };
  }

  async #facts(
    owners: readonly string[],
    signal: AbortSignal,
  ): Promise<Map<string, ProviderFacts>> {
    const entries = [...new Set(owners)].map(
      async (owner) => [owner, await this.#fact(owner, signal)] as const,
    );
    return new Map(await Promise.all(entries));
  }

  async #fact(owner: string, signal: AbortSignal): Promise<ProviderFacts> {
    const { chain, settings, uptime } = this.#components;
    const provider = await chain.provider(owner);
    const auditors = await chain.auditors(owner);
    return {
      region: provider?.attributes.find(({ key }) => key === 'region')?.value,
      isAudited: auditors.includes(settings.auditor),
      uptimePermille: await uptime?.permilleOf(owner),
      isReachable: provider ? await this.#isReachable(provider, signal) : false,
    };
  }

  // A bid is lost for good when its provider is passed over, so a moment's outage does not decide.
  async #isReachable(provider: ChainProvider, signal: AbortSignal): Promise<boolean> {
    for (let tries = 1; ; tries += 1) {
      if ((await this.#components.gateway.probe(provider)) !== undefined) return true;
      if (tries === PROBES) return false;
      await this.#wait(signal);
    }
  }

  // --- run

  async #sendManifest({ results, signal }: Running): Promise<Json> {
    const { gateway } = this.#components;
    const { dseq } = numberOf(results);
    const { manifest } = this.#compiled();
    for (const { provider } of placementsOf(results)) {
      const known = await this.#provider(provider);
      await this.#persist(signal, () => gateway.sendManifest(known, dseq, manifest));
    }
    return {};
  }

  // A provider learns of its lease from a block that it may see after us: it says 404 until then.
  async #persist(signal: AbortSignal, send: () => Promise<void>): Promise<void> {
    const { settings, now } = this.#components;
    for (const end = now() + settings.manifestMs; ;) {
      try {
        await send();
        return;
      } catch (error) {
        const mayPass =
          error instanceof ProviderUnreachableError ||
          (error instanceof ProviderRefusedError && error.isRetryable);
        if (!mayPass) throw this.#discreet(error);
        if (now() > end) throw new ManifestRefusedError({ cause: this.#discreet(error) });
      }
      await this.#wait(signal);
    }
  }

  // A provider may repeat the manifest in its refusal, and what it says is kept and shown.
  #discreet<Failure>(error: Failure): Failure | ProviderRefusedError {
    if (!(error instanceof ProviderRefusedError)) return error;
    const { secrets } = this.#components;
    const isLeak = this.#init.plan.secrets.some((name) => {
      const secret = secrets(name);
      return secret !== undefined && secret !== '' && error.message.includes(secret);
    });
    if (!isLeak) return error;
    const { provider } = error.details as { provider: string };
    const words = 'its answer repeats a secret and is not shown';
    return new ProviderRefusedError({ provider, status: error.status, words });
  }

  async #awaitReady({ results, signal }: Running): Promise<Json> {
    const { settings, now } = this.#components;
    const { dseq } = numberOf(results);
    const placed: Json[] = [];
    for (const placement of placementsOf(results)) {
      const provider = await this.#provider(placement.provider);
      const end = now() + settings.readyMs;
      let endpoints = await this.#answering(provider, { ...placement, dseq });
      while (!endpoints) {
        await this.#refuseLost(dseq);
        if (now() > end) throw new NotReadyError({ provider: placement.provider });
        await this.#wait(signal);
        endpoints = await this.#answering(provider, { ...placement, dseq });
      }
      placed.push({ ...storedPlacement(placement), endpoints });
    }
    await this.#refuseLost(dseq);
    return { dseq, placements: placed };
  }

  /** The addresses of a lease once all of them answer. */
  async #answering(
    provider: ChainProvider,
    lease: Placement & { dseq: string },
  ): Promise<string[] | undefined> {
    const { gateway, probe } = this.#components;
    const status = await gateway.leaseStatus(provider, lease).catch(ignoreOutage);
    if (!status || status.services.length === 0) return undefined;
    if (status.services.some(({ wanted, ready }) => ready < wanted)) return undefined;
    const endpoints = endpointsOf(status);
    const isLocalAllowed = isLocalHost(provider.hostUri);
    const answers = await Promise.all(
      endpoints.map((endpoint) => probe.answers(endpoint, isLocalAllowed)),
    );
    return answers.every(Boolean) ? endpoints : undefined;
  }

  async #refuseLost(dseq: string): Promise<void> {
    const leases = await this.#components.chain.leases(dseq);
    const lost = leases.find(({ isActive }) => !isActive);
    if (lost)
      throw new NotReadyError({ provider: lost.id.provider, closedReason: lost.closedReason });
  }

  async #provider(owner: string): Promise<ChainProvider> {
    const provider = await this.#components.chain.provider(owner);
    if (!provider) throw new ProviderUnreachableError({ provider: owner });
    return provider;
  }

  // --- what steps share

  #compiled(): CompiledSdl {
    const { compile, readSdl, secrets } = this.#components;
    return compile(withSecrets(readSdl(this.#init.plan.sdl), secrets));
  }

  /**
   * Does what is not done yet. A refusal may be the answer to the second copy of a transaction whose
   * first one got through: what is on chain decides.
   */
  async #once(isDone: () => Promise<boolean>, send: () => Promise<Receipt>): Promise<Json> {
    if (await isDone()) return {};
    try {
      await send();
    } catch (error) {
      if (!(error instanceof ChainRefusedError) || !(await isDone())) throw error;
    }
    return {};
  }

  get #journal(): Pick<SendOptions, 'onSigned'> {
    return this.#components.fees.journal(this.#init.deploymentId);
  }

  async #refuseStopped(): Promise<void> {
    const { deploymentId: id, mayGoOn } = this.#init;
    if (!(await mayGoOn())) throw new DeploymentStoppedError({ id });
  }

  async #wait(signal: AbortSignal): Promise<void> {
    await this.#refuseStopped();
    await this.#pause(signal);
  }

  async #pause(signal: AbortSignal): Promise<void> {
    await this.#components.pause(this.#components.settings.pollMs, signal);
  }
}

/** Where the attempt runs, from the results of its saga. */
export function readPlacements(results: SagaContext['results']): {
  dseq: string;
  placements: Placement[];
} {
  const ready = results['ready'] as { dseq: string; placements: StoredPlacement[] };
  return { dseq: ready.dseq, placements: ready.placements.map(readStored) };
}

type StoredPlacement = Omit<Placement, 'price' | 'region'> & {
  price: string;
  region: string | null;
};

function placementsOf(results: SagaContext['results']): Placement[] {
  return (results['lease'] as { placements: StoredPlacement[] }).placements.map(readStored);
}

function readStored({ price, region, ...rest }: StoredPlacement): Placement {
  return { ...rest, price: BigInt(price), region: region ?? undefined };
}

function storedPlacement({ price, region, ...rest }: Placement): { [key: string]: Json } {
  return { ...rest, price: String(price), region: region ?? null };
}

function numberOf(results: SagaContext['results']): NumberResult {
  return results['number'] as NumberResult;
}

function reasonsFor({ group, scored }: Choice['missing'][number]): string[] {
  return scored.length === 0
    ? [`nobody offers for ${group}`]
    : scored.map(({ bid, reasons }) => `${bid.provider}: ${reasons.join(', ')}`);
}

function placedBid({ id, priceAtto }: ChainBid): PlacedBid {
  const { provider, gseq, oseq, bseq } = id;
  return { provider, gseq, oseq, bseq, denom: 'uact', price: priceAtto };
}

/** Where the services of a lease answer. */
export function endpointsOf({ services, forwardedPorts }: LeaseStatus): string[] {
  return [
    ...services.flatMap(({ uris }) => uris.map((uri) => `http://${uri}`)),
    ...forwardedPorts.map(
      ({ host, externalPort, protocol }) =>
        `${protocol.toLowerCase() === 'udp' ? 'udp' : 'tcp'}://${host}:${String(externalPort)}`,
    ),
  ];
}

function isLocalHost(uri: string): boolean {
  return /^(localhost|127\.|\[::1\])/.test(new URL(uri).host);
}

// A provider that is down for a moment is asked again.
function ignoreOutage(error: unknown): undefined {
  if (error instanceof ProviderUnreachableError || error instanceof ProviderRefusedError)
    return undefined;
  throw error;
}

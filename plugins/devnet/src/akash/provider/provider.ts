import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { KeyedQueue, type Clock } from '@371os/kernel';
import { LeaseClosedReason } from '@akashnetwork/chain-sdk/private-types/akash.v1';
import {
  MsgCloseBid,
  MsgCreateBid,
  MsgWithdrawLease,
} from '@akashnetwork/chain-sdk/private-types/akash.v1beta5';
import { UACT } from '../chain/bank.ts';
import type { Block, Chain, Outcome } from '../chain/chain.ts';
import { recordFormat } from '../chain/codec.ts';
import { formatDecimal } from '../chain/decimal.ts';
import { unpackSpec } from '../chain/group-spec.ts';
import { bidKey, deploymentKey, groupKey, type BidId, type OrderId } from '../chain/ids.ts';
import { BID_DEPOSIT, idOf, type Lease } from '../chain/market.ts';
import { meetsRequirements } from '../chain/requirements.ts';
import type { Store, Table } from '../chain/store.ts';
import type { Faults } from '../faults.ts';
import type { ChainKey } from '../keys.ts';
import { GatewayError } from './errors.ts';
import type { LeaseDesk, LeasePath } from './gateway.ts';
import type { KnownImages } from './images.ts';
import { crossValidate, manifestHash, parseManifest, type ManifestGroup } from './manifest.ts';
import { priceFor } from './price-script.ts';
import type { ProviderProfile } from './provider-profile.ts';
import { Timers } from './timers.ts';
import { mapPorts, Workload, type PortMapping } from './workload.ts';

const WITHDRAW_EVERY_BLOCKS = 100;

/** How long a provider waits, in milliseconds. */
export interface ProviderTimes {
  /** A bid that nobody takes is withdrawn after this. */
  readonly bidLifetimeMs: number;
  /** A lease that no manifest comes for is closed after this. */
  readonly manifestTimeoutMs: number;
}

export interface ProviderInit {
  readonly profile: ProviderProfile;
  readonly key: ChainKey;
  readonly chain: Chain;
  readonly store: Store;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly times: ProviderTimes;
  readonly images: KnownImages;
  /** Of the data of what it runs. */
  readonly directory: string;
}

/** What a provider was sent for a lease; it survives a restart. */
interface Delivery {
  readonly group: ManifestGroup;
  readonly hash: string;
  readonly ports: readonly PortMapping[];
}

/**
 * A provider: bids on orders by its price script, closes what nobody takes or sends a manifest for,
 * and runs what it has a lease and a manifest for. It does through the chain what the real one does,
 * and learns what happened from the blocks.
 */
export class Provider implements LeaseDesk {
  readonly #init: ProviderInit;
  readonly #deliveries: Table<Delivery>;
  readonly #workloads = new Map<string, Workload>();
  readonly #timers = new Timers();
  readonly #deliveriesInOrder = new KeyedQueue();
  readonly #endings = new Set<Promise<void>>();
  #unsubscribe: () => void = () => undefined;

  constructor(init: ProviderInit) {
    this.#init = init;
    this.#deliveries = init.store.table(`delivery/${init.profile.name}`, recordFormat());
  }

  get address(): string {
    return this.#init.key.address;
  }

  get profile(): ProviderProfile {
    return this.#init.profile;
  }

  /** Takes up what the chain says is its own, and follows it from there. */
  async start(): Promise<void> {
    const { market } = this.#init.chain.state;
    this.#forgetEnded();
    const isOwn = (id: BidId): boolean => id.provider === this.address;
    for (const order of market.orders()) if (order.state === 'open') this.#consider(order);
    for (const bid of market.bids().filter(isOwn)) if (bid.state === 'open') this.#expire(bid);
    for (const lease of market.leases().filter(isOwn))
      if (lease.state === 'active') await this.#resume(lease);
    this.#unsubscribe = this.#init.chain.onBlock((block) => {
      this.#follow(block);
    });
  }

  async stop(): Promise<void> {
    this.#unsubscribe();
    this.#timers.clear();
    const workloads = [...this.#workloads.values()];
    this.#workloads.clear();
    await Promise.all([...this.#endings, ...workloads.map(async (workload) => workload.stop())]);
  }

  // --- the chain

  #follow({ height, events }: Block): void {
    for (const { type, attributes } of events) {
      const id = JSON.parse(attributes['id'] ?? '{}') as BidId;
      if (type.endsWith('EventOrderCreated')) this.#consider(id);
      if (id.provider !== this.address) continue;
      if (type.endsWith('EventBidCreated')) this.#expire(id);
      if (type.endsWith('EventLeaseCreated')) this.#expect(id);
      if (type.endsWith('EventLeaseClosed')) this.#end(id);
    }
    if (height % WITHDRAW_EVERY_BLOCKS === 0) this.#withdraw();
  }

  /** Bids on an order after a while, if it is still open then. */
  #consider(id: OrderId): void {
    const delayMs = this.#faults.bidDelayMs ?? this.profile.bidDelayMs;
    this.#timers.after(delayMs, () => {
      this.#bid(id);
    });
  }

  #bid(orderId: OrderId): void {
    const { market, providers } = this.#init.chain.state;
    const order = market.order(orderId);
    const self = providers.find(this.address);
    const id = { ...orderId, provider: this.address, bseq: 0 };
    if (order?.state !== 'open' || !self || market.bid(id) || this.#faults.noBids) return;
    const spec = unpackSpec(order.spec);
    const price = priceFor(spec, this.profile);
    const audits = providers.audits(this.address);
    if (price === undefined || !meetsRequirements(spec.requirements ?? {}, self, audits)) return;
    void this.#init.chain.perform(
      MsgCreateBid,
      MsgCreateBid.fromPartial({
        id,
        price: { denom: UACT, amount: formatDecimal(price) },
        deposit: { amount: { denom: UACT, amount: String(BID_DEPOSIT) } },
      }),
    );
  }

  #expire(id: BidId): void {
    const lifetimeMs = this.#faults.bidLifetimeMs ?? this.#init.times.bidLifetimeMs;
    this.#timers.after(lifetimeMs, () => {
      const isOpen = this.#init.chain.state.market.bid(id)?.state === 'open';
      if (isOpen) void this.close(id, LeaseClosedReason.lease_closed_invalid);
    });
  }

  #expect(id: BidId): void {
    this.#timers.after(this.#init.times.manifestTimeoutMs, () => {
      if (!this.#deliveries.get(bidKey(id)))
        void this.close(id, LeaseClosedReason.lease_closed_reason_manifest_timeout);
    });
    const { unstableAfterMs } = this.profile;
    if (unstableAfterMs !== undefined)
      this.#timers.after(unstableAfterMs, () => {
        void this.close(id, LeaseClosedReason.lease_closed_reason_unstable);
      });
  }

  /** Withdraws a bid, or ends the lease that came of it. */
  async close(id: BidId, reason: LeaseClosedReason): Promise<Outcome> {
    const message = MsgCloseBid.fromPartial({ id: idOf(id), reason });
    return this.#init.chain.perform(MsgCloseBid, message);
  }

  #withdraw(): void {
    for (const [, lease] of this.#activeLeases())
      void this.#init.chain.perform(
        MsgWithdrawLease,
        MsgWithdrawLease.fromPartial({ id: idOf(lease) }),
      );
  }

  #activeLeases(): [key: string, lease: Lease][] {
    return [...this.#workloads.keys()].flatMap((key) => {
      const [lease] = this.#init.chain.state.market.leases(key);
      return lease?.state === 'active' ? [[key, lease] as [string, Lease]] : [];
    });
  }

  // --- the leases

  async #resume(lease: Lease): Promise<void> {
    const key = bidKey(lease);
    const delivery = this.#deliveries.get(key);
    this.#expect(lease);
    if (delivery) await this.#run(lease, delivery.group, delivery.hash, delivery.ports);
  }

  // The same manifest again changes nothing.
  async #deliver(lease: Lease, group: ManifestGroup, hash: string): Promise<void> {
    const key = bidKey(lease);
    await this.#deliveriesInOrder.run(key, async () => {
      const before = this.#deliveries.get(key);
      if (before?.hash !== hash) await this.#run(lease, group, hash, before?.ports);
    });
  }

  async #run(
    id: BidId,
    group: ManifestGroup,
    hash: string,
    before: readonly PortMapping[] = [],
  ): Promise<void> {
    const key = bidKey(id);
    const { images } = this.#init;
    const ports = await mapPorts(group, before);
    await this.#workloads.get(key)?.stop();
    if (!this.#isActive(key)) return;
    this.#deliveries.set(key, { group, hash, ports });
    const workload = new Workload({
      ...{ group, ports, images, directory: this.#directoryOf(key) },
      isLie: this.#faults.liesAboutReadiness,
      onUnstable: () => {
        void this.close(id, LeaseClosedReason.lease_closed_reason_unstable);
      },
    });
    this.#workloads.set(key, workload);
  }

  #end(id: BidId): void {
    const key = bidKey(id);
    const workload = this.#workloads.get(key);
    this.#workloads.delete(key);
    this.#deliveries.delete(key);
    const ending = (workload?.stop() ?? Promise.resolve()).then(() => {
      this.#removeData(key);
      this.#endings.delete(ending);
    });
    this.#endings.add(ending);
  }

  // What ended in the moment that the devnet was killed in.
  #forgetEnded(): void {
    for (const [key] of this.#deliveries.list().filter(([one]) => !this.#isActive(one))) {
      this.#deliveries.delete(key);
      this.#removeData(key);
    }
  }

  #isActive(key: string): boolean {
    return this.#init.chain.state.market.leases(key)[0]?.state === 'active';
  }

  #removeData(key: string): void {
    rmSync(this.#directoryOf(key), { recursive: true, force: true });
  }

  #directoryOf(key: string): string {
    return join(this.#init.directory, this.profile.name, ...key.split('/'));
  }

  // --- the gateway

  /** @throws GatewayError (404, 422) */
  async submitManifest(owner: string, dseq: string, body: string): Promise<void> {
    const { state } = this.#init.chain;
    const { faults, profile } = this.#init;
    const leases = state.market
      .leases(deploymentKey({ owner, dseq }))
      .filter((lease) => lease.provider === this.address && lease.state === 'active');
    if (leases.length === 0 || faults.takeFrom(profile.name, 'manifestNotFound'))
      throw new GatewayError({ status: 404, problem: 'no lease for deployment' });
    if (faults.takeFrom(profile.name, 'manifestRejected'))
      throw new GatewayError({ status: 422, problem: 'manifest rejected' });
    const manifest = parseManifest(body);
    const hash = manifestHash(manifest).toString('base64');
    if (hash !== state.deployments.find({ owner, dseq })?.hash)
      throw new GatewayError({ status: 422, problem: 'manifest version validation failed' });
    const groups = state.deployments.groups({ owner, dseq });
    crossValidate(
      manifest,
      groups.map(({ spec }) => unpackSpec(spec)),
    );
    for (const lease of leases) {
      const { name } = unpackSpec(groups[lease.gseq - 1]?.spec ?? '');
      const group = manifest.find((one) => one.name === name);
      if (group) await this.#deliver(lease, group, hash);
    }
  }

  manifest(owner: string, lease: LeasePath): string | undefined {
    const key = this.#keyOf(owner, lease);
    const delivery = key === undefined ? undefined : this.#deliveries.get(key);
    return delivery && JSON.stringify([delivery.group]);
  }

  workload(owner: string, lease: LeasePath): Workload | undefined {
    const key = this.#keyOf(owner, lease);
    return key === undefined ? undefined : this.#workloads.get(key);
  }

  status(): object {
    const { capacity } = this.profile;
    const node = {
      cpu: Number(capacity.cpuMilli),
      ...{ gpu: Number(capacity.gpu), memory: Number(capacity.memoryBytes) },
      storage_ephemeral: Number(capacity.storageBytes),
    };
    const leases = this.#workloads.size;
    return {
      cluster: { leases, inventory: { available: { nodes: [node] } } },
      ...{ bidengine: { orders: 0 }, manifest: { deployments: leases } },
      cluster_public_hostname: 'localhost',
    };
  }

  #keyOf(owner: string, { dseq, gseq, oseq }: LeasePath): string | undefined {
    const prefix = groupKey({ owner, dseq, gseq });
    return [...this.#workloads.keys()].find(
      (key) => key.startsWith(prefix) && Number(key.split('/')[3]) === oseq,
    );
  }

  get #faults(): ReturnType<Faults['provider']> {
    return this.#init.faults.provider(this.profile.name);
  }
}

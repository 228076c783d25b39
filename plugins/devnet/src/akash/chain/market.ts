import { LeaseClosedReason } from '@akashnetwork/chain-sdk/private-types/akash.v1';
import { UACT } from './bank.ts';
import type { ChainContext } from './chain-context.ts';
import { refuse } from './chain-error.ts';
import { recordFormat } from './codec.ts';
import { formatDecimal, type Atto } from './decimal.ts';
import type { Group } from './deployments.ts';
import type { Escrow } from './escrow.ts';
import { orderPrice, unpackSpec } from './group-spec.ts';
import {
  bidKey,
  deploymentXid,
  groupKey,
  orderKey,
  paymentXid,
  type BidId,
  type GroupId,
  type OrderId,
} from './ids.ts';
import type { Table } from './store.ts';

export interface Order extends OrderId {
  readonly state: 'open' | 'active' | 'closed';
  /** Packed GroupSpec. */
  readonly spec: string;
  readonly createdAt: number;
}

export interface Bid extends BidId {
  readonly state: 'open' | 'active' | 'lost' | 'closed';
  /** uact a block. */
  readonly price: Atto;
  readonly createdAt: number;
}

export type LeaseState = 'active' | 'insufficient_funds' | 'closed';

export interface Lease extends BidId {
  readonly state: LeaseState;
  readonly price: Atto;
  readonly createdAt: number;
  readonly closedOn: number;
  readonly reason: LeaseClosedReason;
}

/** What a provider must put down for a bid, and gets back when it is closed. */
export const BID_DEPOSIT = 500_000n;
export const ORDER_MAX_BIDS = 20;

/** Orders, bids and leases: who gives what to whom, and for how much. */
export class Market {
  readonly #context: ChainContext;
  readonly #escrow: Escrow;
  readonly #orders: Table<Order>;
  readonly #bids: Table<Bid>;
  readonly #leases: Table<Lease>;

  constructor(context: ChainContext, escrow: Escrow) {
    this.#context = context;
    this.#escrow = escrow;
    this.#orders = context.store.table('order', recordFormat());
    this.#bids = context.store.table('bid', recordFormat());
    this.#leases = context.store.table('lease', recordFormat());
  }

  order(id: OrderId): Order | undefined {
    return this.#orders.get(orderKey(id));
  }

  bid(id: BidId): Bid | undefined {
    return this.#bids.get(bidKey(id));
  }

  lease(id: BidId): Lease | undefined {
    return this.#leases.get(bidKey(id));
  }

  /** By a key's beginning: an owner with `/`, a deployment, a group. */
  orders(prefix = ''): Order[] {
    return this.#orders.list(prefix).map(([, order]) => order);
  }

  bids(prefix = ''): Bid[] {
    return this.#bids.list(prefix).map(([, bid]) => bid);
  }

  leases(prefix = ''): Lease[] {
    return this.#leases.list(prefix).map(([, lease]) => lease);
  }

  createOrder({ owner, dseq, gseq, spec }: Group): void {
    const oseq = this.orders(groupKey({ owner, dseq, gseq })).length + 1;
    const id = { owner, dseq, gseq, oseq };
    this.#orders.set(orderKey(id), {
      ...{ ...id, state: 'open', spec, createdAt: this.#context.height },
    });
    this.#context.emit('akash.market.v1.EventOrderCreated', { id });
  }

  /** @throws ChainError (market 4, 13, 15, 21, 28, 31) */
  createBid(id: BidId, denom: string, price: Atto): void {
    const order = this.order(id) ?? refuse('market.orderNotFound');
    if (order.state !== 'open') refuse('market.orderNotOpen');
    if (this.bids(orderKey(id)).length >= ORDER_MAX_BIDS)
      refuse('market.invalidBid', 'too many existing bids');
    if (denom !== UACT || price <= 0n) refuse('market.invalidBid', `price in ${denom}`);
    if (price > orderPrice(unpackSpec(order.spec))) refuse('market.overOrder');
    if (this.bid(id)) refuse('market.bidExists');
    this.#escrow.open(bidAccount(id), id.provider, UACT, BID_DEPOSIT);
    this.#bids.set(bidKey(id), { ...id, state: 'open', price, createdAt: this.#context.height });
    this.#context.emit('akash.market.v1.EventBidCreated', { id, price: priceOf(price) });
  }

  /**
   * Makes a lease of a bid; the other bids for the order lose.
   * @throws ChainError (market 12, 13, 18)
   */
  createLease(id: BidId): void {
    const bid = this.bid(id) ?? refuse('market.bidNotFound');
    if (bid.state !== 'open') refuse('market.bidNotOpen');
    const order = this.order(id) ?? refuse('market.orderNotFound');
    if (order.state !== 'open') refuse('market.orderNotOpen');
    const { provider, price } = bid;
    this.#escrow.startPayment(deploymentAccount(id), paymentXid(id), provider, UACT, price);
    this.#orders.set(orderKey(order), { ...order, state: 'active' });
    this.#bids.set(bidKey(bid), { ...bid, state: 'active' });
    this.#leases.set(bidKey(id), {
      ...{ ...idOf(id), state: 'active', price, createdAt: this.#context.height },
      ...{ closedOn: 0, reason: LeaseClosedReason.lease_closed_invalid },
    });
    this.#context.emit('akash.market.v1.EventLeaseCreated', { id, price: priceOf(price) });
    for (const other of this.bids(orderKey(order)))
      if (other.state === 'open') this.#endBid(other, 'lost');
  }

  /** Withdraws a bid that nobody has taken. */
  closeBid(bid: Bid): void {
    if (bid.state === 'open' || bid.state === 'active') this.#endBid(bid, 'closed');
  }

  /** @throws ChainError (market 10, 20) when there is no active lease. */
  closeLease(id: BidId, reason: LeaseClosedReason): void {
    const lease = this.lease(id) ?? refuse('market.leaseNotFound');
    if (lease.state !== 'active') refuse('market.leaseNotActive');
    this.endLease(id, 'closed', reason);
    this.#escrow.closePayment(deploymentAccount(id), paymentXid(id));
  }

  /** What becomes of a lease, its bid and its order when its payment ends. */
  endLease(id: BidId, state: LeaseState, reason: LeaseClosedReason): void {
    const lease = this.lease(id);
    if (lease?.state !== 'active') return;
    const closedOn = this.#context.height;
    this.#leases.set(bidKey(id), { ...lease, state, closedOn, reason });
    this.#context.emit('akash.market.v1.EventLeaseClosed', { id: idOf(id), reason });
    const order = this.order(id);
    if (order) this.#closeOrder(order);
  }

  closeGroup(id: GroupId): void {
    for (const order of this.orders(groupKey(id))) this.#closeOrder(order);
  }

  #closeOrder(order: Order): void {
    if (order.state === 'closed') return;
    this.#orders.set(orderKey(order), { ...order, state: 'closed' });
    for (const bid of this.bids(orderKey(order))) this.closeBid(bid);
  }

  #endBid(bid: Bid, state: 'lost' | 'closed'): void {
    this.#bids.set(bidKey(bid), { ...bid, state });
    this.#escrow.close(bidAccount(bid));
    this.#context.emit('akash.market.v1.EventBidClosed', { id: idOf(bid) });
  }
}

export function idOf({ owner, dseq, gseq, oseq, provider, bseq }: BidId): BidId {
  return { owner, dseq, gseq, oseq, provider, bseq };
}

export function deploymentAccount(id: BidId): { scope: 'deployment'; xid: string } {
  return { scope: 'deployment', xid: deploymentXid(id) };
}

export function bidAccount(id: BidId): { scope: 'bid'; xid: string } {
  return { scope: 'bid', xid: `${deploymentXid(id)}/${paymentXid(id)}` };
}

function priceOf(price: Atto): { denom: string; amount: string } {
  return { denom: UACT, amount: formatDecimal(price) };
}

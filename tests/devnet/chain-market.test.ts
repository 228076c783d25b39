import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  LeaseClosedReason,
  MsgAccountDeposit,
  Scope,
  Source,
  type Types_Account,
} from '@akashnetwork/chain-sdk/private-types/akash.v1';
import {
  MsgCloseDeployment,
  MsgCloseGroup,
  MsgCreateDeployment,
  MsgPauseGroup,
  MsgStartGroup,
  MsgUpdateDeployment,
} from '@akashnetwork/chain-sdk/private-types/akash.v1beta4';
import {
  MsgCloseBid,
  MsgCloseLease,
  MsgCreateBid,
  MsgCreateLease,
  MsgWithdrawLease,
} from '@akashnetwork/chain-sdk/private-types/akash.v1beta5';
import { createChainNodeSDK, type ChainNodeSDK } from '@akashnetwork/chain-sdk';
import type { IndexedTx } from '@cosmjs/stargate';
import * as fc from 'fast-check';
import { message, startLocalChain, type LocalChain } from './local-chain.ts';
import { planService, type Plan } from './manifests.ts';

const DEPOSIT = 5_000_000;
let chain: LocalChain;
let sdk: ChainNodeSDK;
let plan: Plan;
let dseq = 1000;

beforeAll(async () => {
  chain = await startLocalChain();
  sdk = createChainNodeSDK({ query: { baseUrl: chain.grpcUrl } });
  plan = await planService();
});

beforeEach(() => {
  dseq += 1;
});

const owner = (): string => chain.tenant.address;
const id = (): { owner: string; dseq: number } => ({ owner: owner(), dseq });
const groupId = (): { owner: string; dseq: number; gseq: number } => ({ ...id(), gseq: 1 });
const bidId = (oseq = 1): Required<NonNullable<MsgCreateLease['bidId']>> =>
  ({ ...groupId(), oseq, provider: chain.provider.address, bseq: 0 }) as never;

async function create(change: Partial<Parameters<typeof MsgCreateDeployment.fromPartial>[0]> = {}) {
  return chain.tenant.send(
    message(MsgCreateDeployment, {
      ...{ id: id(), groups: plan.groups, hash: plan.hash, ...change },
      deposit: change.deposit ?? { amount: uact(DEPOSIT), sources: [Source.balance] },
    }),
  );
}

async function bid(amount = '2.5', oseq = 1): Promise<IndexedTx> {
  const price = { denom: 'uact', amount };
  return chain.provider.send(
    message(MsgCreateBid, {
      ...{ id: bidId(oseq), price, deposit: { amount: uact(500_000), sources: [Source.balance] } },
    }),
  );
}

async function lease(oseq = 1): Promise<IndexedTx> {
  return chain.tenant.send(message(MsgCreateLease, { bidId: bidId(oseq) }));
}

async function running(rate = '2.5'): Promise<void> {
  for (const result of [await create(), await bid(rate), await lease()])
    expect(result).toMatchObject({ code: 0 });
}

async function look() {
  const { deployment, groups, escrowAccount } = await sdk.akash.deployment.v1beta4.getDeployment({
    id: id(),
  });
  const { leases } = await sdk.akash.market.v1beta5.getLeases({ filters: id() });
  const { bids } = await sdk.akash.market.v1beta5.getBids({ filters: id() });
  const { orders } = await sdk.akash.market.v1beta5.getOrders({ filters: id() });
  return { deployment, groups, escrowAccount, leases, bids, orders };
}

async function balance(party: 'tenant' | 'provider', denom = 'uact'): Promise<bigint> {
  return BigInt((await chain.tenant.client.getBalance(chain[party].address, denom)).amount);
}

function uact(amount: number | bigint): { denom: string; amount: string } {
  return { denom: 'uact', amount: String(amount) };
}

describe('a deployment', () => {
  it('is created with its deposit in escrow and an order for each group', async () => {
    const before = await balance('tenant');
    expect(await create()).toMatchObject({ code: 0 });
    expect(await balance('tenant')).toBe(before - BigInt(DEPOSIT));
    const { deployment, groups, escrowAccount, orders } = await look();
    expect(deployment).toMatchObject({ state: 1, hash: plan.hash });
    expect(groups.map(({ state }) => state)).toEqual([1]);
    expect(orders.map(({ state }) => state)).toEqual([1]);
    expect(funds(escrowAccount)).toBe(BigInt(DEPOSIT));
  });

  it.each<[string, string, number, () => Promise<Parameters<typeof create>[0]>]>([
    ['a deposit in AKT', 'deployment', 20, async () => deposit('uakt', DEPOSIT)],
    ['too little a deposit', 'deployment', 20, async () => deposit('uact', 499_999)],
    ['a price in AKT', 'deployment', 24, async () => planService({ denom: 'uakt' })],
    ['no groups', 'deployment', 7, async () => ({ groups: [] })],
    ['no hash', 'deployment', 9, async () => ({ hash: new Uint8Array() })],
    ['a hash that is none', 'deployment', 10, async () => ({ hash: new Uint8Array(31) })],
    ['a price above the limit', 'deployment', 19, async () => planService({ price: 10_000_001 })],
    [
      'two groups of one name',
      'deployment',
      25,
      async () => ({
        groups: [...plan.groups, ...plan.groups],
      }),
    ],
    ['more than there is', 'escrow', 16, async () => deposit('uact', 900_000_000)],
  ])('is refused for %s (%s %i)', async (_why, codespace, code, change) => {
    const before = await balance('tenant');
    const partial = (await change()) ?? {};
    const result = await create('manifest' in partial ? { groups: partial.groups ?? [] } : partial);
    expect(result).toMatchObject({ code });
    expect(chain.chain.transaction(result.hash)).toMatchObject({ codespace });
    expect(await balance('tenant')).toBe(before);
    await expect(look()).rejects.toThrow(/not found/);
  });

  it('is created once', async () => {
    await create();
    expect(await create()).toMatchObject({ code: 3 });
  });

  it('is given another hash, but not the same', async () => {
    await create();
    const update = async (hash: Uint8Array): Promise<IndexedTx> =>
      chain.tenant.send(message(MsgUpdateDeployment, { id: id(), hash }));
    expect(await update(new Uint8Array(32).fill(7))).toMatchObject({ code: 0 });
    expect(await update(new Uint8Array(32).fill(7))).toMatchObject({ code: 10 });
    expect((await look()).deployment?.hash).toEqual(new Uint8Array(32).fill(7));
  });

  it('is refunded to the last uact when nobody was paid, and closed once', async () => {
    const before = await balance('tenant');
    await create();
    await bid();
    const close = message(MsgCloseDeployment, { id: id() });
    expect(await chain.tenant.send(close)).toMatchObject({ code: 0 });
    expect(await balance('tenant')).toBe(before);
    expect(await chain.tenant.send(close)).toMatchObject({ code: 5 });
    const { deployment, groups, bids, escrowAccount } = await look();
    expect(deployment?.state).toBe(2);
    expect(groups[0]?.state).toBe(4);
    expect(bids[0]?.bid?.state).toBe(4);
    expect(escrowAccount?.state).toMatchObject({ state: 2, deposits: [] });
  });

  it('cannot be closed when there is none', async () => {
    expect(await chain.tenant.send(message(MsgCloseDeployment, { id: id() }))).toMatchObject({
      code: 4,
    });
  });
});

describe('a bid', () => {
  it('costs a deposit that comes back with the withdrawal', async () => {
    await create();
    const before = await balance('provider');
    expect(await bid()).toMatchObject({ code: 0 });
    expect(await balance('provider')).toBe(before - 500_000n);
    expect((await look()).bids[0]).toMatchObject({
      bid: { state: 1, price: { denom: 'uact', amount: '2.5' }, resourcesOffer: [{ count: 1 }] },
    });
    await chain.provider.send(message(MsgCloseBid, { id: bidId() }));
    expect(await balance('provider')).toBe(before);
    expect((await look()).bids[0]?.bid?.state).toBe(4);
  });

  it('is made once, for an order that there is, at no more than its price', async () => {
    expect(await bid()).toMatchObject({ code: 15 });
    await create();
    expect(await bid('100.000000000000000001')).toMatchObject({ code: 4 });
    expect(await bid('100')).toMatchObject({ code: 0 });
    expect(await bid('99')).toMatchObject({ code: 21 });
  });

  it('is refused when the provider lacks an attribute', async () => {
    await create({ groups: (await planService({ region: 'eu-central' })).groups });
    expect(await bid()).toMatchObject({ code: 5 });
  });

  it('is refused when nobody vouches for the provider', async () => {
    const { groups } = await planService({ region: 'us-west', auditor: 'akash1auditor' });
    await create({ groups });
    expect(await bid()).toMatchObject({ code: 5 });
  });
});

describe('a lease', () => {
  it('is made of an open bid, once', async () => {
    expect(await lease()).toMatchObject({ code: 18 });
    await create();
    await bid();
    expect(await lease()).toMatchObject({ code: 0 });
    expect(await lease()).toMatchObject({ code: 12 });
    const { leases, orders, bids } = await look();
    expect(leases[0]?.lease).toMatchObject({ state: 1, reason: 0, price: { amount: '2.5' } });
    expect(orders[0]?.state).toBe(2);
    expect(bids[0]?.bid?.state).toBe(2);
  });

  it('cannot be made of a bid that was withdrawn', async () => {
    await create();
    await bid();
    await chain.provider.send(message(MsgCloseBid, { id: bidId() }));
    expect(await lease()).toMatchObject({ code: 12 });
  });

  it('is paid by the block, and what was not used comes back', async () => {
    const before = { tenant: await balance('tenant'), provider: await balance('provider') };
    await running('2.5');
    chain.chain.skip(9);
    await chain.tenant.send(message(MsgCloseDeployment, { id: id() }));
    const earned = 25n; // 9 blocks that were skipped and the one that closes, at 2.5
    expect(await balance('provider')).toBe(before.provider + earned);
    expect(await balance('tenant')).toBe(before.tenant - earned);
    const { leases } = await look();
    expect(leases[0]?.lease).toMatchObject({ state: 3, reason: 10002 });
    expect(leases[0]?.escrowPayment?.state).toMatchObject({
      ...{ state: 2, balance: { amount: '0' }, withdrawn: { amount: '25' } },
    });
  });

  it('lets the provider withdraw what it earned', async () => {
    await running('10');
    const before = await balance('provider');
    chain.chain.skip(99);
    expect(await chain.provider.send(message(MsgWithdrawLease, { id: bidId() }))).toMatchObject({
      code: 0,
    });
    expect(await balance('provider')).toBe(before + 1000n);
    const { escrowAccount } = await look();
    expect(funds(escrowAccount)).toBe(BigInt(DEPOSIT) - 1000n);
    expect(escrowAccount?.state?.settledAt.toNumber()).toBe(chain.chain.height);
  });

  it('that its tenant closes is followed by a new order', async () => {
    await running();
    const closing = message(MsgCloseLease, { id: bidId() });
    expect(await chain.tenant.send(closing)).toMatchObject({ code: 0 });
    expect(await chain.tenant.send(closing)).toMatchObject({ code: 24 });
    const { leases, orders, deployment } = await look();
    expect(deployment?.state).toBe(1);
    expect(leases[0]?.lease).toMatchObject({ state: 3, reason: 1 });
    expect(orders.map(({ state }) => state)).toEqual([3, 1]);
    expect(await bid('2', 2)).toMatchObject({ code: 0 });
    expect(await lease(2)).toMatchObject({ code: 0 });
  });

  it('that its provider closes leaves the group paused, until it is started again', async () => {
    await running();
    const reason = LeaseClosedReason.lease_closed_reason_unstable;
    await chain.provider.send(message(MsgCloseBid, { id: bidId(), reason }));
    const { leases, groups } = await look();
    expect(leases[0]?.lease).toMatchObject({ state: 3, reason: 10000 });
    expect(groups[0]?.state).toBe(2);
    const starting = message(MsgStartGroup, { id: groupId() });
    expect(await chain.tenant.send(starting)).toMatchObject({ code: 0 });
    expect(await chain.tenant.send(starting)).toMatchObject({ code: 16 });
    expect(await bid('2', 2)).toMatchObject({ code: 0 });
  });

  it.each([
    ['paused', MsgPauseGroup, 2],
    ['closed', MsgCloseGroup, 4],
  ] as const)('ends with its group being %s', async (_how, codec, state) => {
    await running();
    expect(await chain.tenant.send(message(codec, { id: groupId() }))).toMatchObject({ code: 0 });
    const { leases, groups, orders } = await look();
    expect(groups[0]?.state).toBe(state);
    expect(leases[0]?.lease).toMatchObject({ state: 3, reason: 1 });
    expect(orders.map((order) => order.state)).toEqual([3]);
    expect(await chain.tenant.send(message(codec, { id: groupId() }))).not.toMatchObject({
      code: 0,
    });
  });

  it('is closed with 20000 when the escrow runs out, and nothing is lost', async () => {
    const before = { tenant: await balance('tenant'), provider: await balance('provider') };
    await running('100');
    chain.chain.skip(DEPOSIT / 100);
    expect((await look()).deployment?.state).toBe(1);
    chain.chain.makeBlock();
    const { deployment, groups, leases, escrowAccount } = await look();
    expect(deployment?.state).toBe(2);
    expect(groups[0]?.state).toBe(3);
    expect(leases[0]?.lease).toMatchObject({ state: 2, reason: 20000 });
    expect(escrowAccount?.state?.state).toBe(3);
    expect(funds(escrowAccount)).toBe(-100n);
    expect(await balance('provider')).toBe(before.provider + BigInt(DEPOSIT));
    expect(await balance('tenant')).toBe(before.tenant - BigInt(DEPOSIT));
    expect(await topUp(1000)).toMatchObject({ code: 0 });
    expect(await balance('tenant')).toBe(before.tenant - BigInt(DEPOSIT) - 100n);
  });

  it('lives longer after a deposit', async () => {
    await running('100');
    expect(await topUp(500)).toMatchObject({ code: 0 });
    chain.chain.skip(DEPOSIT / 100 + 3);
    expect((await look()).deployment?.state).toBe(1);
    const { deposits } = (await look()).escrowAccount?.state ?? {};
    expect(deposits?.map(({ balance: left }) => left?.amount)).toEqual([String(DEPOSIT), '500']);
  });

  it('takes a deposit in ACT alone, for an account that there is', async () => {
    expect(await topUp(500)).toMatchObject({ code: 3 });
    await running();
    expect(await topUp(500, 'uakt')).toMatchObject({ code: 5 });
    await chain.tenant.send(message(MsgCloseDeployment, { id: id() }));
    expect(await topUp(500)).toMatchObject({ code: 2 });
  });

  async function topUp(amount: number, denom = 'uact'): Promise<IndexedTx> {
    return chain.tenant.send(
      message(MsgAccountDeposit, {
        signer: owner(),
        id: { scope: Scope.deployment, xid: `${owner()}/${String(dseq)}` },
        deposit: { amount: { denom, amount: String(amount) }, sources: [Source.balance] },
      }),
    );
  }
});

it('neither makes nor loses a uact, whatever happens in whichever order', async () => {
  const actions = {
    create,
    bid: async () => bid('33.333333333333333333'),
    lease,
    withdraw: async () => chain.provider.send(message(MsgWithdrawLease, { id: bidId() })),
    closeLease: async () => chain.tenant.send(message(MsgCloseLease, { id: bidId() })),
    closeBid: async () => chain.provider.send(message(MsgCloseBid, { id: bidId() })),
    close: async () => chain.tenant.send(message(MsgCloseDeployment, { id: id() })),
    skip: async () => chain.chain.skip(100_001),
  };
  const names = Object.keys(actions) as (keyof typeof actions)[];
  const total = await everywhere();
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom(...names), { maxLength: 8 }), async (steps) => {
      dseq += 1;
      for (const name of ['create', 'bid', ...steps] as const) await actions[name]();
      expect(await everywhere()).toBe(total);
    }),
    { numRuns: 20 },
  );
});

// What the two have, what is deposited, and what is earned and not withdrawn.
async function everywhere(): Promise<bigint> {
  const { escrow } = chain.chain.state;
  const inEscrow = [
    ...escrow.accounts().flatMap(({ deposits }) => deposits.map(({ amount }) => amount)),
    ...escrow.payments().map((payment) => payment.balance),
  ].reduce((sum, amount) => sum + amount, 0n);
  return (await balance('tenant')) + (await balance('provider')) + inEscrow;
}

function deposit(denom: string, amount: number): object {
  return { deposit: { amount: { denom, amount: String(amount) }, sources: [Source.balance] } };
}

function funds(account: Types_Account | undefined): bigint {
  return BigInt(account?.state?.funds[0]?.amount ?? 0);
}

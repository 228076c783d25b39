import { X509Certificate } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { createChainNodeSDK, type ChainNodeSDK } from '@akashnetwork/chain-sdk';
import {
  MsgCreateCertificate,
  MsgMintACT,
  MsgRevokeCertificate,
  Source,
} from '@akashnetwork/chain-sdk/private-types/akash.v1';
import { MsgCreateDeployment } from '@akashnetwork/chain-sdk/private-types/akash.v1beta4';
import { MsgCreateBid } from '@akashnetwork/chain-sdk/private-types/akash.v1beta5';
import type { IndexedTx } from '@cosmjs/stargate';
import { accountCertificate } from '@371os/devnet';
import { message, startLocalChain, type LocalChain } from './local-chain.ts';
import { planService } from './manifests.ts';

let chain: LocalChain;
let sdk: ChainNodeSDK;
beforeAll(async () => {
  chain = await startLocalChain();
  sdk = createChainNodeSDK({ query: { baseUrl: chain.grpcUrl } });
});

async function rest(path: string): Promise<{ status: number; body: never }> {
  const response = await fetch(`${chain.restUrl}${path}`);
  return { status: response.status, body: (await response.json()) as never };
}

describe('minting ACT', () => {
  const uakt = (amount: number): { denom: string; amount: string } => ({
    ...{ denom: 'uakt', amount: String(amount) },
  });
  const mint = async (amount: number): Promise<IndexedTx> => {
    const { address } = chain.tenant;
    return chain.tenant.send(
      message(MsgMintACT, { owner: address, to: address, coinsToBurn: uakt(amount) }),
    );
  };
  const balances = async (): Promise<{ uakt: bigint; uact: bigint }> => {
    const { client, address } = chain.tenant;
    const of = async (denom: string): Promise<bigint> =>
      BigInt((await client.getBalance(address, denom)).amount);
    return { uakt: await of('uakt'), uact: await of('uact') };
  };
  const toEndOfEpoch = (): void => {
    do chain.chain.makeBlock();
    while (chain.chain.height % 10 !== 0);
  };
  const lastRecord = async (): Promise<{ status: string }> => {
    const { body } = await rest(`/akash/bme/v1/ledger?filters.source=${chain.tenant.address}`);
    const { records } = body as { records: { status: string }[] };
    return records.at(-1) ?? { status: 'none' };
  };

  it('takes AKT at once, and gives ACT less the spread at the end of the epoch', async () => {
    const before = await balances();
    expect(await mint(20_000_000)).toMatchObject({ code: 0 });
    expect((await balances()).uakt).toBe(before.uakt - 20_000_000n - 5000n);
    expect(await lastRecord()).toMatchObject({
      status: 'ledger_record_status_pending',
      pending_record: { coins_to_burn: uakt(20_000_000), denom_to_mint: 'uact' },
    });
    toEndOfEpoch();
    expect((await balances()).uact).toBe(before.uact + 9_975_000n);
    expect(await lastRecord()).toMatchObject({ status: 'ledger_record_status_executed' });
    const { records } = await sdk.akash.bme.v1.getLedgerRecords({});
    expect(records.at(-1)?.executedRecord?.minted?.coin).toEqual({
      denom: 'uact',
      amount: '9975000',
    });
  });

  it('may be canceled, though the transaction succeeded', async () => {
    chain.faults.setChain({ cancelMint: true });
    const before = await balances();
    expect(await mint(20_000_000)).toMatchObject({ code: 0 });
    toEndOfEpoch();
    chain.faults.setChain({});
    expect(await balances()).toEqual({ ...before, uakt: before.uakt - 5000n });
    expect(await lastRecord()).toMatchObject({ status: 'ledger_record_status_canceled' });
  });

  it.each([
    ['too little', 19_999_999, {}, 17],
    ['a circuit breaker', 20_000_000, { mintStatus: 'halt_cr' }, 6],
    ['an oracle that is not well', 20_000_000, { mintStatus: 'halt_oracle' }, 5],
  ] as const)('is refused for %s', async (_why, amount, faults, code) => {
    chain.faults.setChain(faults);
    const result = await mint(amount);
    const { mintsAllowed } = await sdk.akash.bme.v1.getStatus({});
    chain.faults.setChain({});
    expect(result).toMatchObject({ code });
    expect(mintsAllowed).toBe(code === 17);
  });

  it('has a price that both queries tell', async () => {
    const { aggregatedPrice } = await sdk.akash.oracle.v1.getAggregatedPrice({ denom: 'uakt' });
    expect(aggregatedPrice?.medianPrice).toBe('0.5');
    expect(await rest('/akash/oracle/v2/aggregated_price/uakt')).toMatchObject({
      ...{ status: 200 },
      body: { aggregated_price: { median_price: '0.500000000000000000' } },
    });
  });
});

describe('a certificate', () => {
  it('is published once, found by its serial number, and revoked once', async () => {
    const { address } = chain.tenant;
    const { cert, publicKey } = await accountCertificate(address);
    const creating = message(MsgCreateCertificate, {
      ...{ owner: address, cert: Buffer.from(cert), pubkey: Buffer.from(publicKey) },
    });
    expect(await chain.tenant.send(creating)).toMatchObject({ code: 0 });
    expect(await chain.tenant.send(creating)).toMatchObject({ code: 3 });
    const serial = BigInt(`0x${new X509Certificate(cert).serialNumber}`).toString();
    const filter = { owner: address, serial, state: 'valid' };
    const found = await sdk.akash.cert.v1.getCertificates({ filter });
    expect(found.certificates.map((one) => one.serial)).toEqual([serial]);
    expect(Buffer.from(found.certificates[0]?.certificate?.cert ?? []).toString()).toBe(cert);
    const revoking = message(MsgRevokeCertificate, { id: { owner: address, serial } });
    expect(await chain.tenant.send(revoking)).toMatchObject({ code: 0 });
    expect(await chain.tenant.send(revoking)).toMatchObject({ code: 4 });
    expect((await sdk.akash.cert.v1.getCertificates({ filter })).certificates).toEqual([]);
  });

  it('is refused when it is of somebody else, or the key is not its own', async () => {
    const { address } = chain.tenant;
    const [own, foreign] = [
      await accountCertificate(address),
      await accountCertificate(chain.provider.address),
    ];
    const create = async (cert: string, pubkey: string): Promise<IndexedTx> =>
      chain.tenant.send(
        message(MsgCreateCertificate, {
          ...{ owner: address, cert: Buffer.from(cert), pubkey: Buffer.from(pubkey) },
        }),
      );
    expect(await create(foreign.cert, foreign.publicKey)).toMatchObject({ code: 6 });
    expect(await create('nothing', own.publicKey)).toMatchObject({ code: 6 });
    expect(await create(own.cert, foreign.publicKey)).toMatchObject({ code: 7 });
  });
});

describe('the REST gateway', () => {
  it('shows a bid as the real one does: defaults, 18 places, resources as numbers', async () => {
    const { tenant, provider } = chain;
    const { groups, hash } = await planService({ region: 'us-west' });
    const deposit = { amount: { denom: 'uact', amount: '500000' }, sources: [Source.balance] };
    const id = { owner: tenant.address, dseq: 77 };
    await tenant.send(message(MsgCreateDeployment, { id, groups, hash, deposit }));
    const bidId = { ...id, gseq: 1, oseq: 1, provider: provider.address, bseq: 0 };
    const price = { denom: 'uact', amount: '1.5' };
    await provider.send(message(MsgCreateBid, { id: bidId, price, deposit }));
    const { body } = await rest(
      `/akash/market/v1beta5/bids/list?filters.owner=${tenant.address}&filters.dseq=77&filters.state=open`,
    );
    const [bid] = (body as { bids: { bid: object; escrow_account: object }[] }).bids;
    expect(bid?.bid).toEqual({
      ...{ id: { ...bidId, dseq: '77' }, state: 'open', created_at: String(chain.chain.height) },
      price: { denom: 'uact', amount: '1.500000000000000000' },
      resources_offer: [
        {
          count: 1,
          prices: null,
          resources: {
            id: 1,
            cpu: { units: { val: '500' }, attributes: [] },
            memory: { quantity: { val: '536870912' }, attributes: [] },
            storage: [{ name: 'default', quantity: { val: '1073741824' }, attributes: [] }],
            gpu: { units: { val: '0' }, attributes: [] },
            endpoints: [{ kind: 'SHARED_HTTP', sequence_number: 0 }],
          },
        },
      ],
    });
    expect(bid?.escrow_account).toMatchObject({
      id: { scope: 'bid', xid: `${tenant.address}/77/1/1/${provider.address}/0` },
      state: { state: 'open', funds: [{ denom: 'uact', amount: '500000.000000000000000000' }] },
    });
  });

  it('shows accounts and balances', async () => {
    const { address } = chain.tenant;
    expect(await rest(`/cosmos/auth/v1beta1/accounts/${address}`)).toMatchObject({
      body: {
        account: {
          ...{ '@type': '/cosmos.auth.v1beta1.BaseAccount', address },
          pub_key: { '@type': '/cosmos.crypto.secp256k1.PubKey' },
        },
      },
    });
    expect(await rest(`/cosmos/bank/v1beta1/balances/${chain.provider.address}`)).toMatchObject({
      body: { balances: [{ denom: 'uact', amount: '99500000' }, { denom: 'uakt' }] },
    });
  });

  it.each([
    ['/cosmos/auth/v1beta1/accounts/akash1nobody', 404],
    ['/akash/deployment/v1beta4/deployments/info?id.owner=akash1nobody&id.dseq=1', 404],
    ['/akash/deployment/v1beta3/deployments/list', 501],
    ['/akash/market/v1beta5/bids/list?__proto__.polluted=1', 200],
    ['/akash/deployment/v1beta4/params', 200],
    ['/akash/market/v1beta5/params', 200],
    ['/akash/bme/v1/params', 200],
    ['/akash/bme/v1/vault', 200],
    ['/akash/provider/v1beta4/providers', 200],
    ['/akash/audit/v1/audit/attributes/list', 200],
    ['/akash/escrow/v1/types/accounts', 200],
    ['/akash/escrow/v1/types/payments', 200],
  ])('answers %s with %i', async (path, status) => {
    expect(await rest(path)).toMatchObject({ status });
    expect({}).not.toHaveProperty('polluted');
  });

  it('gives a hundred records at a time, and the key to the next', async () => {
    const { address } = chain.provider;
    void chain.chain.intervene(({ providers }) => {
      for (let count = 0; count < 101; count += 1)
        providers.save({
          ...{ owner: `akash1p${String(count).padStart(3, '0')}`, hostUri: '', email: '' },
          ...{ website: '', attributes: [] },
        });
    });
    chain.chain.makeBlock();
    const first = await sdk.akash.provider.v1beta4.getProviders({});
    expect(first.providers).toHaveLength(100);
    const { nextKey: key } = first.pagination ?? {};
    const second = await sdk.akash.provider.v1beta4.getProviders({
      pagination: { key: key ?? [] } as never,
    });
    const owners = [...first.providers, ...second.providers].map(({ owner }) => owner);
    expect(new Set(owners).size).toBe(102);
    expect(owners).toContain(address);
  });
});

describe('gRPC', () => {
  it('says that a deployment is not there, and that a method is none', async () => {
    const id = { owner: chain.tenant.address, dseq: 4711 };
    await expect(sdk.akash.deployment.v1beta4.getDeployment({ id })).rejects.toThrow(/not found/);
    await expect(sdk.akash.wasm.v1.getParams({})).rejects.toThrow(/unknown method/);
  });
});

import { beforeAll, describe, expect, it } from '@jest/globals';
import { MsgCloseDeployment } from '@akashnetwork/chain-sdk/private-types/akash.v1beta4';
import { TxRaw } from '@akashnetwork/chain-sdk/private-types/cosmos.v1beta1';
import {
  coins,
  GasPrice,
  SigningStargateClient,
  StargateClient,
  type IndexedTx,
} from '@cosmjs/stargate';
import { DirectSecp256k1Wallet } from '@cosmjs/proto-signing';
import { deriveKey } from '@371os/devnet';
import { CHAIN_ID, FEE, message, party, startLocalChain, type LocalChain } from './local-chain.ts';

let chain: LocalChain;
beforeAll(async () => {
  chain = await startLocalChain();
});

describe('a client that only reads', () => {
  it('learns chain, height, balances and account', async () => {
    const client = await StargateClient.connect(chain.rpcUrl);
    const { address } = chain.provider;
    expect(await client.getChainId()).toBe(CHAIN_ID);
    expect(await client.getHeight()).toBe(chain.chain.height);
    expect(await client.getBalance(address, 'uakt')).toEqual({
      denom: 'uakt',
      amount: '100000000',
    });
    expect(await client.getAllBalances(address)).toEqual([
      { denom: 'uact', amount: '100000000' },
      { denom: 'uakt', amount: '100000000' },
    ]);
    expect(await client.getAccount(address)).toMatchObject({ address, sequence: 0, pubkey: null });
  });

  it('learns that there is no such account', async () => {
    const client = await StargateClient.connect(chain.rpcUrl);
    const { address } = await deriveKey('test', 'nobody');
    expect(await client.getAccount(address)).toBeNull();
  });
});

describe('a transaction', () => {
  it('moves coins, costs its fee, and counts', async () => {
    const { tenant, provider } = chain;
    const before = await balances();
    const { sequence } = await tenant.client.getSequence(tenant.address);
    const raw = await tenant.client.sign(tenant.address, [send(7)], FEE, '');
    const hash = await tenant.client.broadcastTxSync(TxRaw.encode(raw).finish());
    expect(await tenant.client.getTx(hash)).toBeNull();
    chain.chain.makeBlock();
    expect(await tenant.client.getTx(hash)).toMatchObject({ code: 0, height: chain.chain.height });
    const after = await balances();
    expect(after.tenant).toBe(before.tenant - 7n - 5000n);
    expect(after.provider).toBe(before.provider + 7n);
    expect((await tenant.client.getSequence(tenant.address)).sequence).toBe(sequence + 1);
    expect((await tenant.client.getAccount(tenant.address))?.pubkey).not.toBeNull();

    async function balances(): Promise<Record<'tenant' | 'provider', bigint>> {
      const of = async (address: string): Promise<bigint> =>
        BigInt((await tenant.client.getBalance(address, 'uakt')).amount);
      return { tenant: await of(tenant.address), provider: await of(provider.address) };
    }
  });

  it('can be broadcast and waited for with simulated gas', async () => {
    const { tenant } = chain;
    const wallet = await DirectSecp256k1Wallet.fromKey(
      Buffer.from(tenant.key.privateKey, 'hex'),
      'akash',
    );
    const client = await SigningStargateClient.connectWithSigner(chain.rpcUrl, wallet, {
      gasPrice: GasPrice.fromString('0.025uakt'),
      broadcastPollIntervalMs: 20,
    });
    const making = setInterval(() => chain.chain.makeBlock(), 20);
    const amount = coins(1, 'uakt');
    const result = await client
      .sendTokens(tenant.address, chain.provider.address, amount, 'auto')
      .finally(() => clearInterval(making));
    expect(result).toMatchObject({ code: 0 });
    expect(result.gasUsed).toBeGreaterThan(0n);
  });

  it('can be followed by another one in the same block', async () => {
    const { tenant } = chain;
    const { sequence, accountNumber } = await tenant.client.getSequence(tenant.address);
    const hashes = [];
    for (const offset of [0, 1]) {
      const raw = await tenant.client.sign(tenant.address, [send(1)], FEE, '', {
        ...{ sequence: sequence + offset, accountNumber, chainId: CHAIN_ID },
      });
      hashes.push(await tenant.client.broadcastTxSync(TxRaw.encode(raw).finish()));
    }
    chain.chain.makeBlock();
    for (const hash of hashes) expect(await tenant.client.getTx(hash)).toMatchObject({ code: 0 });
  });

  it('is charged for and undone when a message of it fails', async () => {
    const { tenant } = chain;
    const before = await tenant.client.getBalance(tenant.address, 'uakt');
    const result = await tenant.send(send(5), closing(tenant.address));
    expect(result).toMatchObject({ code: 4 });
    expect(logOf(result)).toContain('Deployment not found');
    const after = await tenant.client.getBalance(tenant.address, 'uakt');
    expect(BigInt(after.amount)).toBe(BigInt(before.amount) - 5000n);
  });

  it('runs out of gas', async () => {
    const { tenant } = chain;
    const raw = await tenant.client.sign(tenant.address, [send(5)], { ...FEE, gas: '1000' }, '');
    const hash = await tenant.client.broadcastTxSync(TxRaw.encode(raw).finish());
    chain.chain.makeBlock();
    expect(await tenant.client.getTx(hash)).toMatchObject({ code: 11 });
  });
});

describe('a transaction that is refused', () => {
  const signerData = async (change: object): Promise<never> =>
    ({
      ...(await chain.tenant.client.getSequence(chain.tenant.address)),
      ...{ chainId: CHAIN_ID, ...change },
    }) as never;

  it.each([
    ['for its sequence', { sequence: 99 }, /code 32|\(32\)|mismatch, expected \d+, got 99/],
    ['for its account number', { accountNumber: 99 }, /signature verification failed/],
    ['for its chain', { chainId: 'other' }, /signature verification failed/],
  ])('%s', async (_why, change, expected) => {
    const { client, address } = chain.tenant;
    const raw = await client.sign(address, [send(1)], FEE, '', await signerData(change));
    await expect(client.broadcastTxSync(TxRaw.encode(raw).finish())).rejects.toThrow(expected);
  });

  it.each([
    ['paid too little', { amount: coins(10, 'uakt'), gas: '800000' }, 13],
    ['paid in something else', { amount: coins(5000, 'uact'), gas: '800000' }, 13],
    ['more than there is', { amount: coins(1_000_000_000, 'uakt'), gas: '800000' }, 5],
  ])('for a fee %s', async (_why, fee, code) => {
    const { client, address } = chain.tenant;
    const raw = await client.sign(address, [send(1)], fee, '', await signerData({}));
    await expect(client.broadcastTxSync(TxRaw.encode(raw).finish())).rejects.toMatchObject({
      code,
    });
  });

  it('for a signature that was tampered with', async () => {
    const { client, address } = chain.tenant;
    const raw = TxRaw.fromPartial(await client.sign(address, [send(1)], FEE, ''));
    const [signature = new Uint8Array()] = raw.signatures;
    signature[5] = (signature[5] ?? 0) ^ 1;
    await expect(client.broadcastTxSync(TxRaw.encode(raw).finish())).rejects.toMatchObject({
      code: 4,
    });
  });

  it('for a signer who is not the owner', async () => {
    const { client, address } = chain.tenant;
    const raw = await client.sign(address, [closing(chain.provider.address)], FEE, '');
    await expect(client.broadcastTxSync(TxRaw.encode(raw).finish())).rejects.toMatchObject({
      code: 8,
    });
  });

  it('for bytes that are none, and a message that nobody knows', async () => {
    const { client } = chain.tenant;
    await expect(client.broadcastTxSync(Uint8Array.of(1, 2, 3))).rejects.toMatchObject({ code: 2 });
  });

  it('for being there already', async () => {
    const { client, address } = chain.tenant;
    const bytes = TxRaw.encode(await client.sign(address, [send(3)], FEE, '')).finish();
    await client.broadcastTxSync(bytes);
    await expect(client.broadcastTxSync(bytes)).rejects.toThrow(/already exists in cache/);
    chain.chain.makeBlock();
    await expect(client.broadcastTxSync(bytes)).rejects.toThrow(/already exists in cache/);
  });
});

describe('faults', () => {
  it('drop a transaction once', async () => {
    const { client, address } = chain.tenant;
    chain.faults.setChain({ dropTransactions: 1 });
    const bytes = TxRaw.encode(await client.sign(address, [send(3)], FEE, '')).finish();
    const hash = await client.broadcastTxSync(bytes);
    chain.chain.makeBlock();
    expect(await client.getTx(hash)).toBeNull();
    expect(await client.broadcastTxSync(bytes)).toBe(hash);
    chain.chain.makeBlock();
    expect(await client.getTx(hash)).toMatchObject({ code: 0 });
  });

  it('let another transaction of the account win the race', async () => {
    const { client, address } = chain.tenant;
    const bytes = TxRaw.encode(await client.sign(address, [send(3)], FEE, '')).finish();
    chain.faults.setChain({ sequenceRace: 1 });
    await expect(client.broadcastTxSync(bytes)).rejects.toMatchObject({ code: 32 });
    await expect(chain.tenant.send(send(3))).resolves.toMatchObject({ code: 0 });
  });
});

it('keeps ACT where it is', async () => {
  const { tenant, provider } = chain;
  const value = {
    ...{ fromAddress: tenant.address, toAddress: provider.address, amount: coins(1, 'uact') },
  };
  const result = await tenant.send({ typeUrl: '/cosmos.bank.v1beta1.MsgSend', value });
  expect(result).toMatchObject({ code: 5 });
  expect(logOf(result)).toContain('disabled');
});

it('has accounts from the first coin on', async () => {
  const newcomer = await party(
    { chain: chain.chain, addresses: chain },
    await deriveKey('test', 'newcomer'),
  );
  await chain.tenant.send(send(100_000, newcomer.address));
  expect(await newcomer.send(closing(newcomer.address))).toMatchObject({
    ...{ code: 4, rawLog: 'Deployment not found' },
  });
});

function send(amount: number, toAddress = chain.provider.address): never {
  return {
    typeUrl: '/cosmos.bank.v1beta1.MsgSend',
    value: {
      ...{ fromAddress: chain.tenant.address, toAddress, amount: coins(amount, 'uakt') },
    },
  } as never;
}

function closing(owner: string): ReturnType<typeof message> {
  return message(MsgCloseDeployment, { id: { owner, dseq: 1 } });
}

function logOf({ hash }: IndexedTx): string | undefined {
  return chain.chain.transaction(hash)?.log;
}

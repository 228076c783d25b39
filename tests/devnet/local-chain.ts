import { tmpdir } from 'node:os';
import { afterAll } from '@jest/globals';
import {
  MsgAccountDeposit,
  MsgCreateCertificate,
  MsgMintACT,
  MsgRevokeCertificate,
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
import { TxRaw } from '@akashnetwork/chain-sdk/private-types/cosmos.v1beta1';
import { DirectSecp256k1Wallet, Registry, type EncodeObject } from '@cosmjs/proto-signing';
import { defaultRegistryTypes, SigningStargateClient, type IndexedTx } from '@cosmjs/stargate';
import {
  deriveKey,
  startAkashDevnet,
  type AkashAddresses,
  type AkashDevnet,
  type AkashDevnetInit,
  type ChainKey,
} from '@371os/devnet';
import { eventually } from '../support/eventually.ts';

const REGISTRY = new Registry([
  ...defaultRegistryTypes,
  ...[
    ...[MsgAccountDeposit, MsgCreateCertificate, MsgMintACT, MsgRevokeCertificate],
    ...[MsgCloseDeployment, MsgCloseGroup, MsgCreateDeployment, MsgPauseGroup, MsgStartGroup],
    ...[MsgUpdateDeployment, MsgCloseBid, MsgCloseLease, MsgCreateBid, MsgCreateLease],
    MsgWithdrawLease,
  ].map((codec) => [`/${codec.$type}`, codec] as never),
]);

export const CHAIN_ID = 'devnet-test';
export const FEE = { amount: [{ denom: 'uakt', amount: '5000' }], gas: '800000' };

/** A chain in memory whose blocks are made by the test, with two accounts and one provider on it. */
export interface LocalChain extends AkashAddresses {
  readonly chain: AkashDevnet['chain'];
  readonly faults: AkashDevnet['faults'];
  readonly tenant: Party;
  readonly provider: Party;
}

/** Somebody with a key, a client of theirs, and coins. */
export interface Party {
  readonly key: ChainKey;
  readonly address: string;
  readonly client: SigningStargateClient;
  /** Signs, broadcasts, makes a block, and returns what came of it. */
  send(...messages: EncodeObject[]): Promise<IndexedTx>;
}

interface Codec<Partial> {
  readonly $type: string;
  fromPartial(partial: Partial): unknown;
}

/** A message as a client of the chain wants it. */
export function message<Partial>(codec: Codec<Partial>, partial: Partial): EncodeObject {
  return { typeUrl: `/${codec.$type}`, value: codec.fromPartial(partial) };
}

const started: AkashDevnet[] = [];
afterAll(async () => {
  await Promise.all(started.map(async (devnet) => devnet.stop()));
});

/** A devnet of the test's own; it ends with the test file. */
export async function startDevnet(change: Partial<AkashDevnetInit> = {}): Promise<AkashDevnet> {
  const devnet = await startAkashDevnet({
    ...{ directory: tmpdir(), isKept: false, chainId: CHAIN_ID, clock: Date.now, blockTimeMs: 0 },
    ports: { rpc: 0, rest: 0, grpc: 0, console: 0, gateways: 0 },
    times: { bidLifetimeMs: 60_000, manifestTimeoutMs: 60_000 },
    ...{ images: {}, ...change },
  });
  started.push(devnet);
  return devnet;
}

export async function startLocalChain(): Promise<LocalChain> {
  const devnet = await startDevnet({ profiles: [] });
  const { chain, faults, addresses } = devnet;
  const [tenantKey, providerKey] = [
    await deriveKey('test', 'tenant'),
    await deriveKey('test', 'p'),
  ];
  for (const { address } of [tenantKey, providerKey])
    void devnet.fund(address, { uakt: 100_000_000n, uact: 100_000_000n });
  void chain.intervene(({ providers }) => {
    providers.save({
      ...{ owner: providerKey.address, hostUri: 'https://localhost:8443', email: '', website: '' },
      attributes: [{ key: 'region', value: 'us-west' }],
    });
  });
  chain.makeBlock();
  const [tenant, provider] = [await party(devnet, tenantKey), await party(devnet, providerKey)];
  return { ...addresses, chain, faults, tenant, provider };
}

export async function party(
  { chain, addresses }: { chain?: AkashDevnet['chain']; addresses: { rpcUrl: string } },
  key: ChainKey,
): Promise<Party> {
  const wallet = await DirectSecp256k1Wallet.fromKey(Buffer.from(key.privateKey, 'hex'), 'akash');
  const client = await SigningStargateClient.connectWithSigner(addresses.rpcUrl, wallet, {
    registry: REGISTRY,
  });
  const { address } = key;
  const send: Party['send'] = async (...messages) => {
    const raw = await client.sign(address, messages, FEE, '');
    const hash = await client.broadcastTxSync(TxRaw.encode(raw).finish());
    chain?.makeBlock();
    let result: IndexedTx | null = null;
    // A devnet in another process makes its own blocks.
    await eventually(async () => {
      result = await client.getTx(hash);
      if (!result) throw new Error(`${hash} is in no block`);
    });
    return result as unknown as IndexedTx;
  };
  return { key, address, client, send };
}

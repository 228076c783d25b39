import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Wallet } from 'ethers';
import { cutOff, CutOffError, readSettings } from '@371os/kernel';
import {
  openNetwork,
  PublicWebReader,
  registrySettings,
  type RegistryNetwork,
} from '@371os/plugin-registry';
import { startTestIpfs, type TestIpfs } from '../support/ipfs-devnet.ts';
import { RpcProxy } from '../support/rpc-proxy.ts';
import { startTestNetworks, type TestNetworks } from './agent-fixture.ts';

const DEAD = 'http://127.0.0.1:9';
const LIMITS = { maxBytes: 1_000, timeoutMs: 4_000 };

let networks: TestNetworks;
let second: TestIpfs;
let other: RpcProxy;
beforeAll(async () => {
  networks = await startTestNetworks();
  second = await startTestIpfs();
  other = await RpcProxy.start(networks.evm.addresses.rpcUrl);
  other.answer = (call, answer) =>
    call === 'eth_chainId' ? answer.replace(/"0x[0-9a-f]+"/, '"0x1"') : answer;
}, 60_000);
afterAll(async () => {
  await other.stop();
  await second.stop();
  await networks.stop();
}, 60_000);

function open(settings: Record<string, string>): RegistryNetwork {
  const all: Record<string, string> = { ...networks.settings, ...settings };
  return openNetwork(readSettings(registrySettings, (name) => all[name]));
}

describe('the nodes of a chain', () => {
  it('answer in the place of one that is gone, with reads and transactions', async () => {
    const { rpcUrl } = networks.evm.addresses;
    const { chain } = open({
      REGISTRY_RPC_URL: DEAD,
      REGISTRY_RPC_FALLBACKS: `${rpcUrl}, ${DEAD}`,
    });
    const wallet = await networks.evm.fundedWallet();
    const raw = await wallet.signTransaction(
      await wallet.populateTransaction({ to: Wallet.createRandom().address, value: 1n }),
    );
    expect(await chain.broadcast(raw)).toBe('accepted');
    // What a node refuses is its answer, and no reason to ask the next one.
    expect(await chain.broadcast(raw)).toMatch(/accepted|nonce-used/);
    expect((await chain.head()).number).toBeGreaterThan(0);
  });

  it('are asked for nothing when they belong to another chain', async () => {
    const { chain } = open({ REGISTRY_RPC_URL: DEAD, REGISTRY_RPC_FALLBACKS: other.url });
    await expect(chain.head()).rejects.toThrow(/belongs to chain 1, and REGISTRY_CHAIN_ID says/);
  });

  it('are named by who is told that none answers', async () => {
    const { chain } = open({ REGISTRY_RPC_URL: DEAD, REGISTRY_RPC_FALLBACKS: 'http://[::1]:9' });
    await expect(chain.head()).rejects.toThrow(/\[::1\]:9 does not answer/);
    expect(() => open({ REGISTRY_RPC_FALLBACKS: 'ftp://a.example' })).toThrow(
      /REGISTRY_RPC_FALLBACKS.*with commas between them/,
    );
  });
});

describe('IPFS nodes', () => {
  it('keep and give what another one cannot', async () => {
    const { content } = open({ IPFS_API_URL: DEAD, IPFS_API_FALLBACKS: second.apiUrl });
    const cid = await content.add(Buffer.from('kept by the second'));
    expect(Buffer.from(await content.read(cid, LIMITS)).toString()).toBe('kept by the second');

    // The first is back, and does not have it.
    const both = open({ IPFS_API_FALLBACKS: second.apiUrl }).content;
    expect(Buffer.from(await both.read(cid, LIMITS)).toString()).toBe('kept by the second');
    await both.unpin(cid);
    const alone = open({ IPFS_API_URL: DEAD }).content;
    await expect(alone.unpin(cid)).rejects.toThrow(/ipfs:/);
  });

  it('in the internet are not asked while nothing there is used, and those that are near stand in', async () => {
    // Nobody answers there: whoever asked would run into a time-out.
    const far = 'http://11.0.0.1:5001';
    const near = open({ IPFS_API_URL: far, IPFS_API_FALLBACKS: second.apiUrl }).content;
    const alone = open({ IPFS_API_URL: far }).content;
    cutOff.set('this node is in backup mode');
    try {
      const cid = await near.add(Buffer.from('kept nearby'));
      expect(Buffer.from(await near.read(cid, LIMITS)).toString()).toBe('kept nearby');
      const refused = [
        alone.add(Buffer.from('x')),
        alone.read(cid, LIMITS),
        alone.unpin(cid),
        new PublicWebReader().read('https://files.example/agent.json', LIMITS),
      ];
      for (const one of refused) {
        const error = await one.catch((thrown: unknown) => thrown);
        expect(CutOffError.isIn(error)).toBe(true);
        expect(error).toMatchObject({
          code: 'CONTENT_UNREACHABLE',
          message: expect.stringMatching(/cannot be had now.*this node is in backup mode/),
        });
      }
    } finally {
      cutOff.set(undefined);
    }
  });

  it('are told no password that is for the first', async () => {
    const seen: (string | undefined)[] = [];
    const listener = createServer(({ headers }, response) => {
      seen.push(headers.authorization);
      response.writeHead(500).end();
    });
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const { port } = listener.address() as AddressInfo;
    const url = `http://127.0.0.1:${String(port)}`;
    const account = { IPFS_API_KEY: 'user', IPFS_API_SECRET: 'a-secret' };
    const first = open({ ...account, IPFS_API_URL: url, IPFS_API_FALLBACKS: DEAD }).content;
    await expect(first.add(Buffer.from('x'))).rejects.toThrow();
    expect(seen).toEqual([expect.stringMatching(/^Basic /)]);
    const fallback = open({ ...account, IPFS_API_URL: DEAD, IPFS_API_FALLBACKS: url }).content;
    await expect(fallback.add(Buffer.from('x'))).rejects.toThrow();
    expect(seen.slice(1)).toEqual([undefined]);
    listener.closeAllConnections();
    listener.close();
  });
});

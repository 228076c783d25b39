import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  akashSettings,
  chooseNetwork,
  configuredSigner,
  CosmosAkashChain,
  loadNetworks,
} from '@371os/plugin-akash';
import { readSettings } from '@371os/kernel';
import { startTestDevnet, type TestDevnet } from '../support/akash-devnet.ts';
import { RpcProxy } from '../support/rpc-proxy.ts';

const DEAD = 'http://127.0.0.1:9';

let network: TestDevnet;
let second: RpcProxy;
let foreign: RpcProxy;
const calls: string[] = [];
beforeAll(async () => {
  network = await startTestDevnet(100);
  const { rpcUrl } = network.devnet.addresses;
  [second, foreign] = await Promise.all([RpcProxy.start(rpcUrl), RpcProxy.start(rpcUrl)]);
  second.watch = (call, when) => {
    if (when === 'before') calls.push(call);
    return true;
  };
  foreign.answer = (_call, answer) => answer.replaceAll('devnet-371', 'another-1');
}, 60_000);
afterAll(async () => {
  await second.stop();
  await foreign.stop();
  await network.stop();
}, 60_000);

async function open(first: string, fallbacks: string): Promise<CosmosAkashChain> {
  const all: Record<string, string> = {
    ...network.settings,
    ...{ AKASH_RPC_URL: first, AKASH_RPC_FALLBACKS: fallbacks },
  };
  const settings = readSettings(akashSettings, (name) => all[name]);
  const chosen = chooseNetwork(settings, loadNetworks())!;
  const signer = (await configuredSigner(settings))!;
  return new CosmosAkashChain({ ...chosen, signer, timeoutMs: 2_000, pollMs: 50 });
}

test('another node answers for one that is gone, and is asked which chain it belongs to', async () => {
  const chain = await open(DEAD, second.url);
  expect((await chain.latestBlock()).height).toBeGreaterThan(0);
  expect((await chain.balances()).uakt).toBeGreaterThan(0n);
  expect(chain.nodes.answeredBy).toBe(second.url);
  expect(calls.slice(0, 2)).toEqual(['status', 'status']);
});

test('a transaction goes to one node, and there by the one that answers', async () => {
  const chain = await open(DEAD, second.url);
  const { height } = await chain.mint(30_000_000n);
  expect(height).toBeGreaterThan(0);
  expect(calls.filter((call) => call.startsWith('broadcast'))).toHaveLength(1);
});

test('one of another chain is not believed', async () => {
  const chain = await open(DEAD, foreign.url);
  await expect(chain.balances()).rejects.toThrow(/belongs to the chain another-1/);
});

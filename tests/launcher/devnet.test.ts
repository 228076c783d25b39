import { afterEach, expect, test } from '@jest/globals';
import { howToStop, useDevnet } from '../../scripts/launcher/devnet.ts';

const before = { ...process.env };

afterEach(() => {
  process.env = { ...before };
});

const OTHERS = { ETHEREUM_RPC_URL: 'http://127.0.0.1:9', IPFS_API_URL: 'http://127.0.0.1:9' };
const ELSEWHERE = { ...OTHERS, AKASH_RPC_URL: 'http://127.0.0.1:9', AKASH_CHAIN_ID: 'mine-1' };

test('is not started when every network is configured', async () => {
  // Whoever started one now would be told that this is wrong.
  Object.assign(process.env, ELSEWHERE, { DEVNET_BLOCK_MS: 'soon' });
  const said: string[] = [];
  expect(await useDevnet((line) => said.push(line))).toBeUndefined();
  expect(said).toEqual([]);
});

test.each(['AKASH_RPC_URL', 'ETHEREUM_RPC_URL'])(
  'that cannot be started where %s is missing leaves the company without networks, and says why',
  async (missing) => {
    Object.assign(process.env, ELSEWHERE, { DEVNET_BLOCK_MS: 'soon', [missing]: '' });
    const said: string[] = [];
    expect(await useDevnet((line) => said.push(line))).toBeUndefined();
    expect(said).toEqual([
      expect.stringMatching(/^Without a devnet: .*DEVNET_BLOCK_MS.*planned and not made/),
    ]);
    expect(process.env[missing]).toBe('');
  },
);

test('a chosen public network needs no devnet for Akash', async () => {
  Object.assign(process.env, OTHERS, { AKASH_NETWORK: 'mainnet', DEVNET_BLOCK_MS: 'soon' });
  const said: string[] = [];
  expect(await useDevnet((line) => said.push(line))).toBeUndefined();
  expect(said).toEqual([]);
});

test.each([
  ['a registry elsewhere', { REGISTRY_RPC_URL: 'http://127.0.0.1:9' }],
  ['the chain id of another chain', { REGISTRY_CHAIN_ID: '8453' }],
])('%s gets neither the devnet’s chain nor its IPFS node', async (_what, set) => {
  const akash = { AKASH_RPC_URL: 'http://127.0.0.1:9', AKASH_CHAIN_ID: 'mine-1' };
  Object.assign(process.env, akash, set, { DEVNET_BLOCK_MS: 'soon' });
  const said: string[] = [];
  expect(await useDevnet((line) => said.push(line))).toBeUndefined();
  expect(said).toEqual([]);
});

test('of a company elsewhere is stopped by naming its directory', () => {
  const info = { directory: '/srv/acme/devnet' } as Parameters<typeof howToStop>[0];
  expect(howToStop(info)).toBe('DEVNET_DIR=/srv/acme/devnet npm run devnet -- --stop');
});

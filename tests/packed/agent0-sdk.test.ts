import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestEvm, type TestEvm } from '../support/evm-devnet.ts';
import { startTestIpfs, type TestIpfs } from '../support/ipfs-devnet.ts';

const run = promisify(execFile);
const FIXTURE = new URL('../fixtures/agent0-sdk', import.meta.url).pathname;
// Its peers are for React; its install scripts want the network.
const INSTALL = ['ci', '--ignore-scripts', '--omit=peer', '--no-audit', '--no-fund'];

let directory: string;
let evm: TestEvm;
let ipfs: TestIpfs;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), '371os-agent0-'));
  cpSync(FIXTURE, directory, { recursive: true });
  await run('npm', INSTALL, { cwd: directory });
  evm = await startTestEvm();
  ipfs = await startTestIpfs();
});

afterAll(async () => {
  await ipfs.stop();
  await evm.stop();
  rmSync(directory, { recursive: true, force: true });
});

describe('agent0-sdk, unmodified', () => {
  test('registers an agent in our registry, with its file on our IPFS node, and reads it', async () => {
    const endpoint = 'https://agent.example/mcp';
    const registered = await agent0('register', { name: 'Zero', endpoint });
    expect(registered).toEqual({
      agentId: `${String(evm.addresses.chainId)}:0`,
      agentURI: expect.stringMatching(/^ipfs:\/\//),
    });
    expect(await agent0('read', { agentId: registered['agentId'] })).toMatchObject({
      ...{ name: 'Zero', active: true },
      endpoints: [expect.objectContaining({ type: 'MCP', value: endpoint })],
    });
  });
});

async function agent0(
  command: 'register' | 'read',
  what: Record<string, unknown>,
): Promise<Record<string, unknown>> {
  const { chainId, rpcUrl, identityRegistry, reputationRegistry } = evm.addresses;
  const wallet = await evm.fundedWallet();
  const sdk = {
    ...{ chainId, rpcUrl, privateKey: wallet.privateKey },
    registryOverrides: {
      [chainId]: { IDENTITY: identityRegistry, REPUTATION: reputationRegistry },
    },
    ...{ ipfs: 'node', ipfsNodeUrl: ipfs.apiUrl },
  };
  const config = JSON.stringify({ sdk, ...what });
  const { stdout } = await run(process.execPath, ['agent.mjs', command, config], {
    ...{ cwd: directory, timeout: 120_000 },
  });
  return JSON.parse(stdout) as Record<string, unknown>;
}

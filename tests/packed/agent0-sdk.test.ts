import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { OWNER } from '@371os/kernel';
import { RegistryAgent, startTestNetworks, type TestNetworks } from '../registry/agent-fixture.ts';

const run = promisify(execFile);
const FIXTURE = new URL('../fixtures/agent0-sdk', import.meta.url).pathname;
// Its peers are for React; its install scripts want the network.
const INSTALL = ['ci', '--ignore-scripts', '--omit=peer', '--no-audit', '--no-fund'];

let directory: string;
let networks: TestNetworks;
let agent: RegistryAgent;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), '371os-agent0-'));
  cpSync(FIXTURE, directory, { recursive: true });
  await run('npm', INSTALL, { cwd: directory });
  networks = await startTestNetworks();
  agent = await RegistryAgent.start('CFO Maya', {
    ...networks.settings,
    REGISTRY_REPUTATION_ADDRESS: networks.evm.addresses.reputationRegistry,
  });
});

afterAll(async () => {
  await agent.runtime.stop();
  await networks.stop();
  rmSync(directory, { recursive: true, force: true });
});

describe('agent0-sdk, unmodified', () => {
  test('registers an agent in our registry, with its file on our IPFS node, and we discover it', async () => {
    const endpoint = 'https://agent.example/mcp';
    const registered = await agent0('register', { name: 'Zero', endpoint });
    expect(registered).toEqual({
      agentId: `${String(networks.evm.addresses.chainId)}:0`,
      agentURI: expect.stringMatching(/^ipfs:\/\//),
    });
    expect(await agent0('read', { agentId: registered['agentId'] })).toMatchObject({
      ...{ name: 'Zero', active: true },
      endpoints: [expect.objectContaining({ type: 'MCP', value: endpoint })],
    });
    // Nobody signed its file, and the hash on chain vouches for it.
    const report = await agent.registry.read('0');
    expect(report).toMatchObject({ isVerified: true, isActive: true, file: { name: 'Zero' } });
    const found = await agent.act(OWNER, 'DISCOVER_UNIVERSAL_TOOLS', { requirements: 'Zero' });
    expect(found.data?.['tools']).toEqual([expect.objectContaining({ name: 'Zero' })]);
  });

  test('reads an agent that we registered', async () => {
    const fields = { capabilities: 'pricing', basePrice: '0.05', currency: 'USDC' };
    const answer = await agent.approve('REGISTER_AGENT_BLOCKCHAIN', {
      ...fields,
      endpoint: 'https://maya.example/',
    });
    expect(answer).toContain('CFO Maya is registered as agent 1');
    const agentId = `${String(networks.evm.addresses.chainId)}:1`;
    expect(await agent0('read', { agentId })).toMatchObject({
      ...{ name: 'CFO Maya', description: 'Does research.', active: true },
      endpoints: [expect.objectContaining({ value: 'https://maya.example/' })],
    });
  });
});

async function agent0(
  command: 'register' | 'read',
  what: Record<string, unknown>,
): Promise<Record<string, unknown>> {
  const { chainId, rpcUrl, identityRegistry, reputationRegistry } = networks.evm.addresses;
  const wallet = await networks.evm.fundedWallet();
  const sdk = {
    ...{ chainId, rpcUrl, privateKey: wallet.privateKey },
    registryOverrides: {
      [chainId]: { IDENTITY: identityRegistry, REPUTATION: reputationRegistry },
    },
    ...{ ipfs: 'node', ipfsNodeUrl: networks.ipfs.apiUrl },
  };
  const config = JSON.stringify({ sdk, ...what });
  const { stdout } = await run(process.execPath, ['agent.mjs', command, config], {
    ...{ cwd: directory, timeout: 120_000 },
  });
  return JSON.parse(stdout) as Record<string, unknown>;
}

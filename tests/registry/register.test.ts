import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { guestNamed, OWNER } from '@371os/kernel';
import { Database, listVerifiedFiles, localSigner, type SqlExecutor } from '@371os/plugin-registry';
import { encryptKeystoreJsonSync } from 'ethers';
import { eventually } from '../support/eventually.ts';
import { RpcProxy } from '../support/rpc-proxy.ts';
import { RegistryAgent, startTestNetworks, type TestNetworks } from './agent-fixture.ts';

const REQUEST =
  'register yourself on chain with the capabilities market research and pricing at 0.05 USDC per call';
const FIELDS = { capabilities: 'pricing', basePrice: '0' };

let networks: TestNetworks;
/** The way of one agent to the chain. */
let road: RpcProxy;
let agent: RegistryAgent;
let colleague: RegistryAgent;
let nobody: RegistryAgent;

beforeAll(async () => {
  networks = await startTestNetworks();
  agent = await RegistryAgent.start('CFO Maya', {
    ...networks.settings,
    registration: {
      agentType: 'CFO',
      config: {
        ...{ TASKS_TIMEOUT_MS: 250_000, TASKS_MAX_ATTEMPTS: 99, QUALITY: 'high' },
        ...{ AGENT_PRIVATE_KEY: 'mine', TREASURY_GAS_CAP_USD: 1_000_000 },
      },
    },
  });
  road = await RpcProxy.start(networks.evm.addresses.rpcUrl);
  colleague = await RegistryAgent.start('CTO Zara', {
    ...networks.settings,
    REGISTRY_RPC_URL: road.url,
  });
  nobody = await RegistryAgent.start('CLO Nia', {});
}, 60_000);
afterEach(() => {
  networks.ipfs.faults.set({});
});
afterAll(async () => {
  for (const { runtime } of [agent, colleague, nobody]) await runtime.stop();
  await networks.stop();
});

async function registeredCount(): Promise<number> {
  const events = await agent.registry.network.identities.events({ fromBlock: 0 });
  return events.filter(({ kind }) => kind === 'registered').length;
}

describe('registering', () => {
  let number = '';

  it('plans by chat, waits for the owner, and answers with all that was asked for', async () => {
    const plan = await agent.ask(OWNER, REQUEST);
    expect(plan).toContain('nothing is sent yet');
    expect(await registeredCount()).toBe(0);
    const id = /\/approve (\w+)/.exec(plan)?.[1] ?? '';
    const answer = await agent.ask(OWNER, `/approve ${id}`);
    number = /CFO Maya is registered as agent (\d+)/.exec(answer)?.[1] ?? '';
    for (const part of [/ipfs:\/\/b[a-z2-7]+/, /0x[0-9a-f]{64} in block \d+/, /eip155:31337:0x/])
      expect(answer).toMatch(part);
    const report = await agent.registry.read(number);
    // What was verified is kept for when the chain is out of reach.
    const kept = await listVerifiedFiles(new Database(agent.runtime.db as SqlExecutor), 10);
    expect(kept.map(({ file }) => file.name)).toEqual(['CFO Maya']);
    expect(report).toMatchObject({ isVerified: true, isActive: true });
    expect(report.liveness.state).toBe('alive');
    expect(report.file).toMatchObject({
      agentType: 'CFO',
      economics: { basePrice: '0.05', currency: 'USDC' },
      capabilities: [{ toolId: 'market-research' }, { toolId: 'pricing' }],
    });
  });

  it('answers with the first one when it is asked for again', async () => {
    const again = await agent.act(OWNER, 'REGISTER_AGENT_BLOCKCHAIN', FIELDS);
    expect(again.success).toBe(true);
    expect(again.data).toMatchObject({ agentId: number });
    expect(await agent.ask(OWNER, '/register')).toContain(`registered as agent ${number}`);
    expect(await nobody.ask(OWNER, '/register')).toContain('REGISTRY_RPC_URL');
    expect(await agent.ask(guestNamed('ann'), '/register')).toContain('admin');
    expect(await registeredCount()).toBe(1);
  });

  it('is one registration when two requests are approved at once', async () => {
    const answers = await Promise.all([
      colleague.approve('REGISTER_AGENT_BLOCKCHAIN', FIELDS),
      colleague.approve('REGISTER_AGENT_BLOCKCHAIN', FIELDS),
    ]);
    expect(JSON.stringify(answers)).toContain('CTO Zara is registered as agent');
    expect(await registeredCount()).toBe(2);
    const self = await colleague.registry.self();
    const report = await agent.registry.read(String(self?.published?.agentId));
    expect(report).toMatchObject({ isVerified: true });
    // Zero is a price.
    expect(report.file?.economics?.basePrice).toBe('0');
  });

  it('puts its file right where somebody else was faster', async () => {
    const { evm } = networks;
    const faster = await evm.fundedWallet();
    const late = await RegistryAgent.start('CMO Ivy', networks.settings);
    await evm.pauseMining();
    const answer = late.approve('REGISTER_AGENT_BLOCKCHAIN', FIELDS);
    await eventually(async () => {
      const { pending } = (await evm.provider.send('txpool_status', [])) as { pending: string };
      expect(Number(pending)).toBe(1);
    });
    const { identities } = late.registry.network;
    await faster.sendTransaction({
      ...identities.registration('https://example.com/', []),
      ...{ maxFeePerGas: 10n ** 11n, maxPriorityFeePerGas: 5n * 10n ** 10n, gasLimit: 500_000 },
    });
    await evm.resumeMining();
    expect(JSON.stringify(await answer)).toContain('CMO Ivy is registered as agent 3');
    expect((await identities.agent(2n))?.owner).toBe(faster.address);
    const report = await agent.registry.read('3');
    expect(report).toMatchObject({ isVerified: true });
    expect(report.file?.sequence).toBe(2);
    await late.runtime.stop();
  });

  it('goes on by itself when IPFS comes back', async () => {
    networks.ipfs.faults.set({ errors: 3 });
    const answer = await colleague.approve('UPDATE_AGENT_STATUS', { status: 'maintenance' });
    expect(JSON.stringify(answer)).toContain('status maintenance');
  });

  it('plans another status of itself by chat, and none of another agent', async () => {
    expect(await colleague.ask(OWNER, 'Retire the agent CFO Maya')).toBe('Hello.');
    expect(await colleague.ask(OWNER, 'Retire the agent CTO Zara')).toContain('status retired');
  });

  it('asks for what is missing, and refuses what is too much', async () => {
    const { runtime } = nobody;
    const asked = await nobody.act(OWNER, 'REGISTER_AGENT_BLOCKCHAIN', FIELDS);
    expect(asked.text).toContain('REGISTRY_RPC_URL, REGISTRY_CHAIN_ID');
    expect(asked.text).toContain('IPFS_API_URL');
    expect(runtime.hasService('registry')).toBe(true);
  });

  it('is for admins, whatever names the action', async () => {
    expect(await agent.ask(guestNamed('ann'), REQUEST)).toContain('Only the owner or an admin');
    for (const name of ['REGISTER_AGENT_BLOCKCHAIN', 'UPDATE_AGENT_STATUS'])
      expect((await agent.act(guestNamed('ann'), name, FIELDS)).success).toBe(false);
  });

  it('configures by an allow-list, from what was verified', async () => {
    const file = { globalId: expect.stringMatching(/^eip155:31337:0x/) as unknown, sequence: 1 };
    const found = {
      values: { TASKS_TIMEOUT_MS: 250_000 },
      refused: [
        { setting: 'AGENT_PRIVATE_KEY', reason: 'a registration must not set it' },
        { setting: 'QUALITY', reason: 'no plugin of this process reads it' },
        { setting: 'TASKS_MAX_ATTEMPTS', reason: expect.stringMatching(/20/) as unknown },
        { setting: 'TREASURY_GAS_CAP_USD', reason: 'a registration must not set it' },
      ],
    };
    expect(await agent.registry.configuration()).toMatchObject({
      ...{ ...found, source: 'registry', problem: undefined },
      file: { ...file, uri: expect.stringMatching(/^ipfs:/) as unknown },
    });
    for (const [faults, problem] of [
      [{ lies: true }, /content:/],
      [{ down: true }, /cannot be had now/],
    ] as const) {
      networks.ipfs.faults.set(faults);
      expect(await agent.registry.configuration()).toMatchObject({
        ...{ ...found, source: 'last-verified', file: { ...file, uri: undefined } },
        problem: expect.stringMatching(problem) as unknown,
      });
    }
  });

  it('is ended by retiring, which readers see', async () => {
    const plan = await agent.ask(OWNER, 'retire yourself from the registry');
    const id = /\/approve (\w+)/.exec(plan)?.[1] ?? '';
    expect(await agent.ask(OWNER, `/approve ${id}`)).toContain('status retired');
    const report = await agent.registry.read(number);
    expect(report).toMatchObject({ isVerified: true, isActive: false });
    expect(report.file).toMatchObject({ active: false, status: 'retired', sequence: 2 });
  });

  it('ends its signs of life with the agent, though the chain is out of reach', async () => {
    const self = await colleague.registry.self();
    const id = String(self?.published?.agentId);
    await road.stop();
    await colleague.registry.stop();
    expect((await agent.registry.read(id)).liveness.state).toBe('left');
  });
});

describe('a wallet', () => {
  const folder = mkdtempSync(join(tmpdir(), '371os-wallet-'));
  const file = join(folder, 'wallet.json');
  const privateKey = `0x${'11'.repeat(32)}`;
  const address = '0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A';
  beforeAll(() => {
    const account = { address, privateKey };
    writeFileSync(file, encryptKeystoreJsonSync(account, 'right', { scrypt: { N: 2 } }), {
      mode: 0o600,
    });
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('comes from a keystore or a key, and never from nowhere', async () => {
    expect((await localSigner({ file, password: 'right' }))?.address).toBe(address);
    expect((await localSigner({ privateKey }))?.address).toBe(address);
    expect(await localSigner({})).toBeUndefined();
  });

  it.each([
    ['the wrong password', { file, password: 'wrong' }],
    ['no password', { file }],
    ['no file', { file: join(folder, 'none'), password: 'right' }],
    ['half a key', { privateKey: privateKey.slice(0, 20) }],
    ['a key that is zero', { privateKey: `0x${'00'.repeat(32)}` }],
    ['a key and a keystore', { privateKey, file, password: 'right' }],
  ])('refuses %s, and shows nothing of it', async (_what, place) => {
    const error: unknown = await localSigner(place).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'INVALID_WALLET' });
    expect(String(error)).not.toMatch(/1111|0000000|wrong/);
  });

  it('is not read from a file that others may read', async () => {
    chmodSync(file, 0o644);
    await expect(localSigner({ file, password: 'right' })).rejects.toThrow('0600');
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { guestNamed, OWNER } from '@371os/kernel';
import lifecyclePlugin from '@371os/plugin-lifecycle';
import {
  composeFile,
  signedText,
  typedRegistration,
  type AgentProfile,
} from '@371os/plugin-registry';
import { tasksOf } from '@371os/plugin-tasks';
import { Contract, Wallet } from 'ethers';
import { RegistryAgent, startTestNetworks, type TestNetworks } from '../registry/agent-fixture.ts';
import { eventually } from '../support/eventually.ts';

const FIELDS = { capabilities: 'pricing', basePrice: '0' };

const folder = mkdtempSync(join(tmpdir(), '371os-configuration-'));
let networks: TestNetworks;
let agent: RegistryAgent;
let owner: Wallet;
let number = 0n;

beforeAll(async () => {
  const path = join(folder, '371os.json');
  writeFileSync(
    path,
    JSON.stringify({
      ...{ TASKS_TIMEOUT_MS: 200_000, TASKS_CONCURRENCY: 6 },
      agents: { 'CFO Maya': { TASKS_CONCURRENCY: 8 } },
    }),
  );
  process.env['CONFIG_FILES'] = path;
  process.env['TASKS_CONCURRENCY'] = '5';
  networks = await startTestNetworks();
  owner = new Wallet(networks.evm.account.privateKey, networks.evm.provider);
  agent = await RegistryAgent.start(
    'CFO Maya',
    {
      ...networks.settings,
      TASKS_TIMEOUT_MS: 220_000,
      registration: {
        agentType: 'CFO',
        config: { TASKS_TIMEOUT_MS: 250_000, TASKS_MAX_ATTEMPTS: 99, TASKS_CONCURRENCY: 100 },
      },
    },
    [lifecyclePlugin],
  );
}, 60_000);
afterEach(() => {
  networks.ipfs.faults.set({});
});
afterAll(async () => {
  delete process.env['CONFIG_FILES'];
  delete process.env['TASKS_CONCURRENCY'];
  await agent.runtime.stop();
  await networks.stop();
  rmSync(folder, { recursive: true });
});

async function explain(setting: string): Promise<string> {
  return agent.ask(OWNER, `/explain ${setting}`);
}

async function timeoutMs(): Promise<number> {
  return (await tasksOf(agent.runtime)).settings.TASKS_TIMEOUT_MS;
}

describe('settings of an agent', () => {
  it('are explained in chat, with what is below', async () => {
    expect(await explain('tasks_concurrency')).toBe(
      `TASKS_CONCURRENCY is 8 for CFO Maya: from ${folder}/371os.json (agents > CFO Maya). ` +
        `Below it: ${folder}/371os.json 6, environment 5, default 4. A change counts at the next start.`,
    );
    expect((await tasksOf(agent.runtime)).settings.TASKS_CONCURRENCY).toBe(8);
    expect(await explain('TASKS_TIMEOUT_MS cfo maya')).toContain(
      '220000 for CFO Maya: from the character CFO Maya. Below it:',
    );
    expect(await explain('')).toContain('- TASKS_CONCURRENCY is 8');
  });

  it('are shown to owners and admins alone, and secrets to nobody', async () => {
    const key = networks.settings['AGENT_PRIVATE_KEY'] ?? '';
    expect(await agent.ask(guestNamed('ann'), '/explain TASKS_CONCURRENCY')).toContain('admin');
    expect(await explain('AGENT_PRIVATE_KEY')).toContain('AGENT_PRIVATE_KEY is set for CFO Maya');
    expect(await explain('')).not.toContain(key);
  });

  it('that are none, and agents that are none, are told', async () => {
    expect(await explain('TASKS_CONCURENCY')).toContain('Did you mean TASKS_CONCURRENCY?');
    expect(await explain('TASKS_CONCURRENCY Nobody')).toContain('CFO Maya');
  });
});

describe('the registration of an agent', () => {
  it('ranks above all, at once, with what is allowed and good', async () => {
    await agent.approve('REGISTER_AGENT_BLOCKCHAIN', FIELDS);
    await eventually(async () => {
      expect(await timeoutMs()).toBe(250_000);
    });
    number = (await agent.registry.self())?.published?.agentId ?? -1n;
    const told = await explain('TASKS_TIMEOUT_MS');
    expect(told).toMatch(
      /^TASKS_TIMEOUT_MS is 250000 .*: from the registration of eip155:31337:\S+\/0, file 1, ipfs:\/\/b\w+, verified /,
    );
    expect(told).toContain('Below it: character 220000,');
    expect(await explain('TASKS_MAX_ATTEMPTS')).toMatch(
      /is 3 .*registration says of it does not count: .*20/,
    );
    const concurrency = await explain('TASKS_CONCURRENCY');
    expect(concurrency).toContain('is 8 ');
    expect(concurrency).toContain('does not count: a registration must not set it');
  });

  async function move(uri: string): Promise<void> {
    const { identities } = agent.registry.network;
    await (await owner.sendTransaction({ ...identities.uriChange(number, uri) })).wait();
  }

  /** Publishes what another program of the owner has signed. */
  async function publish(
    sequence: number,
    config: Record<string, number>,
    signer = owner,
  ): Promise<void> {
    const { identities, signatures, content } = agent.registry.network;
    const { file } = await agent.registry.read(String(number));
    const at = { registry: identities.reference, agentId: number };
    const stamp = { agent: at, sequence, issuedAt: new Date().toISOString() };
    const unsigned = composeFile({ ...(file as unknown as AgentProfile), config }, stamp);
    const contentHash = signatures.hashText(signedText(unsigned));
    const { domain, types, message } = typedRegistration(stamp, contentHash);
    const value = await signer.signTypedData(domain, { ...types }, { ...message });
    const signature = { scheme: 'eip712', signer: signer.address, value };
    const text = JSON.stringify({ ...unsigned, signature });
    await move(`ipfs://${await content.add(Buffer.from(text))}`);
  }

  /** Nothing has changed, and `/explain` says why. */
  async function expectUnchanged(why: RegExp, value = 250_000): Promise<void> {
    const told = await explain('TASKS_TIMEOUT_MS');
    expect(told).toContain(`TASKS_TIMEOUT_MS is ${String(value)} for CFO Maya`);
    expect(told).toMatch(/its? changes nothing|cannot be believed now/);
    expect(told).toMatch(why);
    expect(await timeoutMs()).toBe(value);
  }

  it('changes nothing when its content is not that of its CID', async () => {
    networks.ipfs.faults.set({ lies: true });
    await expectUnchanged(/content: /);
  });

  it('changes nothing when it is an older one, and all when it is a newer one', async () => {
    const old = (await agent.registry.read(String(number))).uri;
    await publish(2, { TASKS_TIMEOUT_MS: 260_000 });
    expect(await explain('TASKS_TIMEOUT_MS')).toMatch(/is 260000 .*, file 2, ipfs:/);
    expect(await timeoutMs()).toBe(260_000);
    expect(await explain('TASKS_MAX_ATTEMPTS')).not.toContain('does not count');
    await move(old);
    await expectUnchanged(/sequence: number 1 is old/, 260_000);
  });

  it('changes nothing when somebody else has signed it, whatever its number', async () => {
    const stranger = await networks.evm.fundedWallet();
    await publish(3, { TASKS_TIMEOUT_MS: 270_000 }, stranger);
    await expectUnchanged(/signature: .* is neither its owner nor its wallet/, 260_000);
  });

  it('changes nothing when it belongs to somebody else', async () => {
    const stranger = await networks.evm.fundedWallet();
    const contract = new Contract(
      networks.evm.addresses.identityRegistry,
      ['function transferFrom(address,address,uint256)'],
      owner,
    );
    const sent = (await contract.getFunction('transferFrom')(
      ...[owner.address, stranger.address, number],
    )) as { wait(): Promise<unknown> };
    await sent.wait();
    await expectUnchanged(new RegExp(`belongs to ${stranger.address} now`), 260_000);
  });
});

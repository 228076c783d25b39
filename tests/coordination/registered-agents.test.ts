import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Contract, type Wallet } from 'ethers';
import { IDENTITY_REGISTRY } from '@371os/contracts';
import { parseUsd } from '@371os/kernel';
import { isVouchedFor, namedRemotes, ownerStatement } from '@371os/plugin-coordination';
import { agentToolsOf, registryName } from '@371os/plugin-registry';
import { RegistryAgent, startTestNetworks, type TestNetworks } from '../registry/agent-fixture.ts';

const START_MS = 120_000;
const TYPE = 'https://eips.ethereum.org/EIPS/eip-8004#registration-v1';
const problems: unknown[] = [];
const log = (_problem: string, error: unknown): void => void problems.push(error);
const NONE = { COORDINATION_A2A_AGENTS: [], COORDINATION_A2A_REGISTRY: false };

let networks: TestNetworks;
let agent: RegistryAgent;
let stranger: Wallet;
const ids: Record<string, string> = {};

beforeAll(async () => {
  networks = await startTestNetworks();
  stranger = await networks.evm.fundedWallet();
  agent = await RegistryAgent.start('Front Desk', {
    ...networks.settings,
    REGISTRY_REPUTATION_ADDRESS: networks.evm.addresses.reputationRegistry,
    REGISTRY_ALLOW_LOOPBACK: 'true',
    REGISTRY_INDEX_MS: '86400000',
  });
  for (const [name, platform, price, currency] of [
    ['Lingua', 'A2A', '0.05', 'USDC'],
    ['Barter', 'A2A', '2', 'AKT'],
    ['Tool', 'MCP', '0.01', 'USDC'],
  ] as const)
    ids[name] = await register(name, platform, price, currency);
  await (await agentToolsOf(agent.runtime)).freshen();
}, START_MS);

afterAll(async () => {
  await agent.runtime.stop();
  await networks.stop();
});

async function register(
  name: string,
  platform: string,
  basePrice: string,
  currency: string,
): Promise<string> {
  const file = {
    ...{ type: TYPE, name, description: `${name} works with words`, active: true },
    services: [
      { name: platform, endpoint: `https://${name.toLowerCase()}.example/agent-card.json` },
    ],
    capabilities: [{ toolId: 'translate', name: 'Translate text' }],
    economics: { paymentModel: 'per-call', basePrice, currency },
  };
  const uri = `data:application/json;base64,${Buffer.from(JSON.stringify(file)).toString('base64')}`;
  const registry = new Contract(
    networks.evm.addresses.identityRegistry,
    IDENTITY_REGISTRY.abi,
    stranger,
  );
  const sent = (await registry.getFunction('register(string)')(uri)) as {
    wait(): Promise<{ logs: readonly { topics: readonly string[] }[] }>;
  };
  const { logs } = await sent.wait();
  return BigInt(logs[0]?.topics[3] ?? 0).toString();
}

it('an agent that is named by its number is asked where its registration says, at its price', async () => {
  const named = [{ agent: ids['Lingua'] ?? '' }];
  expect(
    await namedRemotes(agent.runtime, { ...NONE, COORDINATION_A2A_AGENTS: named }, log),
  ).toMatchObject([
    {
      url: 'https://lingua.example/agent-card.json',
      pricePico: parseUsd('0.05'),
      accounts: [stranger.address],
    },
  ]);
});

it('one whose price is in another currency has none, unless somebody here knows it', async () => {
  const by = (more: object) =>
    namedRemotes(
      agent.runtime,
      {
        ...NONE,
        COORDINATION_A2A_AGENTS: [{ agent: 'Barter', ...more }],
      },
      log,
    );
  expect(await by({})).toMatchObject([{ pricePico: undefined }]);
  expect(await by({ usdPerTask: parseUsd('3') })).toMatchObject([{ pricePico: parseUsd('3') }]);
});

it('of the whole registry those with A2A and a price are taken', async () => {
  const all = await namedRemotes(agent.runtime, { ...NONE, COORDINATION_A2A_REGISTRY: true }, log);
  expect(all.map(({ url }) => url)).toEqual(['https://lingua.example/agent-card.json']);
});

it('one that is not registered keeps nobody from being found', async () => {
  const named = [{ agent: 'Nobody' }, { url: 'https://a.example', usdPerTask: 0n }];
  const found = await namedRemotes(agent.runtime, { ...NONE, COORDINATION_A2A_AGENTS: named }, log);
  expect(found).toMatchObject([{ url: 'https://a.example' }]);
  expect(problems).toMatchObject([{ code: 'AGENT_NOT_FOUND' }]);
});

it('a wallet vouches for the key of an address, and for nothing else', async () => {
  const { reference } = agent.registry.network.identities;
  const about = { key: 'thumbprint', origin: 'https://lingua.example' };
  const { domain, types, message } = ownerStatement(about, reference);
  const owner = {
    ...{ registry: registryName(reference), wallet: stranger.address },
    signature: await stranger.signTypedData(domain, { ...types }, { ...message }),
  };
  expect(await isVouchedFor(agent.runtime, owner, about)).toBe(true);
  const other = { ...about, origin: 'https://evil.example' };
  expect(await isVouchedFor(agent.runtime, owner, other)).toBe(false);
  expect(await isVouchedFor(agent.runtime, { ...owner, registry: 'eip155:1:0x00' }, about)).toBe(
    false,
  );
});

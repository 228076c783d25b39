import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { readSettings } from '@371os/kernel';
import {
  composeFile,
  openNetwork,
  PublicWebReader,
  registrySettings,
  type RegistrySettings,
  signedText,
  typedHeartbeat,
  typedRegistration,
  type AgentProfile,
  type AgentReport,
  type JsonValue,
  type RegistryNetwork,
} from '@371os/plugin-registry';
import { getAddress, hexlify, randomBytes, toBeHex, TypedDataEncoder, type Wallet } from 'ethers';
import { WALLETS } from '../contracts/bytecode.ts';
import { runProgram } from '../support/company.ts';
import { startTestNetworks, type TestNetworks } from './agent-fixture.ts';

const PROFILE: AgentProfile = {
  name: 'CFO Maya',
  description: 'Prices things.',
  services: [],
  x402Support: false,
  supportedTrust: ['reputation'],
  agentType: 'CFO',
  capabilities: [{ toolId: 'pricing', name: 'pricing', description: '' }],
  credentials: [],
  initialReputation: { overall: 0.5 },
  status: 'active',
};

let networks: TestNetworks;
let network: RegistryNetwork;
let owner: Wallet;
let stranger: Wallet;

beforeAll(async () => {
  networks = await startTestNetworks();
  network = openNetwork(settings());
  owner = await networks.evm.fundedWallet();
  stranger = await networks.evm.fundedWallet();
});
afterEach(() => {
  networks.ipfs.faults.set({});
});
afterAll(async () => {
  await networks.stop();
});

function settings(more: Record<string, string> = {}): RegistrySettings {
  const source = { ...networks.settings, REGISTRY_TIMEOUT_MS: '1500', ...more };
  return readSettings(registrySettings, (key) => (source as Record<string, string>)[key]);
}

interface Order {
  readonly by?: Wallet;
  readonly sequence?: number;
  readonly agentId?: bigint;
  readonly chainId?: number;
  readonly profile?: Partial<AgentProfile>;
  /** Changes the file after it was signed. */
  readonly forge?: Record<string, JsonValue>;
}

/** The text of a file for an agent, signed. */
async function signed(agentId: bigint, order: Order = {}): Promise<string> {
  const { by = owner, sequence = 1, profile, forge } = order;
  const { reference } = network.identities;
  const registry = { ...reference, chainId: order.chainId ?? reference.chainId };
  const agent = { registry, agentId: order.agentId ?? agentId };
  const stamp = { agent, sequence, issuedAt: '2026-11-22T00:00:00.000Z' };
  const file = composeFile({ ...PROFILE, ...profile }, stamp);
  const contentHash = network.signatures.hashText(signedText(file));
  const { domain, types, message } = typedRegistration(stamp, contentHash);
  const value = await by.signTypedData(domain, { ...types }, { ...message });
  const signature = { scheme: 'eip712', signer: by.address, value };
  return JSON.stringify({ ...file, signature, ...forge });
}

/** Registers an agent of the owner at a place. */
async function register(uri: string): Promise<bigint> {
  const sent = await owner.sendTransaction({ ...network.identities.registration(uri, []) });
  await sent.wait();
  const receipt = await network.chain.receipt(sent.hash);
  return network.identities.registeredIn(receipt!)!;
}

async function move(agentId: bigint, uri: string, by = owner): Promise<void> {
  await (await by.sendTransaction({ ...network.identities.uriChange(agentId, uri) })).wait();
}

/** An agent whose signed file is pinned. */
async function published(order: Order = {}): Promise<bigint> {
  const agentId = await register('');
  const cid = await network.content.add(Buffer.from(await signed(agentId, order)));
  await move(agentId, `ipfs://${cid}`);
  return agentId;
}

async function read(agentId: bigint, from = network): Promise<AgentReport> {
  return from.reader.read({ registry: network.identities.reference, agentId });
}

/** The checks that failed. */
function failed({ checks }: AgentReport): string[] {
  return checks.flatMap(({ name, state }) => (state === 'failed' ? [name] : []));
}

describe('a verified read', () => {
  it('vouches for every part of what its owner has signed', async () => {
    const report = await read(await published());
    expect(report).toMatchObject({ isVerified: true, isActive: true, owner: owner.address });
    const passed = report.checks.filter(({ state }) => state === 'passed').map(({ name }) => name);
    expect(passed).toEqual(['uri', 'content', 'schema', 'back-link', 'signature', 'sequence']);
  });

  it.each<[what: string, order: Order, failed: string[]]>([
    ['a field changed after it was signed', { forge: { name: 'CFO Eve' } }, ['signature']],
    ['another number than was signed', { forge: { sequence: 9 } }, ['signature']],
    ['the file of another agent', { agentId: 999n }, ['back-link', 'signature']],
    ['a file for another chain', { chainId: 1 }, ['back-link', 'signature']],
    ['an unknown version', { forge: { type: 'registration-v9' } }, ['schema']],
    ['a description that is too long', { forge: { description: 'x'.repeat(4_001) } }, ['schema']],
    ['characters that no database keeps', { forge: { note: '\u0000' } }, ['schema']],
  ])('refuses %s', async (_what, order, expected) => {
    const report = await read(await published(order));
    expect(failed(report)).toEqual(expected);
    expect(report).toMatchObject({ isVerified: false, isActive: false });
  });

  it('refuses a file that a stranger has signed', async () => {
    expect(failed(await read(await published({ by: stranger })))).toEqual(['signature']);
  });

  it('refuses the word of an owner of before', async () => {
    const agentId = await published();
    expect((await read(agentId)).isVerified).toBe(true);
    const { provider, addresses } = networks.evm;
    const { Contract } = await import('ethers');
    const registry = new Contract(
      addresses.identityRegistry,
      ['function transferFrom(address, address, uint256)'],
      owner.connect(provider),
    );
    const moved = (await registry['transferFrom']!(owner.address, stranger.address, agentId)) as {
      wait(): Promise<unknown>;
    };
    await moved.wait();
    expect(failed(await read(agentId))).toEqual(['signature']);
    // The new one begins to count anew.
    const cid = await network.content.add(Buffer.from(await signed(agentId, { by: stranger })));
    await move(agentId, `ipfs://${cid}`, stranger);
    expect(failed(await read(agentId))).toEqual([]);
  });

  it('refuses an older file, a second one of the same number, and one without', async () => {
    const agentId = await published({ sequence: 5 });
    expect((await read(agentId)).isVerified).toBe(true);
    for (const order of [{ sequence: 4 }, { sequence: 5, profile: { name: 'Another' } }]) {
      const cid = await network.content.add(Buffer.from(await signed(agentId, order)));
      await move(agentId, `ipfs://${cid}`);
      expect(failed(await read(agentId))).toEqual(['sequence']);
    }
    const { signature, sequence, ...bare } = JSON.parse(await signed(agentId)) as Record<
      string,
      unknown
    >;
    expect([signature, sequence]).not.toContain(undefined);
    const cid = await network.content.add(Buffer.from(JSON.stringify(bare)));
    await move(agentId, `ipfs://${cid}`);
    expect(failed(await read(agentId))).toEqual(['sequence']);
  });

  it('believes an unsigned file whose hash is on chain, and says that nobody signed it', async () => {
    const file = { type: 'https://eips.ethereum.org/EIPS/eip-8004#registration-v1', name: 'Ann' };
    const data = Buffer.from(JSON.stringify(file)).toString('base64');
    const report = await read(await register(`data:application/json;base64,${data}`));
    expect(report.isVerified).toBe(true);
    const states = Object.fromEntries(report.checks.map(({ name, state }) => [name, state]));
    expect(states).toMatchObject({ signature: 'absent', sequence: 'absent', liveness: 'absent' });
  });

  it.each([
    ['http://example.com/agent.json'],
    ['file:///etc/passwd'],
    ['https://user@example.com/'],
    ['https://example.com:8443/'],
    ['ipfs://nothing'],
    ['data:text/html,<b>'],
    [''],
  ])('does not go to "%s"', async (uri) => {
    expect(failed(await read(await register(uri)))).toEqual(['uri']);
  });

  it.each([['https://127.0.0.1/agent.json'], ['https://localhost/'], ['https://[::1]/']])(
    'does not go into a private network: %s',
    async (uri) => {
      expect(failed(await read(await register(uri)))).toEqual(['content']);
    },
  );

  it('knows no agent that is not there', async () => {
    await expect(read(10n ** 30n)).rejects.toMatchObject({ code: 'UNKNOWN_AGENT' });
  });
});

describe('a sign of life', () => {
  const NOW = Math.floor(Date.now() / 1_000);
  const PROMISE = { liveness: { leaseSeconds: 300 } };

  it.each<[what: string, state: string, word: Word]>([
    ['of now', 'alive', {}],
    ['whose lease has run out, as after a crash', 'silent', { issuedAt: NOW - 301 }],
    ['by which it leaves', 'left', { leaseSeconds: 0 }],
    ['of the future', 'silent', { issuedAt: NOW + 3_600 }],
    ['of another agent', 'silent', { agentId: 999n }],
    ['whose lease was made longer', 'silent', { claimedSeconds: 600_000, issuedAt: NOW - 301 }],
  ])('%s says that the agent is %s', async (_what, state, word) => {
    const agentId = await published({ profile: PROMISE });
    const report = await read(agentId, await networkThatHeard(agentId, word));
    expect(report.liveness.state).toBe(state);
    expect(report).toMatchObject({ isVerified: true, isActive: state === 'alive' });
  });

  it('of a stranger says nothing', async () => {
    const agentId = await published({ profile: PROMISE });
    const report = await read(agentId, await networkThatHeard(agentId, { by: stranger }));
    expect(report).toMatchObject({ isActive: false, liveness: { state: 'silent' } });
  });

  interface Word {
    readonly by?: Wallet;
    readonly agentId?: bigint;
    readonly issuedAt?: number;
    readonly leaseSeconds?: number;
    /** What is said instead of what was signed. */
    readonly claimedSeconds?: number;
  }

  async function networkThatHeard(agentId: bigint, word: Word): Promise<RegistryNetwork> {
    const { by = owner, issuedAt = NOW, leaseSeconds = 300, claimedSeconds } = word;
    const agent = { registry: network.identities.reference, agentId: word.agentId ?? agentId };
    const { domain, types, message } = typedHeartbeat(agent, { issuedAt, leaseSeconds });
    const signature = await by.signTypedData(domain, { ...types }, { ...message });
    const heard = { issuedAt, leaseSeconds: claimedSeconds ?? leaseSeconds };
    return openNetwork(settings(), {
      verified: { find: async () => undefined, keep: async () => undefined },
      heartbeats: {
        find: async (globalId) => ({ globalId, ...heard, signer: by.address, signature }),
        keep: async () => undefined,
      },
    });
  }
});

describe('a signer that is a contract (ERC-1271)', () => {
  const stamp = (agentId: bigint) =>
    typedHeartbeat(
      { registry: network.identities.reference, agentId },
      { issuedAt: 1, leaseSeconds: 60 },
    );

  async function contract(code: string, agreed = 1n): Promise<string> {
    const address = getAddress(hexlify(randomBytes(20)));
    const { domain, types, message } = stamp(agreed);
    const digest = TypedDataEncoder.hash(domain, { ...types }, { ...message });
    await networks.evm.provider.send('anvil_setCode', [address, code]);
    await networks.evm.provider.send('anvil_setStorageAt', [address, toBeHex(0, 32), digest]);
    return address;
  }

  it('has signed what it says that it has, and nothing else', async () => {
    const address = await contract(WALLETS.acceptsDigest);
    expect(await network.signatures.isSignedBy(address, stamp(1n), '0xc0ffee')).toBe(true);
    expect(await network.signatures.isSignedBy(address, stamp(2n), '0xc0ffee')).toBe(false);
  });

  it.each(['refuses', 'reverts', 'saysTooLittle'] as const)(
    'that %s has signed nothing',
    async (kind) => {
      const address = await contract(WALLETS[kind]);
      expect(await network.signatures.isSignedBy(address, stamp(1n), '0xc0ffee')).toBe(false);
    },
  );
});

describe('an IPFS server that', () => {
  let agentId: bigint;
  beforeAll(async () => {
    agentId = await published();
  });

  it.each<[what: string, faults: Parameters<TestNetworks['ipfs']['faults']['set']>[0]]>([
    ['lies', { lies: true }],
    ['leaves the end out', { truncates: true }],
    ['sends more than there is', { extraBytes: 10 }],
    ['never stops sending', { extraBytes: 10_000_000_000 }],
  ])('%s is found out', async (_what, faults) => {
    networks.ipfs.faults.set(faults);
    const report = await read(agentId);
    expect(failed(report)).toEqual(['content']);
    expect(report.file).toBeUndefined();
  });

  it.each<[what: string, faults: Parameters<TestNetworks['ipfs']['faults']['set']>[0]]>([
    ['is down', { down: true }],
    ['fails', { errors: 5 }],
    ['is slow', { delayMs: 60_000 }],
  ])('%s can be asked again later', async (_what, faults) => {
    networks.ipfs.faults.set(faults);
    await expect(read(agentId)).rejects.toMatchObject({
      code: 'CONTENT_UNREACHABLE',
      isRetryable: true,
    });
  });

  it('names another CID than that of what was added is not believed', async () => {
    networks.ipfs.faults.set({ wrongCids: true });
    await expect(network.content.add(Buffer.from('hello'))).rejects.toMatchObject({
      code: 'CONTENT_MISMATCH',
    });
  });

  it('takes no more than a block', async () => {
    await expect(network.content.add(Buffer.alloc(262_145))).rejects.toMatchObject({
      code: 'CONTENT_TOO_LARGE',
    });
  });
});

describe('a chain that', () => {
  it('is another one than the settings say is not read', async () => {
    await expect(read(0n, openNetwork(settings({ REGISTRY_CHAIN_ID: '1' })))).rejects.toMatchObject(
      {
        code: 'UNKNOWN_AGENT',
      },
    );
    const other = openNetwork(settings({ REGISTRY_CHAIN_ID: '1' }));
    await expect(other.chain.head()).rejects.toMatchObject({ code: 'WRONG_CHAIN' });
  });

  it('has no contract at the address is not written to', async () => {
    const { identities } = openNetwork(settings({ REGISTRY_CONTRACT_ADDRESS: owner.address }));
    await expect(identities.nextId(owner.address)).rejects.toMatchObject({ code: 'NO_CONTRACT' });
  });

  it('does not answer can be asked again later', async () => {
    const { chain } = openNetwork(settings({ REGISTRY_RPC_URL: 'http://127.0.0.1:9' }));
    await expect(chain.head()).rejects.toMatchObject({
      code: 'RPC_UNREACHABLE',
      isRetryable: true,
    });
  });
});

describe('the web', () => {
  const limits = { maxBytes: 64, timeoutMs: 2_000 };
  const routes: Record<string, { status: number; location?: string; body: string }> = {
    '/good': { status: 200, body: '{"a":1}' },
    '/long': { status: 200, body: 'x'.repeat(65) },
    '/elsewhere': { status: 302, location: 'https://10.0.0.1/secret', body: '' },
    '/none': { status: 404, body: '' },
  };
  const server = createServer(({ url = '' }, response) => {
    const { status, location, body } = routes[url] ?? { status: 500, body: '' };
    response.writeHead(status, location === undefined ? {} : { location }).end(body);
  });
  let origin = '';
  beforeAll(async () => {
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    origin = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it('is read up to a size, and nobody follows where it leads', async () => {
    const reader = new PublicWebReader({ isLoopbackAllowed: true });
    const good = await reader.read(`${origin}/good`, limits);
    expect(Buffer.from(good).toString()).toBe('{"a":1}');
    for (const [path, code] of [
      ['/long', 'CONTENT_TOO_LARGE'],
      ['/elsewhere', 'FORBIDDEN_ADDRESS'],
      ['/none', 'CONTENT_UNREACHABLE'],
    ] as const)
      await expect(reader.read(origin + path, limits)).rejects.toMatchObject({ code });
  });

  it('does not include this machine', async () => {
    const reader = new PublicWebReader();
    await expect(reader.read(`${origin}/good`, limits)).rejects.toMatchObject({
      code: 'FORBIDDEN_ADDRESS',
    });
  });
});

describe('npm run registry', () => {
  const run = (...args: string[]): ReturnType<typeof runProgram> =>
    runProgram('registry', args, { PATH: process.env['PATH'], ...networks.settings });

  it('shows every field with how it was verified', async () => {
    const agentId = await published();
    const good = await run('--json', 'show', String(agentId));
    expect(good).toMatchObject({ code: 0, stderr: '' });
    const shown = JSON.parse(good.stdout) as {
      isVerified: boolean;
      fields: Record<string, { value: unknown; verifiedBy: string[] }>;
    };
    expect(shown.isVerified).toBe(true);
    expect(shown.fields['name']?.value).toBe('CFO Maya');
    const { owner: onChain, name } = shown.fields;
    expect(onChain?.verifiedBy.join()).toMatch(/at block \d+/);
    for (const check of ['content', 'schema', 'back-link', 'signature', 'sequence'])
      expect(name?.verifiedBy.join()).toContain(check);
  });

  it('ends with 1 and the reason for what was tampered with', async () => {
    const agentId = await published();
    networks.ipfs.faults.set({ lies: true });
    const forged = await run('--json', 'show', String(agentId));
    expect(forged.code).toBe(1);
    expect(forged.stderr).toContain('Not to be believed: content:');
  });
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createChainNodeSDK } from '@akashnetwork/chain-sdk';
import { StargateClient } from '@cosmjs/stargate';
import {
  DevnetControl,
  endLeftovers,
  findDevnet,
  findOrStartDevnet,
  type ChainKey,
  type DevnetInfo,
} from '@371os/devnet';
import { create } from 'kubo-rpc-client';
import { eventually } from '../support/eventually.ts';
import { planService } from './manifests.ts';
import { Tenant } from './tenant.ts';

const ROOT = new URL('../..', import.meta.url).pathname;
const COMMAND = [
  process.execPath,
  '--conditions=@371os/source',
  'scripts/main.js',
  'devnet',
] as const;
const directories: string[] = [];

afterAll(async () => {
  for (const directory of directories) {
    const info = await findDevnet(directory);
    if (info) process.kill(info.pid, 'SIGKILL');
    await endLeftovers(directory);
    rmSync(directory, { recursive: true, force: true });
  }
});

function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), '371os-devnet-'));
  directories.push(directory);
  return directory;
}

function environmentOf(directory: string, change: Record<string, string> = {}): NodeJS.ProcessEnv {
  const ports = ['RPC', 'REST', 'GRPC', 'CONSOLE', 'GATEWAY'].map((name) => [
    `DEVNET_AKASH_${name}_PORT`,
    '0',
  ]);
  return {
    ...{ PATH: process.env['PATH'], DEVNET_DIR: directory, DEVNET_BLOCK_MS: '50' },
    ...(Object.fromEntries(ports) as Record<string, string>),
    ...{ DEVNET_EVM_PORT: '0', DEVNET_IPFS_API_PORT: '0', DEVNET_IPFS_GATEWAY_PORT: '0' },
    ...{ DEVNET_CONTROL_PORT: '0', ...change },
  };
}

async function start(directory: string, change: Record<string, string> = {}): Promise<DevnetInfo> {
  return findOrStartDevnet({
    ...{ directory, command: COMMAND, workingDirectory: ROOT },
    environment: environmentOf(directory, change),
  });
}

async function runToEnd(directory: string, ...args: string[]): Promise<[number, string]> {
  const [program, ...rest] = COMMAND;
  const child = spawn(program, [...rest, ...args], { cwd: ROOT, env: environmentOf(directory) });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number];
  return [code, output];
}

/** A tenant of a devnet in another process. */
async function tenantOf(info: DevnetInfo): Promise<Tenant> {
  const key = JSON.parse(readFileSync(info.akash.tenantKeyFile, 'utf8')) as ChainKey;
  const sdk = createChainNodeSDK({ query: { baseUrl: info.akash.grpcUrl } });
  return Tenant.of({ addresses: info.akash, tenant: key }, sdk);
}

async function stateOf({ akash }: DevnetInfo): Promise<{ height: number; uakt: string }> {
  const client = await StargateClient.connect(akash.rpcUrl);
  const { amount: uakt } = await client.getBalance(akash.tenant, 'uakt');
  return { height: await client.getHeight(), uakt };
}

describe('a devnet in a process of its own', () => {
  const directory = newDirectory();
  let info: DevnetInfo;
  beforeAll(async () => {
    const [first, second] = await Promise.all([start(directory), start(directory)]);
    expect(second).toEqual(first);
    info = first;
  });

  it('is found by those who come later', async () => {
    expect((await start(directory)).pid).toBe(info.pid);
    const [code, output] = await runToEnd(directory, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(output)).toEqual({ ...info, isRunningElsewhere: true });
  });

  it('keeps its secrets to its owner', () => {
    for (const file of [info.tokenFile, info.akash.tenantKeyFile, join(directory, 'devnet.json')])
      expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(info.akash.authorityFile, 'utf8').trim()).toBe(info.akash.authority.trim());
  });

  it('makes blocks by itself', async () => {
    const { height } = await stateOf(info);
    await eventually(async () => {
      expect((await stateOf(info)).height).toBeGreaterThan(height + 2);
    });
  });

  it('is controlled by whoever has the token', async () => {
    const control = new DevnetControl(info);
    const { height } = await stateOf(info);
    const skipped = await control.run('skipBlocks', { count: 1000 });
    expect(skipped.height).toBeGreaterThanOrEqual(height + 1000);
    const address = 'akash1365yvmc4s7awdyj3n2sav7xfx76adc6dnmlx63';
    await control.run('fund', { address, uakt: '5', uact: '0' });
    const client = await StargateClient.connect(info.akash.rpcUrl);
    expect((await client.getBalance(address, 'uakt')).amount).toBe('5');
    expect(await control.run('setChainFaults', { dropTransactions: 2 })).toMatchObject({
      dropTransactions: 2,
    });
    expect(await control.run('setChainFaults', {})).toMatchObject({ dropTransactions: 0 });
    const { providers } = await control.run('setProviderFaults', { faults: { noBids: false } });
    expect(providers).toHaveLength(info.akash.providers.length);
    await control.run('setIpfsFaults', { down: true });
    await expect(fetch(info.ipfs.gatewayUrl)).rejects.toThrow();
    expect(await control.run('setIpfsFaults', {})).toMatchObject({ down: false });
    expect((await fetch(info.ipfs.gatewayUrl)).status).toBe(404);
  });

  it('refuses everybody else, and what makes no sense', async () => {
    const stranger = await fetch(`${info.controlUrl}/stop`, { method: 'POST', body: '{}' });
    expect(stranger.status).toBe(401);
    const control = new DevnetControl(info);
    await expect(control.run('skipBlocks', { count: 0 })).rejects.toThrow(/count/);
    const made = { noBids: true, noSuchFault: true } as { noBids: boolean };
    await expect(control.run('setProviderFaults', { faults: made })).rejects.toThrow(/noSuchFault/);
    await expect(
      control.run('exhaustEscrow', { owner: info.akash.tenant, dseq: '4711' }),
    ).resolves.toMatchObject({ code: 3 });
  });

  it('that is killed comes back as it was, and runs again what it ran', async () => {
    const tenant = await tenantOf(info);
    const plan = await planService({ region: 'eu-central' });
    const dseq = await tenant.lease(plan, 'helsinki');
    await tenant.sendManifest('helsinki', dseq, plan.manifest);
    const url = await tenant.serviceUrl('helsinki', dseq);
    const before = await stateOf(info);
    const file = await create({ url: info.ipfs.apiUrl }).add('said to be kept');
    process.kill(info.pid, 'SIGKILL');
    await eventually(async () => {
      await expect(fetch(url)).rejects.toThrow();
    });
    const again = await start(directory);
    expect(again.pid).not.toBe(info.pid);
    const after = await stateOf(again);
    expect(after.height).toBeGreaterThanOrEqual(before.height);
    expect(after.uakt).toBe(before.uakt);
    expect(again.akash.tenant).toBe(info.akash.tenant);
    // Anvil has gone on meanwhile.
    expect(again.evm).toEqual(info.evm);
    const later = await tenantOf(again);
    expect(await later.leaseState(dseq)).toMatchObject({ state: 1 });
    const answer = await fetch(await later.serviceUrl('helsinki', dseq));
    expect(await answer.json()).toMatchObject({ isStandIn: true });
    expect(again.ipfs.peerId).toBe(info.ipfs.peerId);
    const ipfs = create({ url: again.ipfs.apiUrl });
    expect(await Array.fromAsync(ipfs.pin.ls({ paths: file.cid }))).toHaveLength(1);
    const kept = await fetch(`${again.ipfs.gatewayUrl}/ipfs/${String(file.cid)}`);
    expect(await kept.text()).toBe('said to be kept');
    info = again;
  });

  it('takes another port when somebody has the one that it wants, and ends with its directory', async () => {
    const somebody = createServer();
    await new Promise<void>((done) => somebody.listen(0, '127.0.0.1', done));
    const { port } = somebody.address() as AddressInfo;
    const other = await start(newDirectory(), { DEVNET_AKASH_RPC_PORT: String(port) });
    expect(new URL(other.akash.rpcUrl).port).not.toBe(String(port));
    expect((await stateOf(other)).height).toBeGreaterThan(0);
    somebody.close();
    rmSync(other.directory, { recursive: true, force: true });
    // Nobody could find or stop it any more.
    await eventually(async () => {
      expect(() => process.kill(other.pid, 0)).toThrow();
    });
  });

  it('ends when it is told to, and takes what it ran with it', async () => {
    expect(await runToEnd(directory, '--stop')).toEqual([
      ...[0, `Stopped process ${String(info.pid)}.\n`],
    ]);
    await eventually(async () => {
      expect(() => process.kill(info.pid, 0)).toThrow();
    });
    expect(existsSync(join(directory, 'devnet.json'))).toBe(false);
    expect(await runToEnd(directory, '--stop')).toEqual([
      ...[0, `No devnet runs on ${directory}.\n`],
    ]);
  });
});

describe('a devnet that cannot start', () => {
  it('says that somebody has its directory and does not answer', async () => {
    const directory = newDirectory();
    const lock = new DatabaseSync(join(directory, 'lock.sqlite'));
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    expect(await runToEnd(directory)).toEqual([1, expect.stringContaining('does not answer')]);
    lock.close();
  });

  it('says which setting is wrong', async () => {
    await expect(start(newDirectory(), { DEVNET_BLOCK_MS: 'soon' })).rejects.toThrow(
      /DEVNET_BLOCK_MS: "soon" is not valid/,
    );
  });
});

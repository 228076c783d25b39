import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Contract, JsonRpcProvider, parseEther, Wallet } from 'ethers';
import { IDENTITY_REGISTRY, REPUTATION_REGISTRY } from '@371os/contracts';
import { startEvmDevnet, type EvmDevnet } from '@371os/devnet';
import { eventually } from '../support/eventually.ts';

const BLOCK_MS = 100;
const POLL_MS = 20;
const WAIT_MS = 20_000;
const STRANGER = '0x1111111111111111111111111111111111111111';

const directories: string[] = [];
const running = new Set<EvmDevnet>();
const providers: JsonRpcProvider[] = [];

afterAll(async () => {
  for (const provider of providers) provider.destroy();
  for (const evm of running) await evm.stop();
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), '371os-evm-'));
  directories.push(directory);
  return directory;
}

async function start(directory: string, port = 0): Promise<EvmDevnet> {
  const evm = await startEvmDevnet({ directory, isKept: true, blockTimeMs: BLOCK_MS, port });
  running.add(evm);
  return evm;
}

async function stop(evm: EvmDevnet): Promise<void> {
  running.delete(evm);
  await evm.stop();
}

function walletOf({ addresses, account }: EvmDevnet): Wallet {
  const options = { staticNetwork: true, cacheTimeout: -1, batchMaxCount: 1 };
  const provider = new JsonRpcProvider(addresses.rpcUrl, addresses.chainId, options);
  provider.pollingInterval = POLL_MS;
  providers.push(provider);
  return new Wallet(account.privateKey, provider);
}

function identityOf(evm: EvmDevnet): Contract {
  return new Contract(evm.addresses.identityRegistry, IDENTITY_REGISTRY.abi, walletOf(evm));
}

/** @returns the hash of the transaction that agent 0 was registered by */
async function register(evm: EvmDevnet, uri: string): Promise<string> {
  const sent: unknown = await identityOf(evm).getFunction('register(string)')(uri);
  const receipt = await (sent as { wait(n: number, ms: number): Promise<{ hash: string }> }).wait(
    ...([1, WAIT_MS] as const),
  );
  return receipt.hash;
}

async function uriOf(evm: EvmDevnet): Promise<unknown> {
  return identityOf(evm).getFunction('tokenURI')(0);
}

function recordOf(directory: string): { pid: number; port: number; instanceId: string } {
  return JSON.parse(readFileSync(join(directory, 'anvil.json'), 'utf8')) as never;
}

describe('an EVM chain', () => {
  const directory = newDirectory();
  let evm: EvmDevnet;
  let wallet: Wallet;
  let chain: JsonRpcProvider;
  beforeAll(async () => {
    evm = await start(directory);
    wallet = walletOf(evm);
    chain = wallet.provider as JsonRpcProvider;
  });

  afterAll(async () => stop(evm));

  // Each is another transaction, so that no two have one hash.
  let value = 0n;
  async function send(): Promise<string> {
    value += 1n;
    return (await wallet.sendTransaction({ to: STRANGER, value, gasLimit: 21_000 })).hash;
  }

  it('has the registries, and an account with coins whose key is its own', async () => {
    const reputation = new Contract(
      ...([evm.addresses.reputationRegistry, REPUTATION_REGISTRY.abi, wallet] as const),
    );
    expect(await reputation.getFunction('getIdentityRegistry')()).toBe(
      evm.addresses.identityRegistry,
    );
    expect(wallet.address).toBe(evm.account.address);
    expect(JSON.parse(readFileSync(evm.keyFile, 'utf8'))).toEqual(evm.account);
    expect(statSync(evm.keyFile).mode & 0o777).toBe(0o600);
    expect(await chain.getBalance(wallet)).toBeGreaterThan(parseEther('9999'));
    expect(await chain.send('eth_accounts', [])).toEqual([]);
    expect(await chain.send('eth_chainId', [])).toBe('0x7a69');
  });

  it('confirms by more blocks', async () => {
    const receipt = await chain.waitForTransaction(await send(), 4, WAIT_MS);
    expect(receipt?.status).toBe(1);
  });

  // Anvil by itself forgot some of them in 7 of 21 runs.
  it('puts many that come at once into blocks', async () => {
    const nonce = await wallet.getNonce();
    const common = await wallet.populateTransaction({ to: STRANGER, gasLimit: 21_000 });
    const signed = await Promise.all(
      Array.from({ length: 60 }, async (_, index) =>
        wallet.signTransaction({ ...common, nonce: nonce + index }),
      ),
    );
    await Promise.all(signed.map(async (one) => chain.broadcastTransaction(one)));
    await eventually(async () => {
      expect(await wallet.getNonce()).toBe(nonce + signed.length);
    });
  });

  it('lets transactions wait, and forgets them', async () => {
    await evm.pauseMining();
    const before = await chain.getBlockNumber();
    const hash = await send();
    expect((await chain.getTransaction(hash))?.blockNumber).toBeNull();
    expect(await chain.getBlockNumber()).toBe(before);
    await evm.dropTransactions();
    expect(await chain.getTransaction(hash)).toBeNull();
    const later = await send();
    await evm.resumeMining();
    await chain.waitForTransaction(later, 2, WAIT_MS);
    expect(await chain.getTransactionReceipt(hash)).toBeNull();
  });

  it('takes blocks back', async () => {
    const hash = await send();
    await chain.waitForTransaction(hash, 1, WAIT_MS);
    await evm.pauseMining();
    const { blockNumber } = (await chain.getTransactionReceipt(hash))!;
    await evm.reorganize((await chain.getBlockNumber()) - blockNumber + 1);
    expect(await chain.getTransactionReceipt(hash)).toBeNull();
    await evm.resumeMining();
    await expect(evm.reorganize(1_000_000)).rejects.toThrow(/did not do/);
  });

  it('makes blocks, coins and a fee as it is told', async () => {
    const before = await chain.getBlockNumber();
    await evm.mine(100);
    expect(await chain.getBlockNumber()).toBeGreaterThanOrEqual(before + 100);
    const balance = await chain.getBalance(STRANGER);
    await evm.fund(STRANGER, 5n);
    expect(await chain.getBalance(STRANGER)).toBe(balance + 5n);
    await evm.pauseMining();
    await evm.setBaseFee(parseEther('0.000001'));
    await evm.mine(1);
    expect((await chain.getBlock('latest'))?.baseFeePerGas).toBe(parseEther('0.000001'));
    await evm.resumeMining();
  });
});

describe('an EVM chain that ends', () => {
  it('goes on from where it was stopped', async () => {
    const directory = newDirectory();
    const first = await start(directory);
    await register(first, 'ipfs://kept');
    const { pid } = recordOf(directory);
    await stop(first);
    expect(() => process.kill(pid, 0)).toThrow();
    const second = await start(directory);
    expect(second.isAdopted).toBe(false);
    expect(await uriOf(second)).toBe('ipfs://kept');
    expect(second.account).toEqual(first.account);
    expect(second.addresses.identityRegistry).toBe(first.addresses.identityRegistry);
    await stop(second);
  });

  it('goes on from what was saved when it is killed', async () => {
    const directory = newDirectory();
    const first = await start(directory);
    const hash = await register(first, 'ipfs://saved');
    await eventually(async () => {
      expect(readFileSync(join(directory, 'state.json'), 'utf8')).toContain(hash);
    });
    process.kill(recordOf(directory).pid, 'SIGKILL');
    const second = await start(directory);
    expect(second.isAdopted).toBe(false);
    expect(await uriOf(second)).toBe('ipfs://saved');
    await stop(second);
    await stop(first);
  });

  it('can be taken over while it runs, and loses nothing', async () => {
    const directory = newDirectory();
    const first = await start(directory);
    await register(first, 'ipfs://running');
    const second = await start(directory);
    expect(second.isAdopted).toBe(true);
    expect(second.addresses).toEqual(first.addresses);
    expect(await uriOf(second)).toBe('ipfs://running');
    const { pid } = recordOf(directory);
    await stop(second);
    expect(() => process.kill(pid, 0)).toThrow();
    await stop(first);
  });
});

describe('where an EVM chain listens', () => {
  it('is another port when somebody has the one that it wants', async () => {
    const somebody = createServer();
    await new Promise<void>((done) => somebody.listen(0, '127.0.0.1', done));
    const { port } = somebody.address() as AddressInfo;
    const evm = await start(newDirectory(), port);
    expect(new URL(evm.addresses.rpcUrl).port).not.toBe(String(port));
    await stop(evm);
    somebody.close();
  });

  it('is another port when another chain answers where one was', async () => {
    const [directory, othersDirectory] = [newDirectory(), newDirectory()];
    const other = await start(othersDirectory);
    const { pid, port } = recordOf(othersDirectory);
    const lost = { pid, port, instanceId: '0xgone' };
    writeFileSync(join(directory, 'anvil.json'), JSON.stringify(lost));
    const evm = await start(directory, port);
    expect(evm.isAdopted).toBe(false);
    expect(evm.addresses.rpcUrl).not.toBe(other.addresses.rpcUrl);
    expect(evm.addresses.identityRegistry).not.toBe(other.addresses.identityRegistry);
    await stop(evm);
    process.kill(pid, 0);
    await stop(other);
  });
});

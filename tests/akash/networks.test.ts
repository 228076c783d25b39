import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readSettings } from '@371os/kernel';
import {
  akashSettings,
  chooseNetwork,
  configuredSigner,
  ConsoleUptime,
  loadNetworks,
  writeKeystore,
  type AkashNetwork,
  type AkashSettings,
} from '@371os/plugin-akash';

const settingsOf = (environment: Record<string, string>): AkashSettings =>
  readSettings(akashSettings, (name) => environment[name]);

describe('a network', () => {
  const chosen = (environment: Record<string, string>): AkashNetwork | undefined =>
    chooseNetwork(settingsOf(environment), loadNetworks());
  const own = { AKASH_RPC_URL: 'http://127.0.0.1:26657', AKASH_CHAIN_ID: 'mine-1' };

  test.each<[string, Record<string, string>, Partial<AkashNetwork> | undefined]>([
    ['nothing', {}, undefined],
    ['the devnet, and not where it is', { AKASH_NETWORK: 'devnet' }, undefined],
    ['mainnet', { AKASH_NETWORK: 'mainnet' }, { chainId: 'akashnet-2', gasPrice: '0.025uakt' }],
    ['the sandbox', { AKASH_NETWORK: 'sandbox' }, { chainId: 'sandbox-2' }],
    [
      'mainnet by a node of our own',
      { AKASH_NETWORK: 'mainnet', AKASH_RPC_URL: 'http://127.0.0.1:1' },
      { chainId: 'akashnet-2', rpcUrl: 'http://127.0.0.1:1', name: 'mainnet' },
    ],
    [
      'a chain of our own, of which nothing else is known',
      own,
      { name: 'custom', chainId: 'mine-1', consoleUrl: undefined, explorer: undefined },
    ],
    [
      'settings that go before data',
      { AKASH_NETWORK: 'sandbox', AKASH_GAS_PRICE: '1uakt', AKASH_CONSOLE_URL: 'http://c.test' },
      { gasPrice: '1uakt', consoleUrl: 'http://c.test' },
    ],
    [
      'another chain under a known name, whose data does not hold for it',
      { AKASH_NETWORK: 'mainnet', ...own },
      { chainId: 'mine-1', consoleUrl: undefined, restUrl: undefined },
    ],
  ])('is chosen by %s', (_name, environment, expected) => {
    if (expected === undefined) expect(chosen(environment)).toBeUndefined();
    else expect(chosen(environment)).toMatchObject(expected);
  });

  test.each<[Record<string, string>, RegExp]>([
    [{ AKASH_NETWORK: 'moonnet' }, /AKASH_NETWORK: "moonnet" is not valid.*mainnet/],
    [{ AKASH_NETWORK: 'custom' }, /AKASH_RPC_URL.*needs the address of a node/],
    [{ AKASH_RPC_URL: 'http://127.0.0.1:1' }, /AKASH_CHAIN_ID.*the id of its chain/],
    [{ AKASH_KEY: 'a', AKASH_KEYSTORE: 'b' }, /AKASH_KEYSTORE.*keep one of them/],
    [{ AKASH_KEYSTORE: 'b' }, /AKASH_KEYSTORE_PASSWORD_FILE/],
    [{ AKASH_GAS_PRICE: '0.025uact' }, /AKASH_GAS_PRICE/],
  ])('is not chosen by %j', (environment, problem) => {
    expect(() => settingsOf(environment)).toThrow(problem);
  });
});

describe('a keystore', () => {
  const MNEMONIC =
    'abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about';
  const password = 'correct horse';
  const directory = mkdtempSync(join(tmpdir(), '371os-keystore-'));
  const file = (name: string): string => join(directory, name);
  const path = file('akash.json');
  const opening = (change: Record<string, string>) => async () =>
    configuredSigner(settingsOf({ AKASH_KEYSTORE: path, ...change }));

  beforeAll(async () => {
    const address = await writeKeystore(`${MNEMONIC}\n`, { path, password });
    const bare = await configuredSigner(settingsOf({ AKASH_KEY: MNEMONIC }));
    expect(address).toBe(bare?.address);
  });
  afterAll(() => {
    rmSync(directory, { recursive: true });
  });

  test('is readable by its owner alone, and holds nothing of the key in clear', () => {
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(path, 'utf8')).not.toContain('abandon');
  });

  test('signs as the bare key does, its password in a file', async () => {
    writeFileSync(file('password'), `${password}\n`, { mode: 0o600 });
    const kept = await opening({ AKASH_KEYSTORE_PASSWORD_FILE: file('password') })();
    const bare = await configuredSigner(settingsOf({ AKASH_KEY: MNEMONIC }));
    const digest = Buffer.alloc(32, 7);
    expect(kept?.address).toBe(bare?.address);
    expect(await kept?.sign(digest)).toEqual(await bare?.sign(digest));
  });

  test('does not open with another password, which is not repeated', async () => {
    const wrong = opening({ AKASH_KEYSTORE_PASSWORD: 'hunter2-hunter2' })();
    await expect(wrong).rejects.toThrow(/does not open: its password/);
    await expect(wrong).rejects.not.toThrow(/hunter2/);
  });

  test('is never replaced', async () => {
    await expect(writeKeystore(MNEMONIC, { path, password })).rejects.toThrow(/not replaced/);
  });

  test('is not made of words that are no mnemonic', async () => {
    const made = writeKeystore('secret words', { path: file('none.json'), password });
    await expect(made).rejects.toThrow(/12 to 24 words/);
    await expect(made).rejects.not.toThrow(/secret words/);
  });

  test.each<[string, Record<string, string>, RegExp]>([
    ['is missing', { AKASH_KEYSTORE: file('missing') }, /no such file/],
    ['others can read', { AKASH_KEYSTORE: file('open.json') }, /chmod 600 .*open\.json/],
    ['is something else', { AKASH_KEYSTORE: file('other.json') }, /is no keystore/],
    [
      'has a password that others can read',
      { AKASH_KEYSTORE_PASSWORD: '', AKASH_KEYSTORE_PASSWORD_FILE: file('open.json') },
      /chmod 600 .*open\.json/,
    ],
  ])('that %s is refused', async (_name, change, problem) => {
    writeFileSync(file('open.json'), '{}');
    chmodSync(file('open.json'), 0o640);
    writeFileSync(file('other.json'), '{}', { mode: 0o600 });
    await expect(opening({ AKASH_KEYSTORE_PASSWORD: password, ...change })()).rejects.toThrow(
      problem,
    );
  });
});

describe('the uptime of providers', () => {
  let answer = '';
  let asked = 0;
  let now = 0;
  const server = createServer((_request, response) => {
    asked += 1;
    if (answer !== '') response.end(answer);
  });
  const problems: string[] = [];
  let uptime: ConsoleUptime;

  beforeAll(async () => {
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const { port } = server.address() as AddressInfo;
    uptime = new ConsoleUptime({
      ...{ url: `http://127.0.0.1:${String(port)}/`, timeoutMs: 1_000, now: () => now },
      log: (problem) => problems.push(problem),
    });
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  test('is not known while the Console says nothing, and it is not asked again at once', async () => {
    expect(await uptime.permilleOf('akash1a')).toBeUndefined();
    expect(await uptime.permilleOf('akash1a')).toBeUndefined();
    expect([asked, problems.length]).toEqual([1, 1]);
  });

  test('is asked for once for all, and what makes no sense is left out', async () => {
    now += 60_000;
    answer = JSON.stringify([
      { owner: 'akash1a', uptime7d: 0.9958 },
      { owner: 'akash1b', uptime7d: null },
      { owner: 'akash1c', uptime7d: 17 },
      'nonsense',
    ]);
    const owners = ['akash1a', 'akash1b', 'akash1c', 'akash1d'];
    const figures = await Promise.all(owners.map(async (owner) => uptime.permilleOf(owner)));
    expect(figures).toEqual([996, undefined, undefined, undefined]);
    expect(asked).toBe(2);
  });

  test('is asked for again later', async () => {
    now += 600_000;
    answer = JSON.stringify([{ owner: 'akash1a', uptime7d: 0.5 }]);
    expect(await uptime.permilleOf('akash1a')).toBe(500);
  });
});

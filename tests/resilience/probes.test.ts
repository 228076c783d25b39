import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createServer as createTcpServer, type AddressInfo, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  akashProbe,
  BadAnswerError,
  chainProbe,
  databaseProbe,
  Database,
  dnsProbe,
  ipfsProbe,
  modelProbe,
  type Probe,
} from '@371os/plugin-resilience';
import { startTestDevnet, type TestDevnet } from '../support/akash-devnet.ts';
import { openDatabase } from '../support/database.ts';
import { startTestEvm, type TestEvm } from '../support/evm-devnet.ts';
import { startTestIpfs, type TestIpfs } from '../support/ipfs-devnet.ts';
import { startScriptedModel, type ScriptedModel } from '../support/scripted-model.ts';
import { Supplier } from './mode-fixture.ts';

const START_MS = 60_000;
const TIMEOUT_MS = 400;

type Kind = 'model' | 'chain' | 'IPFS' | 'Akash';
const KINDS: Record<Kind, (url: string) => Probe> = {
  model: (url) => modelProbe({ provider: 'openai', url }),
  chain: (url) => chainProbe({ url }),
  IPFS: (url) => ipfsProbe({ url }),
  Akash: (url) => akashProbe({ url }),
};

function check(probe: Probe): Promise<void> {
  return probe.check(AbortSignal.timeout(TIMEOUT_MS));
}

describe('what is there', () => {
  let evm: TestEvm;
  let ipfs: TestIpfs;
  let akash: TestDevnet;
  let model: ScriptedModel;
  beforeAll(async () => {
    [evm, ipfs, akash, model] = await Promise.all([
      startTestEvm(),
      startTestIpfs(),
      startTestDevnet(1_000),
      startScriptedModel(),
    ]);
  }, START_MS);
  afterAll(async () => {
    await Promise.all([evm.stop(), ipfs.stop(), akash.stop(), model.close()]);
  });

  it.each<Kind>(['model', 'chain', 'IPFS', 'Akash'])('answers its probe: %s', async (kind) => {
    const urls: Record<Kind, string> = {
      model: model.baseUrl,
      chain: evm.addresses.rpcUrl,
      IPFS: ipfs.apiUrl,
      Akash: akash.devnet.addresses.rpcUrl,
    };
    const probe = KINDS[kind](urls[kind]);
    await expect(probe.check(AbortSignal.timeout(5_000))).resolves.toBeUndefined();
    expect(probe).toMatchObject({ isOutside: false, supplier: '127.0.0.1' });
  });

  it('answers for the database', async () => {
    const database = await openDatabase([]);
    await expect(check(databaseProbe(new Database(database)))).resolves.toBeUndefined();
    await database.close();
    await expect(check(databaseProbe(new Database(database)))).rejects.toThrow();
  });
});

describe('what answers wrongly is there, and not well', () => {
  const json = (answer: unknown): string => JSON.stringify(answer);

  it.each<[string, Kind, number, string]>([
    ['a server error', 'model', 500, ''],
    ['a server error', 'chain', 503, ''],
    ['another protocol', 'chain', 200, '<html>'],
    ['no id of a chain', 'chain', 200, json({ result: 'latest' })],
    ['an error of its own', 'chain', 200, json({ error: { code: -32_000, message: 'x' } })],
    ['no version', 'IPFS', 200, json({})],
    ['a refusal', 'IPFS', 401, json({ Version: '1' })],
    ['no network', 'Akash', 200, json({ result: { node_info: {} } })],
    ['without end', 'Akash', 200, 'x'.repeat(200_000)],
    ['a way elsewhere', 'chain', 302, ''],
  ])('%s, for %s', async (_what, kind, status, body) => {
    const supplier = await Supplier.startRaw(status, body);
    await expect(check(KINDS[kind](supplier.url))).rejects.toBeInstanceOf(BadAnswerError);
    await supplier.stop();
  });

  it.each([200, 301, 401, 404, 405, 429])('but a model server may say HTTP %i', async (status) => {
    const supplier = await Supplier.startRaw(status, '');
    await expect(check(KINDS.model(supplier.url))).resolves.toBeUndefined();
    await supplier.stop();
  });
});

describe('who does not answer is not there', () => {
  let silent: Server;
  beforeAll(async () => {
    silent = createTcpServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
  });
  afterAll(() => {
    silent.close();
  });

  it.each<Kind>(['model', 'chain', 'IPFS', 'Akash'])('%s', async (kind) => {
    const { port } = silent.address() as AddressInfo;
    const beganAtMs = performance.now();
    const failures = await Promise.all(
      [`http://127.0.0.1:${String(port)}`, 'http://127.0.0.1:9', 'http://nobody.invalid'].map(
        (url) =>
          check(KINDS[kind](url)).then(
            () => undefined,
            (error: unknown) => error,
          ),
      ),
    );
    expect(performance.now() - beganAtMs).toBeLessThan(5 * TIMEOUT_MS);
    for (const failure of failures) {
      expect(failure).toHaveProperty('message');
      expect(failure).not.toBeInstanceOf(BadAnswerError);
    }
  });
});

describe('DNS', () => {
  const NXDOMAIN = 3;
  const SERVFAIL = 2;
  const NO_RECORDS = 0;
  const asked: string[] = [];
  let ofDomain: number | undefined;
  let ofOthers: number | undefined;
  let server: Socket;
  beforeAll(async () => {
    server = createSocket('udp4');
    server.on('message', (query, { port, address }) => {
      asked.push(nameIn(query));
      const code = nameIn(query) === 'example.com' ? ofDomain : ofOthers;
      if (code === undefined) return;
      // The query itself, as a response with that code and no records.
      const response = Buffer.from(query);
      response[2] = response[2]! | 0x80;
      response[3] = code;
      server.send(response, port, address);
    });
    server.bind(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterAll(() => {
    server.close();
  });

  function nameIn(query: Buffer): string {
    const labels: string[] = [];
    for (let at = 12; query[at]; at += query[at]! + 1)
      labels.push(query.toString('latin1', at + 1, at + 1 + query[at]!));
    return labels.join('.').toLowerCase();
  }

  function probe(): Probe {
    let labels = 0;
    return dnsProbe({
      domain: 'example.com',
      newLabel: () => `probe-${String((labels += 1))}`,
      servers: [`127.0.0.1:${String(server.address().port)}`],
    });
  }

  it('is there when it knows the domain and says that another name is none, a new one each time', async () => {
    [ofDomain, ofOthers] = [NO_RECORDS, NXDOMAIN];
    const dns = probe();
    asked.length = 0;
    await check(dns);
    await check(dns);
    expect(asked.toSorted()).toEqual([
      ...['example.com', 'example.com', 'probe-1.example.com', 'probe-2.example.com'],
    ]);
  });

  it.each<[string, number | undefined, number | undefined]>([
    ['cannot find out', SERVFAIL, SERVFAIL],
    ['says nothing', undefined, undefined],
    ['knows from a cache alone', NO_RECORDS, SERVFAIL],
    ['says of every name that there is none', NXDOMAIN, NXDOMAIN],
  ])('is not there when it %s', async (_what, domain, others) => {
    [ofDomain, ofOthers] = [domain, others];
    const beganAtMs = performance.now();
    await expect(check(probe())).rejects.toThrow(/^it says E/);
    expect(performance.now() - beganAtMs).toBeLessThan(5 * TIMEOUT_MS);
  });
});

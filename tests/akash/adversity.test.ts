import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { accountCertificate, type AkashDevnet, type CertificatePair } from '@371os/devnet';
import { OWNER } from '@371os/kernel';
import { akashOf, type Deployments } from '@371os/plugin-akash';
import { startTestDevnet, type TestDevnet } from '../support/akash-devnet.ts';
import { eventually } from '../support/eventually.ts';
import { RpcProxy } from '../support/rpc-proxy.ts';
import { AkashAgent } from './agent-fixture.ts';

const NOBODY = 'akash1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqsayzxs';

let network: TestDevnet;
let devnet: AkashDevnet;
let proxy: RpcProxy;
let agent: AkashAgent;
let other: AkashAgent;
let deployments: Deployments;
beforeAll(async () => {
  network = await startTestDevnet(100);
  ({ devnet } = network);
  proxy = await RpcProxy.start(devnet.addresses.rpcUrl);
  const settings = {
    ...{ ...network.settings, AKASH_RPC_URL: proxy.url },
    ...{ AKASH_NO_BID_MS: '6000', AKASH_READY_MS: '2000', AKASH_WATCH_MS: '500' },
  };
  // Two services on one database, as two processes have them.
  agent = await AkashAgent.start(settings);
  other = await AkashAgent.start(settings);
  deployments = await (await akashOf(agent.runtime)).deployments();
}, 120_000);
afterEach(() => {
  everyProvider({});
  proxy.answer = (_call, answer) => answer;
});
afterAll(async () => {
  await other.runtime.stop();
  await agent.runtime.stop();
  await proxy.stop();
  await network.stop();
});

const idIn = (text: string): string => /\/approve ([0-9A-Z]{8})/.exec(text)?.[1] ?? text;
const ask = (text: string): Promise<string> => agent.ask(OWNER, text);
const request = (region: string): string =>
  `deploy nginx:alpine with half a cpu and 512Mi for at most 5 dollars a month in ${region}`;
const balance = (denom: string): bigint =>
  devnet.chain.state.bank.balance(devnet.tenant.address, denom);
const isOpen = (dseq: string | undefined): boolean =>
  devnet.chain.state.deployments
    .all(devnet.tenant.address)
    .some((one) => one.state === 'active' && (dseq === undefined || one.dseq === dseq));

function everyProvider(fault: Parameters<AkashDevnet['faults']['setProvider']>[1]): void {
  for (const { name } of devnet.addresses.providers) devnet.faults.setProvider(name, fault);
}

async function deploy(): Promise<string> {
  const id = idIn(await ask(request('eu')));
  expect(await ask(`/approve ${id}`)).toMatch(/runs: http:/);
  return id;
}

const EU = new Set(['frankfurt', 'helsinki']);
const DAY_MS = 86_400_000;

/** A provider's server with a certificate of its own that ended yesterday. */
class ExpiredServer {
  readonly address: string;
  readonly pair: CertificatePair;
  readonly #server: Server;
  requests = 0;

  private constructor(address: string, pair: CertificatePair) {
    this.address = address;
    this.pair = pair;
    const tls = { key: pair.privateKey, cert: pair.cert, minVersion: 'TLSv1.3' } as const;
    this.#server = createServer(tls, (_request, response) => {
      this.requests += 1;
      response.end('{}');
    });
  }

  static async start(address: string): Promise<ExpiredServer> {
    const validity = {
      notBefore: new Date(Date.now() - 2 * DAY_MS),
      notAfter: new Date(Date.now() - DAY_MS),
    };
    const server = new ExpiredServer(address, await accountCertificate(address, validity));
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  get url(): string {
    return `https://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}`;
  }

  async stop(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }
}

describe('what cannot be placed is closed, and all comes back', () => {
  test.each<[string, string, () => void, RegExp]>([
    ['a region that nobody offers', 'africa', () => undefined, /No offer can be taken/],
    [
      'providers that lie about readiness',
      'eu',
      () => {
        everyProvider({ liesAboutReadiness: true });
      },
      /has the lease, but the service does not answer/,
    ],
  ])(
    '%s',
    async (_what, region, begin, reason) => {
      const before = balance('uact');
      begin();
      const answer = await ask(`/approve ${idIn(await ask(request(region)))}`);
      expect(answer).toMatch(/nothing of it is left open on chain: what was paid in has come back/);
      expect(answer).toMatch(reason);
      expect(isOpen(undefined)).toBe(false);
      const [{ id } = { id: '' }] = await deployments.list();
      const { onChain } = await deployments.status(id);
      expect(balance('uact')).toBeGreaterThanOrEqual(before - (onChain?.spentUact ?? 1_000n));
    },
    60_000,
  );
});

test('a provider whose certificate on chain has expired is told nothing, and gets no lease', async () => {
  const eu = devnet.addresses.providers.filter(({ name }) => EU.has(name));
  const impostors = await Promise.all(eu.map(({ address }) => ExpiredServer.start(address)));
  await devnet.chain.intervene(({ providers, certificates }) => {
    for (const { address, pair, url } of impostors) {
      certificates.create(address, pair.cert, pair.publicKey);
      providers.save({ ...providers.find(address)!, hostUri: url });
    }
  });
  const answer = await ask(`/approve ${idIn(await ask(request('eu')))}`);
  await devnet.chain.intervene(({ providers }) => {
    for (const { address, hostUri } of eu) providers.save({ ...providers.find(address)!, hostUri });
  });
  await Promise.all(impostors.map((server) => server.stop()));
  expect(answer).toMatch(/nothing of it is left open on chain.*No offer can be taken/);
  expect(impostors.map(({ requests }) => requests)).toEqual([0, 0]);
  expect(isOpen(undefined)).toBe(false);
}, 60_000);

test('a node that lags decides nothing: what it does not know of is closed all the same', async () => {
  const id = await deploy();
  const { dseq } = await deployments.get(id);
  let left = 4;
  proxy.answer = (call, answer) => {
    if (!call.endsWith('deployment.v1beta4.Query/Deployment') || left === 0) return answer;
    left -= 1;
    const { id: request, jsonrpc } = JSON.parse(answer) as { id: number; jsonrpc: string };
    const response = { ...{ code: 5, log: 'not found', info: '', index: '0' }, height: '1' };
    const nothing = { key: null, value: null, proofOps: null, codespace: 'sdk' };
    return JSON.stringify({
      id: request,
      jsonrpc,
      result: { response: { ...response, ...nothing } },
    });
  };
  const service = await akashOf(agent.runtime);
  await service.outcomeOf(await deployments.close(id));
  expect(left).toBe(0);
  expect(isOpen(dseq)).toBe(false);
  expect((await deployments.get(id)).state).toBe('CLOSED');
}, 60_000);

test('two processes that pay into one escrow at once stay within the month together', async () => {
  const id = await deploy();
  const paidIn = async (): Promise<number> => {
    const { onChain } = await deployments.status(id);
    return Number((onChain?.fundsUact ?? 0n) + (onChain?.spentUact ?? 0n));
  };
  const before = await paidIn();
  const orders = [
    idIn(await ask(`top up ${id} with 2.5 dollars`)),
    idIn(await ask(`top up ${id} with 2.5 dollars`)),
  ];
  const answers = await Promise.all([
    agent.ask(OWNER, `/approve ${String(orders[0])}`),
    other.ask(OWNER, `/approve ${String(orders[1])}`),
  ]);
  expect(answers.filter((one) => /topped up by \$2\.50/.test(one))).toHaveLength(1);
  expect(answers.filter((one) => /Nothing was paid/.test(one))).toHaveLength(1);
  expect(await paidIn()).toBeCloseTo(before + 2_500_000, -1);
}, 60_000);

test('an account without funds deploys nothing; what it cannot close is told once, and closed later', async () => {
  const { id } = (await deployments.list()).find(({ state }) => state === 'ACTIVE')!;
  const uakt = balance('uakt');
  await devnet.chain.intervene(({ bank }) => {
    bank.send(devnet.tenant.address, NOBODY, { denom: 'uact', amount: balance('uact') });
    bank.send(devnet.tenant.address, NOBODY, { denom: 'uakt', amount: uakt });
  });
  const answer = await ask(`/approve ${idIn(await ask(request('eu')))}`);
  expect(answer).toMatch(/cannot pay the deposit of [\d.]+ ACT: the account is short of AKT/);

  await ask(`/approve ${idIn(await ask(`close deployment ${id}`))}`);
  const stuck = new RegExp(`Deployment ${id} is not closed yet: .*It is tried again until it is`);
  await eventually(async () => {
    expect(await ask('hello')).toMatch(stuck);
  });
  expect(await ask('hello')).not.toMatch(stuck);
  await devnet.fund(devnet.tenant.address, { uakt, uact: 0n });
  await eventually(async () => {
    expect((await deployments.get(id)).state).toBe('CLOSED');
  });
  expect(isOpen(undefined)).toBe(false);
}, 90_000);

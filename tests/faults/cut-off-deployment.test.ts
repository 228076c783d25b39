// A company is cut off from the internet in the middle of a deployment on Akash, and enters backup mode: people are
// told, a new deployment is refused at once, and the one that has begun goes on when the internet is back, or is undone
// and placed anew: with one lease in the end, and paid once.
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Supplier } from '../resilience/mode-fixture.ts';
import { startTestDevnet, type TestDevnet } from '../support/akash-devnet.ts';
import {
  emptyEnvironment,
  makeDataDirectory,
  removeDataDirectory,
  startCompany,
  type CompanyProcess,
} from '../support/company.ts';
import { eventually } from '../support/eventually.ts';
import { RpcProxy } from '../support/rpc-proxy.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';

const START_MS = 120_000;
// A network that flaps is left as it was judged for longer each time.
const MODE_MS = 60_000;
const WISH = 'Deploy nginx:alpine with half a cpu and 512Mi for at most 5 dollars a month in eu';
// Public addresses, so that they count as the internet; nobody is asked there.
const [REGISTRY, CHAIN] = ['11.1.0.1', '11.2.0.1'];
const DETOUR = new URL('../support/detour.ts', import.meta.url).href;
const SEND = 'broadcast_tx_sync';

interface Point {
  /** Transactions that the node has answered to before. */
  readonly sent: number;
  readonly call: string;
  readonly when: 'before' | 'after';
}

let network: TestDevnet;
let node: RpcProxy;
let registry: Supplier;
let company: CompanyProcess;
let directory: string;
const uplink: TcpProxy[] = [];

beforeAll(async () => {
  network = await startTestDevnet(250);
  node = await RpcProxy.start(network.devnet.addresses.rpcUrl);
  registry = await Supplier.start({ jsonrpc: '2.0', id: 1, result: '0x1' });
  const detours = {
    [`${REGISTRY}:80`]: await led(registry.url),
    [`${CHAIN}:80`]: await led(node.url),
    ...(Object.fromEntries(
      await Promise.all(
        network.devnet.addresses.providers.map(async ({ hostUri }) => [
          new URL(hostUri).host,
          await led(hostUri),
        ]),
      ),
    ) as Record<string, number>),
  };
  directory = makeDataDirectory();
  const characters = join(directory, 'characters');
  mkdirSync(characters);
  for (const name of ['front-desk', 'cto-zara'])
    copyFileSync(`characters/${name}.json`, join(characters, `${name}.json`));
  company = await startCompany(
    await emptyEnvironment(directory, {
      ...network.settings,
      ...{ AKASH_RPC_URL: `http://${CHAIN}/`, AKASH_TIMEOUT_MS: '3000', AKASH_MORE_BIDS_MS: '300' },
      // A second kind of witness, without which nobody could tell that the internet is gone.
      REGISTRY_RPC_URL: `http://${REGISTRY}/`,
      ...{ RESILIENCE_PROBE_MS: '500', RESILIENCE_STABLE_MS: '2000' },
      ...{ RESILIENCE_AUTOMATIC_RETURN: 'true', CHARACTERS_DIR: characters },
      ...{ DETOURS: JSON.stringify(detours), NODE_OPTIONS: `--import=${DETOUR}` },
    }),
  );
  await inMode('normal');
}, START_MS);
afterAll(async () => {
  await company.stop();
  for (const proxy of uplink) await proxy.stop();
  await node.stop();
  await registry.stop();
  await network.stop();
  removeDataDirectory(directory);
}, START_MS);

afterEach(() => {
  for (const proxy of uplink) proxy.set('pass');
});

/** The port of a proxy before an address. */
async function led(url: string): Promise<number> {
  const proxy = await TcpProxy.start({ host: '127.0.0.1', port: Number(new URL(url).port) });
  uplink.push(proxy);
  return proxy.port;
}

async function inMode(state: 'normal' | 'backup'): Promise<void> {
  await eventually(async () => {
    expect((await company.get('/resilience/mode')).body).toMatchObject({
      ...{ mode: { state }, canTellOutage: true },
    });
  }, MODE_MS);
}

/** Cuts the uplink at a call, counted from when so many transactions have been answered. */
function cutAt(point: Point): Promise<number> {
  let sent = 0;
  return new Promise((resolve) => {
    node.watch = (call, when) => {
      const isThere = sent === point.sent && when === point.when && call.endsWith(point.call);
      if (call === SEND && when === 'after') sent += 1;
      if (!isThere) return true;
      node.watch = () => true;
      for (const proxy of uplink) proxy.set('blackhole');
      resolve(performance.now());
      return true;
    };
  });
}

/** What of ours is open on chain, and what has been paid and is held of our money there. */
function onChain(): { active: string[]; leased: string[]; uact: bigint; paid: bigint } {
  const { deployments, market, escrow, bank } = network.devnet.chain.state;
  const { address } = network.devnet.tenant;
  const paid = escrow
    .accounts()
    .filter(({ owner }) => owner === address)
    .map(({ funds, transferred }) => funds + transferred);
  return {
    active: deployments
      .all(address)
      .flatMap(({ state, dseq }) => (state === 'active' ? [dseq] : [])),
    leased: market
      .leases()
      .flatMap(({ owner, state, dseq }) => (owner === address && state === 'active' ? [dseq] : [])),
    uact: bank.balance(address, 'uact'),
    paid: paid.reduce((sum, one) => sum + one, 0n),
  };
}

async function plan(room: string): Promise<string> {
  const { text } = await company.ask(WISH, { room });
  const id = /\/approve (\w+)/.exec(text)?.[1];
  expect(text).toMatch(/approve/);
  return id!;
}

const POINTS: [where: string, point: Point][] = [
  ['its creation was sent and not answered', { sent: 0, call: SEND, when: 'after' }],
  ['bids are awaited', { sent: 1, call: '/Bids', when: 'after' }],
  ['the lease was sent and not answered', { sent: 1, call: SEND, when: 'after' }],
  ['the manifest is to be sent', { sent: 2, call: '/Certificates', when: 'before' }],
];

test.each(POINTS)(
  'cut off when %s: it goes on when the internet is back',
  async (where, point) => {
    const room = where.replaceAll(' ', '-');
    const before = onChain();
    const id = await plan(room);
    const isCut = cutAt(point);
    const approved = company.ask(`/approve ${id}`, { room });
    const cutAtMs = await isCut;
    await inMode('backup');
    const detectedMs = performance.now() - cutAtMs;

    // Not after a time-out, since the way is still cut.
    const refused = await company.ask(WISH, { room: 'another' });
    expect(refused.text).toMatch(/^Akash cannot be reached now: this node is in backup mode/);
    expect((await approved).text).toMatch(/cannot be reached now: this node is in backup mode/);

    const backAtMs = performance.now();
    for (const proxy of uplink) proxy.set('pass');
    await inMode('normal');
    await eventually(async () => {
      const { body } = await company.get('/router/tasks?limit=100');
      const { tasks } = body as { tasks: { text: string; state: string; answer: string }[] };
      const own = tasks.filter(({ text }) => text === `Carry out deployment ${id}`);
      expect(own).toMatchObject([
        { state: 'COMPLETED', answer: expect.stringMatching(/^Deployment .* runs: http/) },
      ]);
    });
    const wentOnMs = performance.now() - backAtMs;
    const after = onChain();
    const fresh = after.active.filter((dseq) => !before.active.includes(dseq));
    expect(fresh).toHaveLength(1);
    expect(after.leased.filter((dseq) => !before.leased.includes(dseq))).toEqual(fresh);
    expect(after.uact + after.paid).toBe(before.uact + before.paid);
    process.stdout.write(
      `${where}: backup mode after ${detectedMs.toFixed(0)} ms, up ${wentOnMs.toFixed(0)} ms after the internet was back\n`,
    );
  },
  START_MS,
);

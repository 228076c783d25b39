import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readSettings } from '@371os/kernel';
import { openNetwork, registrySettings, type RegistryNetwork } from '@371os/plugin-registry';
import { startTestNetworks, type TestNetworks } from '../registry/agent-fixture.ts';
import { WorkerProcess } from '../support/worker-process.ts';
import { freshDatabase } from '../support/fresh-database.ts';
import { RpcProxy } from '../support/rpc-proxy.ts';

// The index asks the same questions.
const QUIET = { REGISTRY_INDEX_MS: '86400000' };
const SEND = 'eth_sendRawTransaction';

let networks: TestNetworks;
let network: RegistryNetwork;
let proxy: RpcProxy;
let settings: Record<string, string>;

beforeAll(async () => {
  networks = await startTestNetworks();
  proxy = await RpcProxy.start(networks.evm.addresses.rpcUrl);
  const direct: Record<string, string> = networks.settings;
  network = openNetwork(readSettings(registrySettings, (key) => direct[key]));
  settings = { ...direct, REGISTRY_RPC_URL: proxy.url, REGISTRY_POLL_MS: '100', ...QUIET };
});
afterAll(async () => {
  await proxy.stop();
  await networks.stop();
});

/** The numbers that were registered under a DID. */
async function numbersOf(did: string): Promise<bigint[]> {
  const events = await network.identities.events({ fromBlock: 0 });
  const wanted = `0x${Buffer.from(did).toString('hex')}`;
  return events.flatMap((event) =>
    event.kind === 'metadata' && event.key === 'did' && event.value === wanted
      ? [event.agentId]
      : [],
  );
}

interface Point {
  readonly call: string;
  readonly when: 'before' | 'after';
  /** Whether the call counts only once the transaction was sent. */
  readonly isSent: boolean;
}

describe('a process that dies while it registers an agent', () => {
  const running: WorkerProcess[] = [];
  let current: WorkerProcess;
  let dataDir = freshDatabase();
  async function start(): Promise<void> {
    current = await WorkerProcess.start('registry-worker.ts', { dataDir, settings });
    running.push(current);
  }
  beforeAll(start, 60_000);
  afterAll(async () => {
    await Promise.all(running.map(async (worker) => worker.kill()));
  });

  /** Kills the worker at a call that it makes from now on. */
  function killAt(point: Point): Promise<void> {
    let isSent = false;
    return new Promise((resolve) => {
      proxy.watch = (call, when) => {
        const isThere = isSent === point.isSent && call === point.call && when === point.when;
        if (call === SEND && when === 'after') isSent = true;
        if (!isThere) return true;
        proxy.watch = () => true;
        void current.kill().then(resolve);
        return false;
      };
    });
  }

  async function ended(id: string): Promise<{ state: string; failure: string; agentId: string }> {
    current.order(`end ${id}`);
    return JSON.parse(await current.says('ended')) as Awaited<ReturnType<typeof ended>>;
  }

  async function asked(did: string): Promise<string> {
    current.order(`register ${did}`);
    return current.says('asked');
  }

  async function registered(did: string): ReturnType<typeof ended> {
    const id = await asked(did);
    current.order(`grant ${id}`);
    return ended(id);
  }

  const POINTS: [where: string, point: Point][] = [
    ['before its number is foreseen', { call: 'eth_getLogs', when: 'after', isSent: false }],
    ['when its file is pinned', { call: 'eth_getBalance', when: 'before', isSent: false }],
    ['when its transaction is signed', { call: SEND, when: 'before', isSent: false }],
    ['when it was sent and not answered', { call: SEND, when: 'after', isSent: false }],
    [
      'when it is in a block and nobody knows',
      { call: 'eth_getTransactionReceipt', when: 'after', isSent: true },
    ],
  ];

  test.each(POINTS)('kill -9 %s: one number in the end', async (_where, point) => {
    const did = `did:371minds:${point.call}-${point.when}-${String(point.isSent)}`;
    const id = await asked(did);
    const dead = killAt(point);
    current.order(`grant ${id}`);
    await dead;
    await start();
    const outcome = await ended(id);
    expect(outcome).toMatchObject({ state: 'PUBLISHED', failure: '' });
    const numbers = await numbersOf(did);
    expect(numbers.map(String)).toEqual([outcome.agentId]);
    const reference = { registry: network.identities.reference, agentId: numbers[0]! };
    expect((await network.reader.read(reference)).isVerified).toBe(true);
  });

  test('a database that is lost leads to no second number', async () => {
    const did = 'did:371minds:lost';
    const first = await registered(did);
    await current.kill();
    dataDir = freshDatabase();
    await start();
    const second = await registered(did);
    expect(second).toMatchObject({ state: 'PUBLISHED', agentId: first.agentId });
    expect(await numbersOf(did)).toHaveLength(1);
  });
});

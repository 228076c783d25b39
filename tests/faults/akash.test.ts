import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { AkashDevnet } from '@371os/devnet';
import { startTestDevnet, type TestDevnet } from '../support/akash-devnet.ts';
import { WorkerProcess } from '../support/worker-process.ts';
import { freshDatabase } from '../support/fresh-database.ts';
import { RpcProxy } from '../support/rpc-proxy.ts';

const NOBODY = 'akash1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqsayzxs';
let network: TestDevnet;
let devnet: AkashDevnet;
let proxy: RpcProxy;

beforeAll(async () => {
  network = await startTestDevnet(250);
  ({ devnet } = network);
  proxy = await RpcProxy.start(devnet.addresses.rpcUrl);
});
afterAll(async () => {
  await proxy.stop();
  await network.stop();
});

function uactBalance(): bigint {
  return devnet.chain.state.bank.balance(devnet.tenant.address, 'uact');
}

/** Leaves the account without ACT, so that some has to be minted. */
async function drain(): Promise<void> {
  const amount = uactBalance();
  if (amount === 0n) return;
  const coin = { denom: 'uact', amount };
  await devnet.chain.intervene(({ bank }) => {
    bank.send(devnet.tenant.address, NOBODY, coin);
  });
}

/** What of the tenant's is open on chain, and what its escrows hold and have paid. */
function onChain(): { active: string[]; leases: string[]; held: bigint; spent: bigint } {
  const { deployments, market, escrow } = devnet.chain.state;
  const { address } = devnet.tenant;
  const accounts = escrow.accounts().filter(({ owner }) => owner === address);
  const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((all, one) => all + one, 0n);
  return {
    active: deployments
      .all(address)
      .flatMap(({ state, dseq }) => (state === 'active' ? [dseq] : [])),
    leases: market
      .leases()
      .flatMap(({ owner, state, dseq }) => (owner === address && state === 'active' ? [dseq] : [])),
    held: sum(accounts.map(({ funds }) => funds)),
    spent: sum(accounts.map(({ transferred }) => transferred)),
  };
}

interface Ended {
  readonly id: string;
  readonly state: string;
  readonly failure: string;
  readonly strangers: readonly string[];
}

function minted(): bigint {
  const records = devnet.chain.state.mint.records();
  return records.reduce((sum, record) => sum + record.minted, 0n);
}

describe('a process that dies, and a network that fails', () => {
  const dataDir = freshDatabase();
  const running: WorkerProcess[] = [];
  afterAll(async () => {
    await Promise.all(running.map(async (worker) => worker.kill()));
  });

  // Whoever recovers from one kill is killed at the next point: a start for each point is enough.
  let current: WorkerProcess;
  async function start(): Promise<WorkerProcess> {
    const worker = await WorkerProcess.start('akash-worker.ts', {
      dataDir,
      settings: {
        ...network.settings,
        AKASH_RPC_URL: proxy.url,
        ...{ AKASH_MORE_BIDS_MS: '300', AKASH_NO_BID_MS: '5000' },
      },
    });
    running.push(worker);
    return worker;
  }
  beforeAll(async () => {
    current = await start();
  }, 60_000);

  /** Kills the worker at a call, counted from when so many transactions have been answered. */
  function killAt(point: Point): Promise<void> {
    let sent = 0;
    return new Promise((resolve) => {
      proxy.watch = (call, when) => {
        const isThere = sent === point.sent && when === point.when && call.endsWith(point.call);
        if (call === SEND && when === 'after') sent += 1;
        if (!isThere) return true;
        proxy.watch = () => true;
        void current.kill().then(resolve);
        return false;
      };
    });
  }

  async function deploy(): Promise<string> {
    current.order('deploy');
    return current.says('approved');
  }

  async function ended(id: string): Promise<Ended> {
    current.order(`end ${id}`);
    return JSON.parse(await current.says('ended')) as Ended;
  }

  interface Point {
    /** Transactions that the node has answered to before. */
    readonly sent: number;
    readonly call: string;
    readonly when: 'before' | 'after';
  }

  const SEND = 'broadcast_tx_sync';
  const POINTS: [where: string, point: Point][] = [
    ['before anything was asked', { sent: 0, call: 'status', when: 'before' }],
    ['before the mint is sent', { sent: 0, call: SEND, when: 'before' }],
    ['when the mint was sent and not answered', { sent: 0, call: SEND, when: 'after' }],
    ['while the mint is pending', { sent: 1, call: '/LedgerRecords', when: 'after' }],
    ['when the number is kept', { sent: 1, call: '/Simulate', when: 'before' }],
    ['before the deployment is created', { sent: 1, call: SEND, when: 'before' }],
    ['when its creation was sent and not answered', { sent: 1, call: SEND, when: 'after' }],
    ['when its creation is being looked for', { sent: 2, call: 'tx_search', when: 'after' }],
    ['while bids are awaited', { sent: 2, call: '/Bids', when: 'after' }],
    ['while providers are compared', { sent: 2, call: '/ProviderAttributes', when: 'before' }],
    ['before the lease is made', { sent: 2, call: SEND, when: 'before' }],
    ['when the lease was sent and not answered', { sent: 2, call: SEND, when: 'after' }],
    ['when the lease is being looked for', { sent: 3, call: 'tx_search', when: 'after' }],
    ['before the manifest is sent', { sent: 3, call: '/Certificates', when: 'before' }],
    [
      'when it runs and is not in the ledger',
      { sent: 3, call: '/AggregatedPrice', when: 'before' },
    ],
  ];

  test.each(POINTS)('kill -9 %s', async (_where, point) => {
    await drain();
    const before = { minted: minted(), ...onChain() };
    const dead = killAt(point);
    const id = await deploy();
    await dead;
    current = await start();
    expect(await ended(id)).toMatchObject({ state: 'ACTIVE', strangers: [], failure: '' });
    const { active, leases } = onChain();
    expect(active).toHaveLength(1);
    expect(leases).toEqual(active);

    current.order(`close ${id}`);
    expect(JSON.parse(await current.says('ended'))).toMatchObject({ state: 'CLOSED' });
    expectAllBack(before);
  });

  const CLOSING: [where: string, point: Point][] = [
    ['before the closing is sent', { sent: 0, call: SEND, when: 'before' }],
    ['when the closing was sent and not answered', { sent: 0, call: SEND, when: 'after' }],
    [
      'when it is closed and not in the ledger',
      { sent: 1, call: '/AggregatedPrice', when: 'before' },
    ],
  ];

  test.each(CLOSING)('kill -9 %s', async (_where, point) => {
    await drain();
    const before = { minted: minted(), ...onChain() };
    const id = await deploy();
    expect(await ended(id)).toMatchObject({ state: 'ACTIVE' });
    const dead = killAt(point);
    current.order(`close ${id}`);
    await dead;
    current = await start();
    expect(await ended(id)).toMatchObject({ state: 'CLOSED', strangers: [] });
    expectAllBack(before);
  });

  type Fault = Parameters<AkashDevnet['faults']['setProvider']>[1];
  const everyProvider = (fault: Fault) => (): void => {
    for (const { name } of devnet.addresses.providers) devnet.faults.setProvider(name, fault);
  };
  const frankfurt = (fault: Fault) => (): void => {
    devnet.faults.setProvider('frankfurt', fault);
  };
  const chain = (fault: Parameters<AkashDevnet['faults']['setChain']>[0]) => (): void => {
    devnet.faults.setChain(fault);
  };

  const FAULTS: [what: string, begin: () => void, state: 'ACTIVE' | 'FAILED'][] = [
    ['nobody bids', everyProvider({ noBids: true }), 'FAILED'],
    ['bids come late', everyProvider({ bidDelayMs: 2_000 }), 'ACTIVE'],
    ['bids are withdrawn at once', everyProvider({ bidLifetimeMs: 1 }), 'FAILED'],
    ['a provider learns late of its lease', everyProvider({ manifestNotFound: 2 }), 'ACTIVE'],
    ['a provider refuses the manifest', frankfurt({ manifestRejected: 1 }), 'ACTIVE'],
    ['providers answer with errors', everyProvider({ gatewayErrors: 2 }), 'ACTIVE'],
    ['a provider is somebody else', frankfurt({ wrongCertificate: true }), 'ACTIVE'],
    ['transactions are lost', chain({ dropTransactions: 1 }), 'ACTIVE'],
    ['others take the sequence', chain({ sequenceRace: 2 }), 'ACTIVE'],
    ['the mint is canceled', chain({ cancelMint: true }), 'FAILED'],
  ];

  test.each(FAULTS)('where %s', async (_what, begin, state) => {
    await drain();
    const before = { minted: minted(), ...onChain() };
    begin();
    const id = await deploy();
    const outcome = await ended(id);
    everyProvider({})();
    chain({})();
    expect(outcome).toMatchObject({ state, strangers: [] });
    if (state === 'ACTIVE') {
      current.order(`close ${id}`);
      expect(JSON.parse(await current.says('ended'))).toMatchObject({ state: 'CLOSED' });
    }
    expectAllBack(before);
  });

  function expectAllBack(before: { minted: bigint; spent: bigint }): void {
    const { active, leases, held, spent } = onChain();
    expect({ active, leases, held }).toEqual({ active: [], leases: [], held: 0n });
    const paid = spent - before.spent;
    expect(uactBalance() + paid).toBe(minted() - before.minted);
  }
});

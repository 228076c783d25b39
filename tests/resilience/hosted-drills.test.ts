import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it, test } from '@jest/globals';
import { cutOffOrigins, wayTo } from '@371os/kernel';
import lifecyclePlugin from '@371os/plugin-lifecycle';
import resiliencePlugin, {
  Database,
  Drills,
  DrillStore,
  Failovers,
  FailoverStore,
  FaultKeeper,
  HostedSite,
  Leadership,
  LeadershipStore,
  type Drill,
  type HostedSiteInit,
} from '@371os/plugin-resilience';
import tasksPlugin, { tasksOf, type TasksService } from '@371os/plugin-tasks';
import type { SqlExecutor } from '@371os/plugin-treasury';
import type {
  HostedFleet,
  HostedPlace,
} from '../../plugins/plugin-resilience/src/ports/hosted-fleet.ts';
import { startAgents, type TestAgents } from '../gateway/agents-fixture.ts';
import { eventually } from '../support/eventually.ts';

const NOVA = 'CMO Nova';
const WISH = { kind: 'blackhole', target: 'nova', seconds: 60 } as const;

/** Servers that say that they are well, one for each place that an agent is moved to. */
class Fleet implements HostedFleet {
  readonly servers: Server[] = [];
  place: HostedPlace | 'moving' = 'moving';

  async comeUp(provider: string, region: string): Promise<void> {
    const server = createServer((_request, response) => response.end('well'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    this.servers.push(server);
    this.place = {
      ...{ dseq: String(this.servers.length), provider, region },
      endpoint: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
      ...{ price: '5 uact a block ($2.15 a month)', maximumUsd: '9' },
    };
  }

  async list() {
    const noted = this.place as HostedPlace;
    return [{ agent: NOVA, deploymentId: 'D1', noted, place: this.place }];
  }

  async find() {
    return this.place;
  }

  // The chain of these places always answers.
  async askChain(): Promise<void> {}

  async answers({ endpoint }: HostedPlace): Promise<boolean> {
    const signal = AbortSignal.timeout(200);
    return wayTo(endpoint)
      .then((url) => fetch(url, { signal }))
      .then(({ ok }) => ok)
      .catch(() => false);
  }

  async move(): Promise<void> {
    this.place = 'moving';
    await this.comeUp('akash1two', 'us');
  }

  stop(): void {
    for (const server of this.servers) server.closeAllConnections();
    for (const server of this.servers) server.close();
  }
}

let agents: TestAgents;
let database: Database;
let tasks: TasksService;
let fleet: Fleet;
let leadership: Leadership;
const ends: (() => Promise<void>)[] = [];

beforeAll(async () => {
  // Of the plugins their tables are enough, and of an agent its database and tasks.
  const bare = [lifecyclePlugin, resiliencePlugin].map(({ name, description, schema }) => ({
    ...{ name, description, schema: schema! },
  }));
  agents = await startAgents({ Rex: { settings: {}, plugins: [tasksPlugin, ...bare] } });
  const rex = agents.agent('Rex');
  database = new Database(rex.db as SqlExecutor);
  tasks = await tasksOf(rex);
  fleet = new Fleet();
  leadership = new Leadership({
    store: new LeadershipStore(database),
    ...{ candidate: { id: 'one', name: 'one' }, elapsedMs: () => performance.now() },
    onError: () => undefined,
  });
  leadership.start();
  ends.push(await tasks.work(NOVA, async () => ({ state: 'COMPLETED', answer: 'Done.' })));
}, 60_000);
afterAll(async () => {
  for (const end of ends.toReversed()) await end();
  await leadership.stop();
  fleet.stop();
  await agents.stop();
}, 60_000);

function site(more: Partial<HostedSiteInit> = {}): HostedSite {
  const failovers = new FailoverStore(database);
  return new HostedSite({
    ...{ fleet: () => fleet, isAutomatic: true, tasks: async () => tasks },
    ...{ failover: (place) => failovers.latestOf(place), heedFaults: async () => undefined },
    ...more,
  });
}

test('an agent that is cut off is moved by failover, and is done with when it has done a task', async () => {
  await fleet.comeUp('akash1one', 'eu');
  const store = new DrillStore(database);
  const onError = (error: unknown): void => {
    throw new RangeError('a part failed', { cause: error });
  };
  const keeper = new FaultKeeper({
    ...{ store, machine: 'here', onError, disturb: () => undefined, resume: () => undefined },
    cutOff: (disturbances) => cutOffOrigins().set(disturbances),
  });
  const failovers = new Failovers({
    ...{ store: new FailoverStore(database), tasks, leadership, fleet: () => fleet },
    ...{ presences: undefined, isAutomatic: true, everyMs: 200, pollMs: 20 },
    ...{ elapsedMs: () => performance.now(), log: (_problem, error) => onError(error) },
  });
  const drills = new Drills({
    ...{ store, leadership, keeper, onError, schedule: [], now: Date.now },
    ...{ elapsedMs: () => performance.now(), isInBackup: () => false },
    ...{ tell: async () => undefined, sites: [site({ heedFaults: () => keeper.look() })] },
  });
  failovers.start();
  ends.push(() => failovers.stop());
  await eventually(async () => expect(await fleet.answers(fleet.place as HostedPlace)).toBe(true));
  drills.start();
  ends.push(() => drills.stop());

  const plan = await drills.plan(WISH);
  expect(plan.target).toMatchObject({
    agent: NOVA,
    dseq: '1',
    price: expect.stringMatching(/^5 uact/),
  });
  const origin = 'origin' in plan.target ? plan.target.origin : '';
  await drills.add({ id: 'D', plan, requesterId: 'o', approvedBy: 'owner', roomId: '' });
  let drill: Drill | undefined;
  await eventually(async () => {
    drill = (await drills.list()).find(({ id }) => id === 'D');
    expect(drill?.endedAtMs).toBeDefined();
  });
  const { state, outcome, detectedMs = 0, recoveredMs = 0 } = drill!;
  expect({ state, outcome }).toMatchObject({
    state: 'succeeded',
    outcome: expect.stringMatching(/^CMO Nova did a task at another provider/),
  });
  expect(detectedMs).toBeGreaterThan(0);
  expect(recoveredMs).toBeGreaterThanOrEqual(detectedMs);
  expect(fleet.place).toMatchObject({ dseq: '2', provider: 'akash1two' });
  const shown = await drills.lastSuccesses();
  expect([...shown.keys()].toSorted()).toEqual(['compute provider', 'region']);
  await eventually(async () => expect(cutOffOrigins().of(origin)).toBeUndefined());
});

it.each<[string, Partial<HostedSiteInit>, Partial<typeof WISH>, RegExp]>([
  ['an outage that nobody would notice', {}, { seconds: 10 as 60 }, /is not noticed/],
  ['where nothing moves it', { isAutomatic: false }, {}, /RESILIENCE_FAILOVER/],
])('%s is refused', async (_what, init, wish, sentence) => {
  await expect(site(init).plan({ ...WISH, ...wish })).rejects.toThrow(sentence);
});

test('its provider means it, too, and what is no hosted agent is of another site', async () => {
  const { provider } = fleet.place as HostedPlace;
  expect(await site().plan({ ...WISH, target: provider })).toMatchObject({ agent: NOVA });
  expect(await site().plan({ ...WISH, target: 'openai' })).toBeUndefined();
  expect(await site({ fleet: () => undefined }).plan(WISH)).toBeUndefined();
});

test('one that is at another place than when it was planned is not drilled', async () => {
  const target = (await site().plan(WISH))!;
  const plan = { version: 1 as const, kind: 'blackhole' as const, target, seconds: 60 };
  await fleet.move();
  await expect(site().open({ id: 'X', plan } as Drill, target)).rejects.toThrow(/another place/);
});

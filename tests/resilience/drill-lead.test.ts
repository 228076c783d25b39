import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import resiliencePlugin, {
  Database,
  Drills,
  DrillStore,
  FaultKeeper,
  Leadership,
  LeadershipStore,
  type Drill,
} from '@371os/plugin-resilience';
import { openDatabase, type TestDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';

const LEASE_MS = 1_000;
const LATE_MS = 10 * LEASE_MS;

let handle: TestDatabase;
let database: Database;
let store: DrillStore;
const stops: (() => Promise<void>)[] = [];
beforeAll(async () => {
  handle = await openDatabase([resiliencePlugin]);
  database = new Database(handle);
  store = new DrillStore(database);
});
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});
afterAll(() => handle.close());

function lead(name: string, elapsedMs: () => number = () => performance.now()): Leadership {
  const leadership = new Leadership({
    ...{ store: new LeadershipStore(database), candidate: { id: name, name } },
    ...{ leaseMs: LEASE_MS, elapsedMs, onError: () => undefined },
  });
  leadership.start();
  stops.push(() => leadership.stop());
  return leadership;
}

/** Has a drill begun that recovers at the look after `onLook` has been called. */
async function begin(id: string, leadership: Leadership, onLook: () => void): Promise<void> {
  let looks = 0;
  const onError = (): void => undefined;
  const faults = { disturb: onError, cutOff: onError, resume: onError };
  const keeper = new FaultKeeper({ store, machine: 'here', onError, ...faults });
  const target = { type: 'provider', provider: 'openai', slot: 'default' } as const;
  const subject = {
    make: () => Promise.resolve(),
    takeBack: () => Promise.resolve(),
    close: onError,
    look: () => {
      looks += 1;
      if (looks === 1) onLook();
      return Promise.resolve({ isDetected: true, isRecovered: looks > 1 });
    },
  };
  const drills = new Drills({
    ...{ store, leadership, keeper, onError, schedule: [], now: Date.now },
    ...{ elapsedMs: () => performance.now(), isInBackup: () => false },
    tell: () => Promise.resolve(),
    sites: [
      {
        ...{ type: 'provider', kinds: ['blackhole'] },
        plan: () => Promise.resolve(target),
        open: () => Promise.resolve(subject),
      },
    ],
  });
  drills.start();
  stops.push(() => drills.stop());
  const plan = await drills.plan({ kind: 'blackhole', target: 'openai', seconds: 20 });
  await drills.add({ id, plan, requesterId: 'owner', approvedBy: 'owner', roomId: '' });
}

async function ended(id: string): Promise<Drill> {
  let drill: Drill | undefined;
  await eventually(async () => {
    drill = (await store.list()).find((one) => one.id === id);
    expect(drill?.endedAtMs).toBeDefined();
  });
  return drill!;
}

test('a leader that was late at renewing its lead goes on with its drill', async () => {
  let lateMs = 0;
  const leadership = lead('late', () => performance.now() + lateMs);
  await eventually(async () => expect(leadership.epoch).toBeDefined());
  const { epoch } = leadership;
  await begin('lapse', leadership, () => {
    lateMs = LATE_MS;
    expect(leadership.epoch).toBeUndefined();
  });
  expect(await ended('lapse')).toMatchObject({ state: 'succeeded' });
  await eventually(async () => expect(leadership.epoch).toBe(epoch));
});

test('a drill that whoever leads now has ended is not ended again', async () => {
  const leadership = lead('first');
  await eventually(async () => expect(leadership.epoch).toBeDefined());
  await begin('taken over', leadership, () => void store.endOrphans());
  expect(await ended('taken over')).toMatchObject({ state: 'failed' });
  await stops.at(-1)?.();
  expect(await ended('taken over')).toMatchObject({
    outcome: 'Whoever carried it out was gone before it ended.',
  });
});

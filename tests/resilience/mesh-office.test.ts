import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import resiliencePlugin, {
  Database,
  MeshOffice,
  MeshView,
  newNodeKey,
  nodeIdOf,
  NodeStore,
  OwnStaff,
  type Mesh,
  type OwnStaffInit,
} from '@371os/plugin-resilience';
import type { DirectoryEntry } from '@371os/plugin-router';
import { sql } from 'drizzle-orm';
import { openDatabase, type TestDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { LISTEN, startMesh, stopMeshes } from './mesh-fixture.ts';

let database: TestDatabase;
let store: NodeStore;
beforeAll(async () => {
  database = await openDatabase([resiliencePlugin]);
  store = new NodeStore(new Database(database));
});
afterEach(() => stopMeshes());
afterAll(() => database.close());

it('a node has one key, whichever process makes it first', async () => {
  const keys = [await newNodeKey(), await newNodeKey()];
  const [first, second] = [await store.keyOr(keys[0]!), await store.keyOr(keys[1]!)];
  expect([first, second]).toEqual([keys[0], keys[0]]);
  const mesh = await startMesh('here', { nodeKey: first });
  expect(mesh.id).toBe(nodeIdOf(first));
});

it('is in the mesh while its process leads; others know from the database whom it meets', async () => {
  const leadership: { epoch: number | undefined } = { epoch: undefined };
  const other = await startMesh('other');
  const works: string[] = [];
  const errors: unknown[] = [];
  const office = new MeshOffice({
    ...{ leadership, store, onError: (error: unknown) => errors.push(error) },
    open: () => startMesh('here', { peers: other.addresses }),
    onStart: (mesh: Mesh) => {
      works.push(`begins as ${mesh.name}`);
      return () => works.push('ends');
    },
  });
  const view = new MeshView({ store, mesh: () => undefined, onError: (e) => errors.push(e) });
  let changes = 0;
  view.onChange(() => (changes += 1));
  office.start();
  await view.refresh();
  expect([office.mesh, works, view.peers()]).toEqual([undefined, [], []]);
  leadership.epoch = 1;
  await eventually(async () => {
    await view.refresh();
    expect(view.isReachable(other.id)).toBe(true);
  });
  expect([works, view.nameOf(other.id)]).toEqual([['begins as here'], 'other']);
  expect(changes).toBeGreaterThan(0);
  leadership.epoch = undefined;
  await eventually(async () => {
    expect(office.mesh).toBeUndefined();
    expect(other.peers()).toMatchObject([{ name: 'here', isReachable: false }]);
  });
  expect(works).toEqual(['begins as here', 'ends']);
  await office.stop();
  expect(errors).toEqual([]);
});

it('a mesh that cannot begin says so once, and is tried again', async () => {
  const other = await startMesh('other');
  const listen = other.addresses[0]?.split('/p2p/')[0] ?? LISTEN;
  const errors: unknown[] = [];
  const office = new MeshOffice({
    ...{ leadership: { epoch: 1 }, store, onError: (error: unknown) => errors.push(error) },
    open: () => startMesh('here', { listen }),
    onStart: () => () => undefined,
  });
  office.start();
  await eventually(async () => expect(errors.map(String).join()).toMatch(/another address/));
  await other.stop();
  await eventually(async () => expect(office.mesh?.name).toBe('here'));
  await office.stop();
  expect(errors).toHaveLength(1);
});

it('offers the agents that the front desk of another process knows, as long as that says so', async () => {
  const profile = (name: string) => ({
    ...{ name, role: 'CFO', examples: ['pay'], capabilities: [], concurrency: 2 },
    ...{ isThere: true, isLocal: true },
  });
  const entry = (name: string): DirectoryEntry => ({
    ...{ ...profile(name), rate: undefined },
    health: { isThere: true, failuresInARow: 0 },
    load: { open: 0, concurrency: 2 },
  });
  const open = (init: Partial<OwnStaffInit>): OwnStaff =>
    new OwnStaff({
      ...{ store, foreign: () => new Set(['Zara@south']), elapsedMs: () => 0 },
      ...{ here: () => [], directory: async () => undefined, isLeading: () => false },
      onError: () => undefined,
      ...init,
    });
  const leader = open({ here: () => [profile('Leo')], isLeading: () => true });
  const front = open({
    here: () => [profile('Front Desk')],
    directory: async () => [entry('Front Desk'), entry('Maya'), entry('Zara@south')],
  });
  const there = async (): Promise<unknown> => {
    await leader.look();
    return leader.agents().map(({ name, isThere }) => [name, isThere]);
  };
  expect(await there()).toEqual([['Leo', true]]);
  expect(leader.has('Maya')).toBeUndefined();
  await front.look();
  expect(await there()).toEqual([
    ['Leo', true],
    ['Front Desk', true],
    ['Maya', true],
  ]);
  expect(leader.has('Maya')).toBe(true);
  await database.execute(
    sql`UPDATE resilience.staff SET said_at = clock_timestamp() - interval '1 minute'`,
  );
  expect(await there()).toEqual([
    ['Leo', true],
    ['Front Desk', false],
    ['Maya', false],
  ]);
});

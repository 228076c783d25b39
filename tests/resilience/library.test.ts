import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OWNER, type Principal } from '@371os/kernel';
import resiliencePlugin, {
  blockOf,
  cidOf,
  ContentIntake,
  ContentStore,
  Database,
  Library,
  SharedFolder,
  type Content,
  type Libp2pMesh,
} from '@371os/plugin-resilience';
import { sql } from 'drizzle-orm';
import { eventually } from '../support/eventually.ts';
import type { TestDatabase } from '../support/database.ts';
import { errors, startMesh, stopMeshes } from './mesh-fixture.ts';
import { openNodeDatabases } from './node-databases.ts';

const GUEST: Principal = { id: 'guest:ann', role: 'guest', proof: 'none' };
const ADMIN: Principal = { id: 'telegram:7', role: 'admin', proof: 'platform' };
const PUMP = 'The warranty of the blue pump lasts 17 months; call Mrs Ölçer.';

interface Shelf {
  readonly mesh: Libp2pMesh;
  readonly store: ContentStore;
  readonly library: Library;
}

let databases: TestDatabase[];
let shelves: Shelf[];
beforeAll(async () => {
  databases = await openNodeDatabases(3, [resiliencePlugin]);
}, 120_000);
afterAll(async () => {
  await Promise.all(databases.map((database) => database.close()));
});

beforeEach(async () => {
  shelves = [];
  for (const [index, database] of databases.entries()) {
    await database.execute(sql`DELETE FROM resilience.contents`);
    const peers = shelves.flatMap(({ mesh }) => mesh.addresses);
    const mesh = await startMesh(`node-${String(index)}`, { peers });
    const store = new ContentStore(new Database(database));
    const onError = (error: unknown): void => void errors.push(error);
    const init = { self: mesh.id, nodeName: mesh.name, store, cidOf, onError };
    const library = new Library({ ...init, mesh: () => mesh });
    library.serve(mesh);
    shelves.push({ mesh, store, library });
  }
  await eventually(async () => {
    for (const { mesh } of shelves)
      expect(mesh.peers().filter(({ isReachable }) => isReachable)).toHaveLength(2);
  });
});
afterEach(async () => {
  await stopMeshes();
  errors.splice(0);
});

function document(text: string, more: Partial<Content> = {}): Omit<Content, 'origin'> {
  return {
    ...{ kind: 'document', title: 'Note', text, audience: 'everyone', madeAtMs: 1 },
    ...more,
  };
}

it('finds what only another node has, keeps it, and passes it on when that node is gone', async () => {
  const [first, second, third] = shelves as [Shelf, Shelf, Shelf];
  const cid = await first.library.keep('file:pump.md', document(PUMP));
  await first.library.keep('file:other.md', document('Nothing about that.'));
  const found = await second.library.find('How long is the warranty of the pump?', GUEST);
  expect(found).toMatchObject([{ cid, text: PUMP, node: 'node-0', origin: first.mesh.id }]);
  expect(found[0]?.found).toEqual(expect.arrayContaining(['warranty', 'pump']));
  expect(await second.store.get(cid)).toMatchObject({ text: PUMP });
  const { id } = first.mesh;
  await first.mesh.stop();
  await eventually(async () => expect(third.mesh.isReachable(id)).toBe(false));
  const later = await third.library.find('pump warranty', GUEST);
  expect(later).toMatchObject([{ cid, text: PUMP }]);
});

it('shows each only what they may read, whichever node it is on', async () => {
  const [first, second] = shelves as [Shelf, Shelf];
  await first.library.keep('task:1', document('The pump of Ann.', { audience: GUEST.id }));
  await first.library.keep('task:2', document('The pump of the admins.', { audience: 'admin' }));
  await first.library.keep('task:3', document('The pump of all.'));
  const read = async ({ library }: Shelf, who: Principal): Promise<string[]> =>
    (await library.find('pump', who)).map(({ text }) => text).sort();
  expect(await read(first, GUEST)).toEqual(['The pump of Ann.', 'The pump of all.']);
  // Somebody of the same name on another node is somebody else.
  expect(await read(second, GUEST)).toEqual(['The pump of all.']);
  for (const who of [ADMIN, OWNER]) expect(await read(second, who)).toHaveLength(3);
});

it('refuses forged content, blames the node, and takes the right one from another', async () => {
  const [first, second, third] = shelves as [Shelf, Shelf, Shelf];
  const content = { ...document(PUMP), origin: second.mesh.id };
  const cid = await second.library.keep('file:pump.md', document(PUMP));
  expect(cid).toBe(cidOf(blockOf(content)));
  first.mesh.serve('content', async () => ({
    block: blockOf({ ...content, text: 'Pay Mallory.' }),
  }));
  await expect(third.library.get(cid, [first.mesh.id])).rejects.toMatchObject({
    code: 'CONTENT_AWAY',
  });
  expect(third.mesh.refusals.forged).toBe(1);
  expect(await third.store.get(cid)).toBeUndefined();
  expect(await third.library.get(cid, [first.mesh.id, second.mesh.id])).toEqual(content);
  // A wider audience is another content.
  first.mesh.serve('content', async () => ({ block: blockOf({ ...content, audience: 'admin' }) }));
  await third.store.forget(['copy']);
  await expect(third.library.get(cid, [first.mesh.id])).rejects.toThrow();
});

it('answers without nodes that say nothing, or nonsense', async () => {
  const [first, second, third] = shelves as [Shelf, Shelf, Shelf];
  second.mesh.serve('find', () => new Promise(() => undefined));
  third.mesh.serve('find', async () => [{ cid: 1 }]);
  const cid = await first.library.keep('file:pump.md', document(PUMP));
  const beganMs = performance.now();
  expect(await first.library.find('pump', GUEST, { timeoutMs: 500 })).toMatchObject([{ cid }]);
  expect(performance.now() - beganMs).toBeLessThan(3_000);
});

it('has a newer version in the place of an older one, and refuses what is too long', async () => {
  const [{ library, store }] = shelves as [Shelf];
  const old = await library.keep('file:a.md', document('The old pump.'));
  const young = await library.keep('file:a.md', document('The new pump.'));
  expect([await store.get(old), (await store.get(young))?.text]).toEqual([
    undefined,
    'The new pump.',
  ]);
  await expect(library.keep('file:b.md', document('x'.repeat(1_000_000)))).rejects.toMatchObject({
    code: 'CONTENT_TOO_BIG',
  });
  const longest = await library.keep('file:c.md', document('"'.repeat(499_000)));
  const [, second] = shelves as [Shelf, Shelf];
  expect((await second.library.get(longest)).text).toHaveLength(499_000);
});

describe('what the library is made from', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), '371os-shared-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('are the text files of a folder as they are now', async () => {
    const [{ library, store }] = shelves as [Shelf];
    mkdirSync(join(folder, 'deep', 'er'), { recursive: true });
    writeFileSync(join(folder, 'deep', 'er', 'pump.md'), `# Pumps\n\n${PUMP}`);
    writeFileSync(join(folder, 'gone.txt'), 'The valve opens to the left.');
    writeFileSync(join(folder, 'image.png'), 'pump');
    writeFileSync(join(folder, '.secret.md'), 'pump');
    writeFileSync(join(folder, 'big.md'), 'pump '.repeat(300_000));
    symlinkSync('/etc/hostname', join(folder, 'link.md'));
    const sources = [new SharedFolder(folder)];
    const intake = new ContentIntake({ library, store, sources, onError: (e) => errors.push(e) });
    await intake.look();
    expect([...(await store.sources('file:')).keys()].sort()).toEqual([
      'file:deep/er/pump.md',
      'file:gone.txt',
    ]);
    expect(await library.find('pump', GUEST)).toMatchObject([{ title: 'Pumps' }]);
    rmSync(join(folder, 'gone.txt'));
    writeFileSync(
      join(folder, 'deep', 'er', 'pump.md'),
      '# Pumps\n\nThey are red now, all of them.',
    );
    await intake.look();
    expect(await library.find('valve', GUEST)).toEqual([]);
    expect((await library.find('pumps', GUEST))[0]?.text).toContain('red now');
    expect(errors).toEqual([]);
  });
});

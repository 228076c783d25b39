import { createCipheriv } from 'node:crypto';
import { expect } from '@jest/globals';
import type { KuboRPCClient } from 'kubo-rpc-client';

const KEY = Buffer.alloc(16);
const PIECE_BYTES = 100_000;

/**
 * Bytes that look random and are the same everywhere: the key stream of AES-128 in counter mode with
 * a key and a counter of zeros. `head -c SIZE /dev/zero | openssl enc -aes-128-ctr -K KEY -iv KEY`
 * with 32 zeros as KEY makes the same.
 */
export function* testBytes(size: number): Generator<Uint8Array> {
  const cipher = createCipheriv('aes-128-ctr', KEY, KEY);
  for (let left = size; left > 0; left -= PIECE_BYTES)
    yield cipher.update(Buffer.alloc(Math.min(left, PIECE_BYTES)));
}

export async function textOf(content: AsyncIterable<Uint8Array>): Promise<string> {
  return Buffer.concat(await Array.fromAsync(content)).toString();
}

/** Everything that a client of Kubo's RPC is used for here, and what comes of it. */
export async function exerciseClient(client: KuboRPCClient): Promise<Record<string, unknown>> {
  const hello = await client.add('hello world\n');
  const raw = await client.add('hello world\n', { cidVersion: 1 });
  const progress: number[] = [];
  await client.add(Buffer.alloc(600_000), { progress: (bytes) => progress.push(bytes) });
  const onlyHash = await client.add('never kept', { onlyHash: true });
  const tree = await Array.fromAsync(
    client.addAll(
      [
        { path: 'site/index.json', content: '{}' },
        { path: 'site/docs/a b.txt', content: 'first' },
        { path: 'site/empty' },
      ],
      { wrapWithDirectory: true },
    ),
  );
  const root = tree.find(({ path }) => path === '')?.cid;
  const listed = await Array.fromAsync(client.ls(`/ipfs/${String(root)}/site`));
  const emptyFolder = listed.find(({ name }) => name === 'empty')?.cid;
  const several = await Array.fromAsync(client.addAll([{ content: 'one' }, { content: 'two' }]));

  const block = await client.block.put(Buffer.from('a block'));
  const value = { name: 'agent', parts: [1, { file: hello.cid }] };
  const dag = await client.dag.put(value, { pin: true });
  const pinned = await Array.fromAsync(client.pin.ls({ paths: [hello.cid, dag] }));
  await client.pin.add(block);
  const heldByPin = await Array.fromAsync(client.block.rm(block));
  await client.pin.rm(hello.cid);
  const unpinned = await client.pin.rm(block);
  const removed = await Array.fromAsync(client.block.rm(block));
  const collected = await Array.fromAsync(client.repo.gc());

  return {
    hello: `${String(hello.cid)} ${String(hello.size)}`,
    raw: `${String(raw.cid)} ${String(raw.size)}`,
    progress: progress.at(-1),
    notKept: await problemOf(client.block.stat(onlyHash.cid)),
    paths: tree.map(({ path }) => path),
    listed: listed.map(({ name, type, size }) => `${name} ${type} ${String(size)}`).sort(),
    emptyFolder: String(emptyFolder),
    several: several.map(({ path, cid }) => path === String(cid)),
    byPath: await textOf(client.cat(`/ipfs/${String(root)}/site/docs/a b.txt`)),
    part: await textOf(client.cat(raw.cid, { offset: 6, length: 5 })),
    beyond: await textOf(client.cat(raw.cid, { offset: 600 })),
    resolved: await client.resolve(`/ipfs/${String(root)}/site/empty`),
    type: (await client.files.stat(`/ipfs/${String(root)}`)).type,
    size: (await client.files.stat(`/ipfs/${String(raw.cid)}`)).size,
    block: String(block),
    name: (await client.dag.get(dag, { path: '/name' })).value,
    link: String((await client.dag.resolve(dag, { path: '/parts/1/file' })).cid),
    pinned: pinned.map(({ type }) => type),
    heldByPin: heldByPin.map(({ error }) => error?.message),
    unpinned: unpinned.equals(block),
    removed: removed.map(({ error }) => error?.message ?? 'gone'),
    blockAfter: await problemOf(client.block.get(block)),
    isLinkedCollected: collected.some(({ cid }) => cid?.equals(hello.cid)),
    isNode: (await client.version()).version.includes('371os') && String((await client.id()).id),
    peers: await client.swarm.peers(),
    hasObjects: (await client.repo.stat()).numObjects > 0n,
    missing: await problemOf(textOf(client.cat(`${String(root)}/nowhere`))),
    folder: await problemOf(textOf(client.cat(`${String(root)}/site`))),
  };
}

/** What a client must bring home, whichever it is. */
export function expectedOf(peerId: string): Record<string, unknown> {
  return {
    // CIDs that Kubo gives, and everybody knows.
    hello: 'QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o 20',
    raw: 'bafkreifjjcie6lypi6ny7amxnfftagclbuxndqonfipmb64f2km2devei4 12',
    emptyFolder: 'QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn',
    progress: 600_000,
    notKept: expect.stringContaining('not found locally'),
    paths: ['site/index.json', 'site/docs/a b.txt', 'site/docs', 'site', ''],
    listed: ['docs dir 0', 'empty dir 0', 'index.json file 2'],
    several: [true, true],
    byPath: 'first',
    part: 'world',
    beyond: '',
    resolved: '/ipfs/QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn',
    type: 'directory',
    size: 12,
    block: 'bafkreieszcozqu5c6vyw2krdmm7ina227ks5iijvqdn64cce6u3wpuutza',
    name: 'agent',
    link: 'QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o',
    pinned: ['recursive', 'recursive'],
    heldByPin: ['pinned: recursive'],
    unpinned: true,
    removed: ['gone'],
    blockAfter: expect.stringContaining('not found locally'),
    // It is not pinned any more, but something that is links to it.
    isLinkedCollected: false,
    isNode: peerId,
    peers: [],
    hasObjects: true,
    missing: expect.stringMatching(/^no link named "nowhere" under /),
    folder: 'this dag node is a directory',
  };
}

async function problemOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'none',
    (error: unknown) => (error as Error).message,
  );
}

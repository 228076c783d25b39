import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, get, request, type ClientRequest, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { create, type KuboRPCClient } from 'kubo-rpc-client';
import { eventually } from '../support/eventually.ts';
import { startTestIpfs, type TestIpfs } from '../support/ipfs-devnet.ts';
import { exerciseClient, expectedOf, testBytes, textOf } from './ipfs-client.ts';

const MEBIBYTE = 1024 * 1024;
const CHUNK_BYTES = 262_144;
const LARGE_BYTES = 50_000_000;
// More than what all the buffers between a client and the disk hold, less than half a large file.
const BUFFERS_BYTES = 20 * MEBIBYTE;
const BOUNDARY = 'the-boundary';

const multipart = { 'Content-Type': `multipart/form-data; boundary=${BOUNDARY}` };
const end = `\r\n--${BOUNDARY}--\r\n`;

let ipfs: TestIpfs;
let client: KuboRPCClient;

beforeAll(async () => {
  ipfs = await startTestIpfs();
  client = create({ url: ipfs.apiUrl });
});
afterEach(() => {
  ipfs.faults.set({});
});
afterAll(() => ipfs.stop());

it('serves an unmodified kubo-rpc-client', async () => {
  expect(await exerciseClient(client)).toEqual(expectedOf(ipfs.peerId));
});

describe('CIDs', () => {
  // From Debian's ipfs-cid (rust-cid-npm 0.0~git20200813.59cf068-1), which shares no code with us:
  // `ipfs_cid FILE` of the files that openssl makes (ipfs-client.ts), 2026-11-22.
  it.each([
    [0, 'QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQH'],
    [1, 'QmQGb6CHE3S7BK7gJCBNNnDAALk8pXokXH8Krhy77nsEma'],
    [262_143, 'QmciEtMk9pBLjc66Wu8AUqcR86Qg2gmFB9Vr1SJLvFyZGc'],
    [262_144, 'QmcbhqEneCpQD8KrkgDuN1FBXv6cjCxTSWpNMEecC7C2dA'],
    [262_145, 'QmeHYS2duenz96c1s5g5DaNHZYawncykge5CJTRuHczR15'],
  ])('of %i bytes are Kubo’s', async (size, cid) => {
    expect(String((await client.add(testBytes(size))).cid)).toBe(cid);
  });

  it('of raw leaves under a node are those of a node made by hand', async () => {
    const content = Buffer.concat([...testBytes(CHUNK_BYTES + 1)]);
    const { cid } = await client.add(content, { cidVersion: 1 });
    expect(Buffer.from(cid.multihash.digest)).toEqual(sha256(twoRawLeaves(content)));
    expect([cid.version, cid.code]).toEqual([1, 0x70]);
  });

  it('depend on the size of the chunks', async () => {
    const { cid } = await client.add(Buffer.from('four'), { chunker: 'size-2' });
    const links = await Array.fromAsync(client.ls(cid));
    expect((await client.files.stat(`/ipfs/${String(cid)}`)).blocks).toBe(2);
    expect(links).toHaveLength(1);
    expect(await textOf(client.cat(cid))).toBe('four');
  });
});

describe('large files', () => {
  let large: string;
  let content = Buffer.alloc(0);
  beforeAll(() => {
    content = Buffer.concat([...testBytes(LARGE_BYTES)]);
  });
  afterAll(async () => {
    content = Buffer.alloc(0);
    await client.pin.rm(large);
    await Array.fromAsync(client.repo.gc());
  });

  it('stream in, and have the CID of Kubo', async () => {
    const before = await storedBytes();
    let [sent, ahead] = [0, 0];
    async function* measured(): AsyncGenerator<Uint8Array> {
      for (const piece of testBytes(LARGE_BYTES)) {
        sent += piece.length;
        if (sent % 1_000_000 === 0)
          ahead = Math.max(ahead, sent - ((await storedBytes()) - before));
        yield piece;
      }
    }
    large = String((await client.add(measured())).cid);
    expect(large).toBe('QmVzWaWCDkzWNqAHM7zeVqsaxVAj28JkHp2mX89LPyaoaE');
    expect(ahead).toBeLessThan(BUFFERS_BYTES);
  });

  it('stream out no faster than they are read', async () => {
    const collect = garbageCollector();
    await collect();
    // Other tests of this process may have left buffers of their own.
    const before = process.memoryUsage().arrayBuffers;
    let [read, held] = [0, 0];
    const hash = createHash('sha256');
    for await (const chunk of client.cat(large)) {
      read += chunk.length;
      hash.update(chunk);
      if (held === 0 && read > LARGE_BYTES / 8) {
        // A reader that takes a while: whatever is read ahead of it is in memory by then.
        for (let wait = 0; wait < 20; wait += 1) await storedBytes();
        await collect();
        held = process.memoryUsage().arrayBuffers - before;
      }
    }
    expect(read).toBe(LARGE_BYTES);
    expect(hash.digest('hex')).toBe(createHash('sha256').update(content).digest('hex'));
    expect(held).toBeLessThan(BUFFERS_BYTES);
  });

  it.each([
    [0, 1],
    [CHUNK_BYTES - 1, 2],
    [2 * MEBIBYTE - 1, 3],
    [LARGE_BYTES - 5, 5],
    [LARGE_BYTES - 5, 500],
    [45_613_056, 1],
  ])('can be read from byte %i, for %i bytes', async (offset, length) => {
    const found = await Array.fromAsync(client.cat(large, { offset, length }));
    expect(Buffer.concat(found).equals(content.subarray(offset, offset + length))).toBe(true);
  });
});

describe('requests that are refused', () => {
  const api = (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`${ipfs.apiUrl}/api/v0/${path}`, { method: 'POST', ...init });

  it.each(['GET', 'PUT', 'DELETE', 'OPTIONS', 'HEAD'])('those of %s', async (method) => {
    const response = await api('version', { method });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
  });

  it.each([
    [{ Origin: 'https://evil.example' }, 403],
    [{ Origin: 'null' }, 403],
    [{ Origin: 'http://127.0.0.1:1' }, 403],
    [{ Referer: 'https://evil.example/page' }, 403],
    [{ Host: 'evil.example' }, 403],
    [{ Host: '127.0.0.1.evil.example:5001' }, 403],
    [{ Host: 'localhost:5001' }, 200],
    [{ Host: 'localhost:5001', Origin: 'http://localhost:5001' }, 200],
  ])('those of another page, by headers %j: %i', async (headers, status) => {
    expect((await send('version', headers)).statusCode).toBe(status);
    const { hostname, port } = new URL(ipfs.gatewayUrl);
    const [response] = (await once(get({ hostname, port, path: '/', headers }), 'response')) as [
      IncomingMessage,
    ];
    response.resume();
    expect(response.statusCode).toBe(status === 200 ? 404 : 403);
  });

  it('unknown commands', async () => {
    expect((await api('config/show')).status).toBe(404);
    expect((await api('../../version')).status).toBe(404);
  });

  it.each([
    ['add?trickle=true', /trickle/],
    ['add?nocopy=true', /nocopy/],
    ['add?new-option=1', /new-option/],
    ['add?hash=sha3-512', /hash/],
    ['add?cid-version=2', /cid-version/],
    ['add?chunker=rabin', /chunker/],
    ['add?chunker=size-0', /chunker/],
    ['add?chunker=size-2097153', /chunker/],
    ['add?pin=perhaps', /pin/],
    ['add', /multipart/],
    ['block/put?format=v0&cid-codec=git-raw', /multipart/],
    ['block/put?cid-codec=git-raw', /unknown codec: git-raw/],
    ['block/put?mhtype=md5', /mhtype/],
    ['dag/put?store-codec=bson', /unknown codec: bson/],
    ['cat', /argument "ipfs-path" is required/],
    ['cat?arg=nonsense', /invalid path "nonsense"/],
    ['cat?arg=/ipns/example.org', /ipns/],
    ['cat?arg=QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn&offset=-1', /offset/],
    ['pin/add?arg=..', /invalid path/],
  ])('%s, in the form of Kubo', async (path, problem) => {
    const response = await api(path);
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({
      ...{ Message: expect.stringMatching(problem), Code: 1, Type: 'error' },
    });
  });

  it.each([
    ['..%2Fescape', /must not contain/],
    ['%zz', /not encoded/],
  ])('a file by the name of %s', async (name, problem) => {
    const response = await send('add', multipart, part('hello', name) + end);
    expect(response.statusCode).toBe(400);
    expect(JSON.parse(await text(response))).toMatchObject({
      Message: expect.stringMatching(problem),
    });
  });

  it.each([
    ['files', end, /argument "path" is required/],
    ['an end', part('hello', 'a.txt'), /broke off/],
  ])('a body without %s', async (_what, body, problem) => {
    const response = await send('add', multipart, body);
    expect(response.statusCode).toBe(400);
    expect(JSON.parse(await text(response))).toMatchObject({
      Message: expect.stringMatching(problem),
    });
  });

  it('blocks that nobody would take', async () => {
    await expect(client.block.put(Buffer.alloc(2 * MEBIBYTE + 1))).rejects.toThrow(/block is over/);
    expect(await client.block.put(Buffer.alloc(2 * MEBIBYTE))).toBeDefined();
  });
});

describe('pins', () => {
  it('hold what they link to, and nothing else', async () => {
    const kept = await client.add(Buffer.alloc(CHUNK_BYTES * 2, 'kept'));
    const dropped = await client.add('dropped', { pin: false });
    const direct = await client.add(Buffer.alloc(CHUNK_BYTES * 2, 'direct'), { pin: false });
    await client.pin.add(direct.cid, { recursive: false });
    await Array.fromAsync(client.repo.gc());
    expect(await Array.fromAsync(client.cat(kept.cid))).toBeDefined();
    await expect(client.block.get(dropped.cid)).rejects.toThrow(/not found/);
    expect(await client.block.get(direct.cid)).toBeDefined();
    await expect(textOf(client.cat(direct.cid))).rejects.toThrow(/could not find/);
    const types = await Array.fromAsync(client.pin.ls({ paths: [kept.cid, direct.cid] }));
    expect(types.map(({ type }) => type)).toEqual(['recursive', 'direct']);
    await client.pin.rm(kept.cid);
    await Array.fromAsync(client.repo.gc());
    await expect(client.block.get(kept.cid)).rejects.toThrow(/not found/);
  });

  it('have names, and are said to be indirect where they are', async () => {
    const file = { path: 'folder/file', content: 'held by its folder' };
    const added = await Array.fromAsync(client.addAll([file]));
    const [leaf, folder] = added.map(({ cid }) => cid);
    if (!leaf || !folder) throw new TypeError('two entries were expected');
    await client.pin.add(folder, { name: 'the folder' });
    const [named] = await Array.fromAsync(client.pin.ls({ name: 'the fold' }));
    expect([named?.name, named?.cid.equals(folder)]).toEqual(['the folder', true]);
    const [indirect] = await Array.fromAsync(client.pin.ls({ paths: leaf }));
    expect(indirect?.type).toBe(`indirect through ${String(folder)}`);
    const listed = await Array.fromAsync(client.pin.ls({ type: 'indirect' }));
    expect(listed.some(({ cid }) => cid.equals(leaf))).toBe(true);
    const [removal] = await Array.fromAsync(client.block.rm(leaf));
    expect(removal?.error?.message).toBe(`pinned: ${String(folder)}`);
  });

  it('pass on to what comes instead', async () => {
    const [from, to] = [await client.add('first'), await client.add('second', { pin: false })];
    await client.pin.update(from.cid, to.cid);
    expect(await Array.fromAsync(client.pin.ls({ paths: to.cid }))).toHaveLength(1);
    await expect(client.pin.rm(from.cid)).rejects.toThrow(/is not pinned/);
  });

  it('are of what is there', async () => {
    const missing = await client.add('not there', { onlyHash: true });
    await expect(client.pin.add(missing.cid)).rejects.toThrow(/could not find/);
    await expect(client.pin.rm(missing.cid)).rejects.toThrow(/is not pinned/);
    await expect(client.pin.update(missing.cid, missing.cid)).rejects.toThrow(/not recursively/);
    await expect(Array.fromAsync(client.pin.ls({ paths: missing.cid }))).rejects.toThrow(
      /is not pinned/,
    );
  });

  it('are there again after a restart, with what they hold', async () => {
    const first = await startTestIpfs();
    const { cid } = await create({ url: first.apiUrl }).add('through a restart');
    await first.pause();
    const again = await startTestIpfs({}, first.directory);
    const later = create({ url: again.apiUrl });
    expect(again.peerId).toBe(first.peerId);
    expect(await textOf(later.cat(cid))).toBe('through a restart');
    expect(await Array.fromAsync(later.repo.gc())).toEqual([]);
    expect(await later.repo.stat()).toMatchObject({ numObjects: 1n, repoSize: 25n });
    await again.stop();
  });
});

describe('limits', () => {
  it('of what is kept', async () => {
    const small = await startTestIpfs({ totalBytes: MEBIBYTE });
    const narrow = create({ url: small.apiUrl });
    await expect(narrow.add(testBytes(2 * MEBIBYTE))).rejects.toThrow(/repository is full/);
    expect(await Array.fromAsync(narrow.pin.ls())).toEqual([]);
    await Array.fromAsync(narrow.repo.gc());
    expect((await narrow.repo.stat()).numObjects).toBe(0n);
    expect(await narrow.add(testBytes(MEBIBYTE / 2))).toBeDefined();
    await small.stop();
  });

  it('of uploads at the same time', async () => {
    const busy = await startTestIpfs({ uploadsAtOnce: 1 });
    const open = openUpload(busy);
    await eventually(async () => {
      await expect(create({ url: busy.apiUrl }).add('one more')).rejects.toThrow(/try again later/);
    });
    open.end(end);
    const [response] = (await once(open, 'response')) as [IncomingMessage];
    expect(response.statusCode).toBe(200);
    await text(response);
    expect(await create({ url: busy.apiUrl }).add('one more')).toBeDefined();
    await busy.stop();
  });

  it('of how long nothing moves', async () => {
    const impatient = await startTestIpfs({ idleTimeoutMs: 100, uploadsAtOnce: 1 });
    const [error] = (await once(openUpload(impatient), 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('ECONNRESET');
    const next = create({ url: impatient.apiUrl });
    await eventually(async () => {
      expect(await next.add('after it')).toBeDefined();
    });
    expect(await Array.fromAsync(next.pin.ls())).toHaveLength(1);
    await impatient.stop();
  });

  it('a client that leaves in the middle leaves nothing that is pinned, and no one waiting', async () => {
    const left = await startTestIpfs({ uploadsAtOnce: 1 });
    const calm = create({ url: left.apiUrl });
    const upload = openUpload(left, Buffer.alloc(4 * MEBIBYTE).toString('latin1'));
    await eventually(async () => {
      expect((await calm.repo.stat()).numObjects).toBeGreaterThan(0n);
    });
    const closed = new Promise((done) => upload.once('close', done));
    upload.destroy();
    await closed;
    // It waits until the upload has ended, and would wait for ever if that did not give way.
    await Array.fromAsync(calm.repo.gc());
    expect(await Array.fromAsync(calm.pin.ls())).toEqual([]);
    expect((await calm.repo.stat()).numObjects).toBe(0n);
    expect(await calm.add('the next')).toBeDefined();
    await left.stop();
  });
});

it('takes another port when somebody has the one that it wants', async () => {
  const somebody = createServer().listen(0, '127.0.0.1');
  await once(somebody, 'listening');
  const { port } = somebody.address() as { port: number };
  const other = await startTestIpfs({}, undefined, port);
  expect(new URL(other.apiUrl).port).not.toBe(String(port));
  expect((await create({ url: other.apiUrl }).version()).version).toContain('371os');
  await other.stop();
  somebody.close();
});

describe('the gateway', () => {
  const read = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${ipfs.gatewayUrl}${path}`, { headers });
  let cid: string;
  beforeAll(async () => {
    cid = String((await client.add('<script>alert(1)</script>')).cid);
  });

  it('reads files, which no browser shows or runs', async () => {
    const response = await read(`/ipfs/${cid}`);
    expect(await response.text()).toBe('<script>alert(1)</script>');
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/octet-stream',
      'x-content-type-options': 'nosniff',
      'content-disposition': 'attachment',
      'content-security-policy': expect.stringContaining('sandbox'),
      'cache-control': expect.stringContaining('immutable'),
      'content-length': '25',
      'x-ipfs-path': `/ipfs/${cid}`,
      etag: `"${cid}"`,
    });
  });

  it.each([
    ['bytes=0-3', 206, '<scr', 'bytes 0-3/25'],
    ['bytes=16-', 206, '</script>', 'bytes 16-24/25'],
    ['bytes=-3', 206, 'pt>', 'bytes 22-24/25'],
    ['bytes=20-100', 206, 'ript>', 'bytes 20-24/25'],
    ['bytes=25-', 416, '', 'bytes */25'],
    ['bytes=5-2', 416, '', 'bytes */25'],
    ['bytes=0-1,4-5', 200, '<script>alert(1)</script>', null],
  ])('answers the range %s with %i', async (range, status, body, contentRange) => {
    const response = await read(`/ipfs/${cid}`, { Range: range });
    expect([response.status, await response.text()]).toEqual([status, body]);
    expect(response.headers.get('content-range')).toBe(contentRange);
  });

  it('knows what has not changed, blocks, and paths of JSON', async () => {
    expect((await read(`/ipfs/${cid}`, { 'If-None-Match': `"${cid}"` })).status).toBe(304);
    const block = await read(`/ipfs/${cid}?format=raw`);
    expect(Buffer.from(await block.arrayBuffer())).toEqual(
      Buffer.from(await client.block.get(cid as never)),
    );
    const file = { path: 'my file.json', content: '{}' };
    const folder = await client.add(file, { wrapWithDirectory: true });
    const json = await read(`/ipfs/${String(folder.cid)}/my%20file.json`);
    expect(json.headers.get('content-type')).toBe('application/json');
    expect(await json.json()).toEqual({});
    expect((await read(`/ipfs/${String(folder.cid)}`)).status).toBe(404);
    expect((await read(`/ipfs/${String(folder.cid)}/other.json`)).status).toBe(404);
    expect((await read('/ipfs/nonsense')).status).toBe(400);
    expect((await fetch(`${ipfs.gatewayUrl}/ipfs/${cid}`, { method: 'POST' })).status).toBe(405);
  });
});

describe('faults', () => {
  it('a node that lies', async () => {
    const { cid } = await client.add('the truth');
    ipfs.faults.set({ lies: true });
    expect(await textOf(client.cat(cid))).toBe('uhe truth');
    expect(sha256(await client.block.get(cid))).not.toEqual(Buffer.from(cid.multihash.digest));
    expect(await (await fetch(`${ipfs.gatewayUrl}/ipfs/${String(cid)}`)).text()).toBe('uhe truth');
    ipfs.faults.set({ wrongCids: true });
    const other = await client.add('the truth');
    expect(other.cid.equals(cid)).toBe(false);
    ipfs.faults.set({});
    await expect(client.block.get(other.cid)).rejects.toThrow(/not found/);
  });

  it('a node that sends too little or too much', async () => {
    const { cid } = await client.add('the whole text');
    ipfs.faults.set({ truncates: true });
    expect(await textOf(client.cat(cid))).toBe('the who');
    ipfs.faults.set({ extraBytes: 3_000_000 });
    const sent = await Array.fromAsync(client.cat(cid));
    expect(Buffer.concat(sent)).toHaveLength(3_000_014);
    const response = await fetch(`${ipfs.gatewayUrl}/ipfs/${String(cid)}`);
    expect(response.headers.get('content-length')).toBeNull();
    expect((await response.arrayBuffer()).byteLength).toBe(3_000_014);
  });

  it('a node that fails, is slow, or is down', async () => {
    ipfs.faults.set({ errors: 1 });
    await expect(client.version()).rejects.toThrow(/asked for/);
    expect(await client.version()).toBeDefined();
    ipfs.faults.set({ delayMs: 60_000 });
    await expect(
      fetch(`${ipfs.apiUrl}/api/v0/version`, {
        ...{ method: 'POST', signal: AbortSignal.timeout(50) },
      }),
    ).rejects.toThrow(/timeout/);
    ipfs.faults.set({ down: true });
    await expect(client.version()).rejects.toThrow();
    await expect(fetch(`${ipfs.gatewayUrl}/ipfs/x`)).rejects.toThrow();
  });
});

function part(content: string, filename: string): string {
  return [
    ...[`--${BOUNDARY}`, `Content-Disposition: form-data; name="file"; filename="${filename}"`],
    ...['Content-Type: application/octet-stream', '', content],
  ].join('\r\n');
}

/** A request with headers that fetch would not send. */
async function send(
  path: string,
  headers: Record<string, string>,
  body = '',
): Promise<IncomingMessage> {
  const sent = request(`${ipfs.apiUrl}/api/v0/${path}`, { method: 'POST', headers });
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  if (Object.keys(headers)[0] !== 'Content-Type') response.resume();
  return response;
}

/** An upload that has begun and does not end by itself. */
function openUpload({ apiUrl }: TestIpfs, content = 'the beginning'): ClientRequest {
  const upload = request(`${apiUrl}/api/v0/add`, { method: 'POST', headers: multipart });
  upload.on('error', () => undefined);
  upload.write(Buffer.from(part(content, 'part.txt'), 'latin1'));
  return upload;
}

async function storedBytes(): Promise<number> {
  return Number((await client.repo.stat()).repoSize);
}

function garbageCollector(): () => Promise<void> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  return async () => {
    collect();
    await new Promise(setImmediate);
    collect();
  };
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}

/** A file of two chunks as dag-pb, byte by byte after its specification. */
function twoRawLeaves(content: Buffer): Buffer {
  const chunks = [content.subarray(0, CHUNK_BYTES), content.subarray(CHUNK_BYTES)];
  const links = chunks.map((chunk) => {
    const cid = Buffer.concat([Buffer.from([1, 0x55, 0x12, 0x20]), sha256(chunk)]);
    return field(
      2,
      Buffer.concat([field(1, cid), field(2, Buffer.alloc(0)), number(3, chunk.length)]),
    );
  });
  const sizes = chunks.map((chunk) => number(4, chunk.length));
  const unixfs = Buffer.concat([number(1, 2), number(3, content.length), ...sizes]);
  return Buffer.concat([...links, field(1, unixfs)]);
}

function field(id: number, bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from([id * 8 + 2, ...varint(bytes.length)]), bytes]);
}

function number(id: number, value: number): Buffer {
  return Buffer.from([id * 8, ...varint(value)]);
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)];
}

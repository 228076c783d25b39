import { afterEach, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import {
  clockOffsetMs,
  Conduct,
  describeNode,
  meshSettings,
  newNodeKey,
  PROTOCOL,
  redialAfterMs,
  type Libp2pMesh,
  type Libp2pMeshInit,
} from '@371os/plugin-resilience';
import { multiaddr } from '@multiformats/multiaddr';
import { eventually } from '../support/eventually.ts';
import { errors, startMesh, startRawNode, stopMeshes } from './mesh-fixture.ts';

const SHORT = { messageBytes: 2_097_152, streams: 4, frameMs: 300, answerMs: 500 };
const ASK = { timeoutMs: 5_000 };

afterEach(async () => {
  await stopMeshes();
  expect(errors.splice(0)).toEqual([]);
});

async function pair(
  more: Partial<Libp2pMeshInit> = {},
): Promise<{ left: Libp2pMesh; right: Libp2pMesh }> {
  const left = await startMesh('left', more);
  const right = await startMesh('right', { ...more, peers: left.addresses });
  await eventually(async () => {
    expect(left.isReachable(right.id)).toBe(true);
    expect(right.isReachable(left.id)).toBe(true);
  });
  return { left, right };
}

/** A line to a port that can be made to carry nothing, as when a cable is pulled. */
async function startLine(to: number): Promise<{ port: number; freeze(): void; close(): void }> {
  const sockets: Socket[] = [];
  const server = createServer((near) => {
    const far = connect(to, '127.0.0.1');
    sockets.push(near, far);
    for (const socket of [near, far]) socket.on('error', () => undefined);
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    port: (server.address() as AddressInfo).port,
    freeze: () => {
      for (const socket of sockets) socket.unpipe().pause();
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

describe('nodes with the same key', () => {
  it('know each other, with names, clocks and agents, and answer each other', async () => {
    const agent = {
      ...{ name: 'Anna', role: 'CFO', examples: ['Count'], capabilities: ['counting'] },
      ...{ concurrency: 1, isThere: true },
    };
    const left = await startMesh('left', { agents: () => Promise.resolve([agent]) });
    const aheadMs = 3_600_000;
    const right = await startMesh('right', {
      peers: left.addresses,
      clock: () => Date.now() + aheadMs,
    });
    left.serve('double', async (body, from) => ({ twice: Number(body) * 2, from }));
    await eventually(async () => {
      expect(right.peers()).toMatchObject([{ name: 'left', isReachable: true, agents: [agent] }]);
      expect(left.peers()[0]?.clockOffsetMs).toBeDefined();
    });
    expect(Math.abs((left.peers()[0]?.clockOffsetMs ?? 0) - aheadMs)).toBeLessThan(1_000);
    expect(await right.ask(left.id, 'double', 21, ASK)).toEqual({ twice: 42, from: right.id });
    await expect(right.ask(left.id, 'dance', 21, ASK)).rejects.toMatchObject({
      code: 'PEER_REFUSES',
    });
  });

  it('find each other again after one was gone, at the address it is known by', async () => {
    const nodeKey = await newNodeKey();
    const left = await startMesh('left', { nodeKey });
    const address = left.addresses[0]?.split('/p2p/')[0] ?? '';
    const right = await startMesh('right', { peers: [address] });
    const { id } = left;
    await eventually(async () => expect(right.isReachable(id)).toBe(true));
    await left.stop();
    await eventually(async () => expect(right.isReachable(id)).toBe(false));
    await expect(right.ask(id, 'hello', {}, ASK)).rejects.toMatchObject({ code: 'PEER_AWAY' });
    const back = await startMesh('left-again', { nodeKey, listen: address });
    expect(back.id).toBe(id);
    await eventually(async () =>
      expect(right.peers()).toMatchObject([{ name: 'left-again', isReachable: true }]),
    );
  });

  it('are dialled by what is remembered of them', async () => {
    const left = await startMesh('left');
    const known = { id: left.id, name: 'left', version: '1', agents: [], seenAtMs: 0 };
    const right = await startMesh('right', {
      known: [{ ...known, addresses: left.addresses }],
    });
    await eventually(async () => expect(right.isReachable(left.id)).toBe(true));
  });

  it('do not take what is too long, and are told so before it is sent', async () => {
    const { left, right } = await pair();
    left.serve('size', async (body) => String(body).length);
    const fits = 'x'.repeat(2_000_000);
    expect(await right.ask(left.id, 'size', fits, ASK)).toBe(2_000_000);
    await expect(right.ask(left.id, 'size', `${fits}${fits}`, ASK)).rejects.toMatchObject({
      code: 'MESSAGE_TOO_BIG',
    });
    left.serve('much', async () => `${fits}${fits}`);
    await expect(right.ask(left.id, 'much', 1, ASK)).rejects.toThrow(/too long for the mesh/);
    expect(left.refusals.huge).toBe(0);
  });

  it('are not waited for longer than was said', async () => {
    const { left, right } = await pair({ limits: SHORT });
    left.serve('never', () => new Promise(() => undefined));
    const beganMs = performance.now();
    await expect(right.ask(left.id, 'never', 1, { timeoutMs: 200 })).rejects.toMatchObject({
      code: 'PEER_AWAY',
    });
    await expect(right.ask(left.id, 'never', 1, ASK)).rejects.toThrow(/takes too long/);
    const signal = AbortSignal.abort(new RangeError('given up'));
    await expect(right.ask(left.id, 'never', 1, { ...ASK, signal })).rejects.toThrow('given up');
    expect(performance.now() - beganMs).toBeLessThan(4_000);
  });

  it('tell nothing of what went wrong inside', async () => {
    const { left, right } = await pair();
    left.serve('fail', async () => {
      throw new TypeError('a secret');
    });
    const problem = await right.ask(left.id, 'fail', 1, ASK).catch(String);
    expect(problem).not.toContain('a secret');
    expect(left.isReachable(right.id)).toBe(true);
    expect(errors.splice(0).map(String)).toEqual(['TypeError: a secret']);
  });

  it('notice a line that is dead without having been closed, and make a new one', async () => {
    const left = await startMesh('left');
    const line = await startLine(Number(/tcp\/(\d+)/.exec(left.addresses[0] ?? '')?.[1]));
    const right = await startMesh('right', { peers: [`/ip4/127.0.0.1/tcp/${String(line.port)}`] });
    await eventually(async () => expect(right.isReachable(left.id)).toBe(true));
    const seen: boolean[] = [];
    right.onChange(() => seen.push(right.isReachable(left.id)));
    line.freeze();
    await eventually(async () => expect(seen.slice(0, 2)).toEqual([false, true]));
    line.close();
  });

  it('say what to do when they cannot listen', async () => {
    const left = await startMesh('left');
    const listen = left.addresses[0]?.split('/p2p/')[0] ?? '';
    await expect(startMesh('right', { listen })).rejects.toThrow(/choose another address/);
  });
});

describe('strangers', () => {
  it('with another key do not get in, and are counted', async () => {
    const left = await startMesh('left');
    const stranger = await startMesh('stranger', {
      meshKey: 'the secret of some other organisation',
      peers: left.addresses,
    });
    await eventually(async () => expect(left.refusals.stranger).toBeGreaterThan(0));
    expect([left.peers(), stranger.peers()]).toEqual([[], []]);
    const friend = await startMesh('friend', { peers: left.addresses });
    await eventually(async () => expect(friend.isReachable(left.id)).toBe(true));
  });

  it('that send noise or nothing are turned away', async () => {
    const left = await startMesh('left');
    const port = Number(/tcp\/(\d+)/.exec(left.addresses[0] ?? '')?.[1]);
    const closed = (socket: Socket): Promise<void> =>
      new Promise((done) => socket.on('error', () => undefined).once('close', () => done()));
    const noisy = connect(port, '127.0.0.1', () => noisy.end(randomBytes(100_000)));
    await Promise.all([noisy, connect(port, '127.0.0.1')].map(closed));
    await eventually(async () => expect(left.refusals.stranger).toBe(2));
    expect(left.peers()).toEqual([]);
  });
});

describe('members that misbehave', () => {
  async function talk(left: Libp2pMesh, bytes: Uint8Array): Promise<void> {
    const node = await startRawNode();
    const connection = await node.dial(multiaddr(left.addresses[0] ?? ''));
    const stream = await connection.newStream(PROTOCOL);
    const ended = new Promise((done) => stream.addEventListener('close', done));
    try {
      stream.send(bytes);
    } catch {
      // It was cut off before all was said.
    }
    await ended;
  }

  const framed = (text: string): Uint8Array =>
    Buffer.concat([Buffer.from([text.length]), Buffer.from(text)]);

  it.each([
    ['garbage', 'no JSON', framed('{{{{')],
    ['garbage', 'bytes that are no text', framed('\u00ff\u00fe').fill(0xff, 1)],
    ['garbage', 'JSON that asks for nothing', framed('[1,2,3]')],
    ['huge', 'a length of 256 MB', Buffer.from([0x80, 0x80, 0x80, 0x80, 0x01, 1, 2, 3])],
    ['huge', 'a length of 3 MB', Buffer.from([0x80, 0x80, 0xc0, 0x01, 1, 2, 3])],
    ['slow', 'a part of a message', Buffer.from([100, 1, 2, 3])],
  ] as const)('(%s: %s) are cut short, counted, and do no harm', async (offence, _what, bytes) => {
    const { left, right } = await pair({ limits: SHORT, helloMs: 2_000 });
    left.serve('ping', async () => 'pong');
    await talk(left, bytes);
    await eventually(async () => expect(left.refusals[offence]).toBe(1));
    expect(await right.ask(left.id, 'ping', 1, ASK)).toBe('pong');
  });

  it('are cut off when they go on, and let in again later', async () => {
    const conduct = { most: 3, withinMs: 1_500 };
    const { left, right } = await pair({ conduct });
    for (let time = 0; time < 3; time += 1) left.blame(right.id, 'forged');
    await eventually(async () => expect(left.isReachable(right.id)).toBe(false));
    expect(left.refusals.forged).toBe(3);
    await eventually(async () => expect(left.isReachable(right.id)).toBe(true));
  });

  it('who answer nonsense are not believed', async () => {
    const left = await startMesh('left', { limits: SHORT });
    const node = await startRawNode();
    await node.handle(PROTOCOL, (stream) => {
      stream.send(framed('{"ok":"perhaps"}'));
    });
    await node.dial(multiaddr(left.addresses[0] ?? ''));
    await eventually(async () => expect(left.refusals.garbage).toBeGreaterThan(0));
    expect(left.peers()).toEqual([]);
    await expect(left.ask(node.peerId.toString(), 'hello', {}, ASK)).rejects.toMatchObject({
      code: expect.stringMatching(/PEER_(NONSENSE|AWAY)/),
    });
  });
});

describe('rules', () => {
  it('tells of a node in a line', () => {
    const node = { name: 'north', isReachable: true, agents: [1, 2], seenAtMs: 0, waiting: 0 };
    expect(describeNode(node, 0)).toBe('north can be reached, with 2 agents');
    const away = { ...node, isReachable: false, waiting: 2, clockOffsetMs: -3_600_000 };
    expect(describeNode(away, 600_000)).toBe(
      'north was last heard 10 min ago, with 2 agents, its clock is 3600 s behind, 2 letters wait for it',
    );
  });

  it('redials later after each failure, half a minute at most', () => {
    expect([0, 1, 3, 20].map((failures) => redialAfterMs(failures, 1))).toEqual([
      500, 1_000, 4_000, 30_000,
    ]);
    expect(redialAfterMs(20, 0)).toBe(15_000);
  });

  it('takes a clock to be read in the middle', () => {
    expect(clockOffsetMs({ sentMs: 1_000, heardMs: 1_100, theirMs: 1_550 })).toBe(500);
  });

  it('cuts off at the limit, and until it was quiet', () => {
    const conduct = new Conduct({ most: 2, withinMs: 1_000 });
    expect(conduct.note('peer', 'huge', 0)).toBe(false);
    expect(conduct.note('peer', 'slow', 900)).toBe(true);
    expect(conduct.isCutOff('other', 900)).toBe(false);
    expect([1_899, 1_900].map((atMs) => conduct.isCutOff('peer', atMs))).toEqual([true, false]);
    expect(conduct.counts).toMatchObject({ huge: 1, slow: 1 });
  });

  it.each([
    [{ RESILIENCE_MESH_KEY: 'short' }, false],
    [{ RESILIENCE_MESH_KEY: 'k'.repeat(32) }, true],
    [{ RESILIENCE_MESH_LISTEN: '0.0.0.0:4371' }, false],
    [{ RESILIENCE_MESH_PEERS: '/ip4/10.0.0.1/tcp/1, /dns4/node.example/tcp/2' }, true],
    [{ RESILIENCE_MESH_PEERS: '/ip4/10.0.0.1/udp/1' }, false],
  ])('of the settings %j: %s', (settings, isGood) => {
    expect(meshSettings.safeParse(settings).success).toBe(isGood);
  });
});

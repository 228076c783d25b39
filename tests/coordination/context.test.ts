import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { WebSocket } from 'ws';
import { inConversation, OWNER, RateLimit, startConversation } from '@371os/kernel';
import { stripSecrets } from '@371os/plugin-coordination';
import { answering, gate } from '../router/company-fixture.ts';
import { freePort } from '../support/company.ts';
import { eventually } from '../support/eventually.ts';
import { CompanyHost, OWNER_TOKEN } from './company-host.ts';

const START_MS = 120_000;
const BRIDGE_TOKEN = 'a-token-for-the-bridge';
const ANN = { id: 'guest:ann', role: 'guest', proof: 'token' } as const;

interface Context {
  readonly context: string;
  readonly timestamp: string;
  readonly source: string;
  readonly error?: { readonly code: string; readonly message: string };
}

let host: CompanyHost;
let contextPort: number;
let bridgePort: number;
const slow = gate();
const done: string[] = [];

beforeAll(async () => {
  contextPort = await freePort();
  bridgePort = await freePort();
  host = await CompanyHost.start({
    ELECTRON_BRIDGE_TOKEN: BRIDGE_TOKEN,
    COORDINATION_BRIDGE_AS: 'ann',
    COORDINATION_CONTEXT_PORT: String(contextPort),
    COORDINATION_BRIDGE_PORT: String(bridgePort),
    COORDINATION_BRIDGE_ORIGINS: 'https://chat.example',
  });
  await host.company.hire('Maya', {
    examples: ['How much money is left in the budget?'],
    role: 'CFO',
    works: answering(async (text) => {
      done.push(text);
      if (text.includes('slowly')) await slow.opened;
      if (text.includes('fail')) throw new RangeError('broken');
      return `Counted: ${text} ${text.includes('key') ? `The key is ${OWNER_TOKEN}.` : ''}`;
    }),
  });
  await host.company.hire('Zara', {
    examples: ['Deploy the new version'],
    role: 'CTO',
    works: answering((text) => `Built: ${text}`),
  });
}, START_MS);
afterAll(() => host.stop());

const program = (query: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`http://localhost:${String(contextPort)}/agent-context${query}`, {
    headers: { Authorization: `Bearer ${BRIDGE_TOKEN}`, ...headers },
  });
const read = async (answer: Response): Promise<Context> => (await answer.json()) as Context;

async function asked(text: string, room: string, agent = 'Maya'): Promise<void> {
  await host.company.router.ask({ text, principal: ANN, room, agent });
}

describe('the context of an agent', () => {
  it('is what the person asked of it in that conversation, and nothing of anybody else', async () => {
    await asked('Count the apples', 'fruit');
    await asked('Count the pears', 'trees');
    await asked('Build a crate', 'fruit', 'Zara');
    await host.company.router.ask({
      ...{ text: 'Count my gold', principal: OWNER, room: 'fruit', agent: 'Maya' },
    });
    const answer = await program('?agentId=cfo&chatId=fruit&lastMessage=And%20now%3F');
    expect(answer.status).toBe(200);
    const { context, timestamp, source } = await read(answer);
    expect(context).toContain('Maya, CFO');
    expect(context).toContain('And now?');
    expect(context).toContain('Asked: Count the apples\nMaya: Counted: Count the apples');
    expect(context).not.toMatch(/pears|crate|gold/);
    expect(Date.parse(timestamp)).toBeLessThanOrEqual(Date.now());
    expect(source).toBe('371os-coordination');
    const desk = await read(await program('?chatId=fruit'));
    expect(desk.context).toMatch(/crate[\s\S]*Built/);
    const named = await program(`?agentId=${host.company.agent('Maya').agentId}&chatId=fruit`);
    expect((await read(named)).context).toContain('Count the apples');
  });

  it('leaves out what was said before when that is not wanted, and what is confidential always', async () => {
    const confidential = startConversation({ principal: ANN, isConfidential: true });
    await inConversation(confidential, () =>
      host.company.router.route(
        'Count the secret diamonds',
        '6e0d7b1e-2c55-4a3f-9d5e-0c9f6f0f5a11',
        {
          agent: 'Maya',
        },
      ),
    );
    const room = '?agentId=Maya&chatId=6e0d7b1e-2c55-4a3f-9d5e-0c9f6f0f5a11';
    expect((await read(await program(room))).context).not.toContain('diamonds');
    const bare = await read(await program('?agentId=Maya&chatId=fruit&includeHistory=false'));
    expect(bare.context).not.toContain('apples');
  });

  it('has no secret, and no more tokens than wanted', async () => {
    await asked('Say the key', 'keys');
    const secret = await read(await program('?agentId=Maya&chatId=keys'));
    expect(secret.context).toContain('The key is [secret].');
    expect(secret.context).not.toContain(OWNER_TOKEN);
    for (const text of ['😀 𝔘𝔫𝔦 '.repeat(400), '<|endoftext|> '.repeat(400), 'word '.repeat(3_000)])
      await asked(text, 'long');
    for (const most of [16, 60, 500, 3_000]) {
      const { context } = await read(
        await program(`?agentId=Maya&chatId=long&maxTokens=${String(most)}`),
      );
      expect(encode(context, { disallowedSpecial: new Set() }).length).toBeLessThanOrEqual(most);
      if (most >= 500) expect(context).toContain('word word');
    }
  });

  it('is the same for 30 s, which its headers say', async () => {
    const query = '?agentId=Maya&chatId=kept';
    const first = await program(query);
    expect(first.headers.get('cache-control')).toBe('private, max-age=30');
    expect(first.headers.get('vary')).toContain('Authorization');
    await asked('Count the plums', 'kept');
    const again = await program(query);
    expect(await read(again)).toEqual(await read(first));
    expect(Number(again.headers.get('age'))).toBeLessThan(30);
    const etag = first.headers.get('etag') ?? '';
    const unchanged = await program(query, { 'If-None-Match': `"other", W/${etag}` });
    expect(unchanged.status).toBe(304);
    expect(await unchanged.text()).toBe('');
    const different = await read(await program(`${query}&maxTokens=900`));
    expect(different.context).toContain('plums');
  });

  it.each([
    ['without a token', '', { Authorization: '' }, 401],
    ['with the token of the server', '', { Authorization: `Bearer ${OWNER_TOKEN}` }, 401],
    ['with a token that begins alike', '', { Authorization: `Bearer ${BRIDGE_TOKEN}x` }, 401],
    ['from a web site', '', { Origin: 'https://evil.example' }, 403],
    ['for an agent that there is not', '?agentId=Nobody', {}, 404],
    ['for too many tokens', '?maxTokens=1000000', {}, 400],
    ['for a chat with an endless name', `?chatId=${'x'.repeat(300)}`, {}, 400],
  ])('is refused %s', async (_case, query, headers, status) => {
    const answer = await program(query, headers);
    expect(answer.status).toBe(status);
    const { error } = await read(answer);
    expect(error?.message).toMatch(/\.$/);
    if (status !== 403) expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  it('of a room where somebody else speaks is refused', async () => {
    const room = '2f1c9b52-8a57-4f0e-8d1e-53a1f1a0c0de';
    const conversation = startConversation({ principal: OWNER });
    await inConversation(conversation, () =>
      host.company.router.route('Count the crown jewels', room, { agent: 'Maya' }),
    );
    const answer = await program(`?agentId=Maya&chatId=${room}`);
    expect(answer.status).toBe(403);
    expect((await read(answer)).error?.code).toBe('CONTEXT_REFUSED');
  });

  it('is given to a web site that is allowed', async () => {
    const origin = { Origin: 'https://chat.example' };
    const answer = await program('?agentId=Maya', origin);
    expect(answer.headers.get('access-control-allow-origin')).toBe('https://chat.example');
    const preflight = await fetch(`http://localhost:${String(contextPort)}/agent-context`, {
      method: 'OPTIONS',
      headers: origin,
    });
    expect(preflight.status).toBe(204);
  });

  it('is at the main server, too, for tokens of the company and the agent that they are for', async () => {
    const path = '/coordination/agent-context?agentId=Maya&chatId=fruit';
    expect((await read(await host.get(path))).context).toContain('gold');
    expect((await read(await host.get(path, { 'X-Act-As': 'ann' }))).context).toContain('apples');
    const grant = { name: 'ann', scopes: ['agents:read'], agent: 'Maya' };
    const bearer = { Authorization: `Bearer ${await host.token(grant)}` };
    expect((await read(await host.get(path, bearer))).context).toContain('apples');
    const other = await host.get(path.replace('Maya', 'Zara'), bearer);
    expect([other.status, (await read(other)).error?.code]).toEqual([403, 'OTHER_AGENT']);
    const weak = await host.token({ name: 'ann', scopes: ['memory:read'] });
    expect((await host.get(path, { Authorization: `Bearer ${weak}` })).status).toBe(403);
    expect((await host.get(path, { Authorization: 'Bearer nonsense' })).status).toBe(401);
    const kept = await host.get(path, bearer);
    const etag = kept.headers.get('etag') ?? '';
    expect((await host.get(path, { ...bearer, 'If-None-Match': etag })).status).toBe(304);
  });

  it('does not depend on a port that another program has', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const { LoopbackListener } =
      await import('../../plugins/plugin-coordination/src/adapters/context/loopback-listener.ts');
    const listener = new LoopbackListener({
      ...{ port, setting: 'COORDINATION_CONTEXT_PORT', origins: [], log: () => undefined },
    });
    await expect(listener.open()).rejects.toMatchObject({
      code: 'PORT_TAKEN',
      message: expect.stringContaining('COORDINATION_CONTEXT_PORT'),
    });
    taken.close();
  });
});

describe('the bridge', () => {
  interface Heard {
    readonly event: string;
    readonly data: Record<string, string>;
  }

  async function connect(
    protocols: string[] = [],
    headers: Record<string, string> = { Authorization: `Bearer ${BRIDGE_TOKEN}` },
  ): Promise<{ socket: WebSocket; heard: Heard[]; say(message: unknown): void }> {
    const socket = new WebSocket(`ws://localhost:${String(bridgePort)}/agent-bridge`, protocols, {
      headers,
    });
    const heard: Heard[] = [];
    socket.on('message', (data) => heard.push(JSON.parse((data as Buffer).toString()) as Heard));
    await once(socket, 'open');
    const say = (message: unknown): void => {
      socket.send(typeof message === 'string' ? message : JSON.stringify(message));
    };
    return { socket, heard, say };
  }
  const task = (taskId: string, text: string, more: object = {}) => ({
    event: 'agent-task',
    data: { taskId, agentId: 'Maya', chatId: 'bridge', task: text, ...more },
  });

  it('has a task done once, however often and by whatever connection it is asked for', async () => {
    const first = await connect();
    first.say(task('one', 'Count the nuts'));
    const result = {
      event: 'task-result',
      data: { taskId: 'one', result: expect.stringContaining('Counted: Count the nuts') },
    };
    await eventually(async () => expect(first.heard).toEqual([result]));
    first.socket.close();
    const second = await connect();
    second.say(task('one', 'Count the nuts'));
    await eventually(async () => expect(second.heard).toEqual([result]));
    second.say(task('one', 'Count the bolts'));
    await eventually(async () => expect(second.heard).toHaveLength(2));
    expect(second.heard[1]).toMatchObject({
      event: 'task-error',
      data: { taskId: 'one', error: expect.stringContaining('another task') },
    });
    expect(done.filter((text) => text.includes('nuts'))).toHaveLength(1);
    second.socket.close();
  });

  it('tells who comes back what was done meanwhile', async () => {
    const first = await connect();
    first.say(task('two', 'Count slowly'));
    await eventually(async () => expect(done).toContain('Count slowly'));
    first.socket.terminate();
    const second = await connect();
    second.say(task('two', 'Count slowly'));
    slow.open();
    await eventually(async () => expect(second.heard).toMatchObject([{ event: 'task-result' }]));
    expect(done.filter((text) => text === 'Count slowly')).toHaveLength(1);
    second.socket.close();
  });

  it('has the front desk cut up and hand on what is for nobody', async () => {
    const { heard, say, socket } = await connect();
    say(task('desk', 'How much money is left in the budget?', { agentId: undefined }));
    await eventually(async () =>
      expect(heard).toMatchObject([
        { event: 'task-result', data: { result: expect.stringContaining('Counted') } },
      ]),
    );
    socket.close();
  });

  it('says why a task failed', async () => {
    const { heard, say, socket } = await connect();
    say(task('bad', 'fail now'));
    await eventually(async () =>
      expect(heard).toMatchObject([{ event: 'task-error', data: { taskId: 'bad' } }]),
    );
    socket.close();
  });

  it('passes on what one program shares, to others of the person and in the context', async () => {
    const [one, other] = [await connect(), await connect()];
    const data = { agentId: 'Maya', chatId: 'shared', context: 'The price of nuts is 3.' };
    one.say({ event: 'context-update', data });
    await eventually(async () =>
      expect(other.heard).toMatchObject([
        { event: 'context-update', data: { agentId: 'Maya', chatId: 'shared' } },
      ]),
    );
    expect(other.heard[0]?.data['context']).toContain('The price of nuts is 3.');
    expect(one.heard).toEqual([]);
    const { context } = await read(await program('?agentId=Maya&chatId=shared'));
    expect(context).toContain('The price of nuts is 3.');
    one.socket.close();
    other.socket.close();
  });

  it.each([
    ['no JSON', '{"half": ', /no JSON/],
    ['an unknown event', { event: 'drop-tables', data: {} }, /event/],
    ['a task without an id', { event: 'agent-task', data: { task: 'x' } }, /taskId/],
    ['nobody to do it', task('who', 'x', { agentId: 'Nobody' }), /no agent/],
  ])('answers %s with an error, and goes on', async (_case, message, problem) => {
    const { heard, say, socket } = await connect();
    say(message);
    await eventually(async () => expect(heard[0]?.data['error']).toMatch(problem));
    expect(socket.readyState).toBe(WebSocket.OPEN);
    socket.close();
  });

  it('refuses whoever has no token, a web site that is not allowed, and another path', async () => {
    await expect(connect([], {})).rejects.toThrow('401');
    await expect(connect([], { Authorization: 'Bearer wrong' })).rejects.toThrow('401');
    const evil = { Authorization: `Bearer ${BRIDGE_TOKEN}`, Origin: 'https://evil.example' };
    await expect(connect([], evil)).rejects.toThrow('403');
    const browser = await connect(['agent-bridge', `bearer.${BRIDGE_TOKEN}`], {
      Origin: 'https://chat.example',
    });
    expect(browser.socket.protocol).toBe('agent-bridge');
    browser.socket.close();
  });

  it('ends a connection that sends more than a megabyte at once', async () => {
    const { socket, say } = await connect();
    say(task('huge', 'x'.repeat(1_100_000)));
    const [code] = (await once(socket, 'close')) as [number];
    expect(code).toBe(1009);
  });
});

describe('what looks like a secret', () => {
  const key = 'a'.repeat(64);
  it.each([
    ['a private key', `0x${key}`],
    ['a key of a provider', 'sk-or-v1-0123456789abcdef0123456789'],
    ['a token', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl'],
    ['a password', 'hunter2hunter2', 'DATABASE_PASSWORD=hunter2hunter2'],
    ['a bearer', 'abcdefgh123', 'Authorization: Bearer abcdefgh123'],
    [
      'a phrase',
      'legal winner thank year wave sausage worth useful legal winner thank yellow',
      'mnemonic: legal winner thank year wave sausage worth useful legal winner thank yellow',
    ],
    ['a PEM key', 'MIIEvQ', '-----BEGIN PRIVATE KEY-----\nMIIEvQ\n-----END PRIVATE KEY-----'],
  ])('is taken out: %s', (_case, secret, text = `It is ${secret}, you see.`) => {
    const stripped = stripSecrets(text, []);
    expect(stripped).not.toContain(secret);
    expect(stripped).toContain('[secret]');
  });

  it('takes out what is known, and leaves words alone', () => {
    expect(stripSecrets('The code word is abracadabra.', ['abracadabra'])).toBe(
      'The code word is [secret].',
    );
    const plain = 'The token economy is a secret to nobody; passwords are short.';
    expect(stripSecrets(plain, ['short'])).toBe(plain);
  });

  it('takes no time, whatever the text', () => {
    const before = performance.now();
    stripSecrets('-a'.repeat(50_000) + 'password'.repeat(5_000), []);
    expect(performance.now() - before).toBeLessThan(2_000);
  });
});

describe('the rate limit', () => {
  it('lets through so many a minute, each asker for themselves', () => {
    let nowMs = 0;
    const limit = new RateLimit(2, () => nowMs);
    limit.take('ann');
    limit.take('ann');
    expect(() => limit.take('ann')).toThrow('wait 30 s');
    limit.take('bob');
    nowMs = 30_000;
    limit.take('ann');
    expect(() => limit.take('ann')).toThrow();
  });
});

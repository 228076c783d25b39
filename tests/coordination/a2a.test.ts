import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import {
  Role,
  TaskState,
  verifyAgentCardSignature,
  type Message,
  type SendMessageConfiguration,
  type StreamResponse,
  type Task,
} from '@a2a-js/sdk';
import type { Client } from '@a2a-js/sdk/client';
import { record } from '@371os/kernel';
import { HAND_ON, pageOf } from '@371os/plugin-coordination';
import { problemOfAddress } from '@371os/plugin-registry';
import { answering, gate } from '../router/company-fixture.ts';
import { a2aClient } from '../support/a2a-client.ts';
import { eventually } from '../support/eventually.ts';
import { CompanyHost, OWNER_TOKEN } from './company-host.ts';

const START_MS = 120_000;

let host: CompanyHost;
let slow = gate();
const done: string[] = [];
let asksBack = true;

// The kit writes whole errors to the console beside answering with them.
for (const level of ['debug', 'error'] as const)
  jest.spyOn(console, level).mockImplementation(() => undefined);

beforeAll(async () => {
  host = await CompanyHost.start({
    COORDINATION_A2A_LOOPBACK: 'true',
    COORDINATION_A2A_PER_MINUTE: '10000',
  });
  await host.company.hire('CFO Maya', {
    examples: ['How much money is left in the budget?'],
    role: 'CFO',
    works: answering(async (words) => {
      done.push(words);
      if (words.includes('slowly')) await slow.opened;
      if (words.includes('fail')) throw new RangeError('broken');
      if (words.includes('paint') && asksBack) {
        record({
          kind: 'input-required',
          agent: 'CFO Maya',
          missing: 'a colour',
          sentence: 'Which colour?',
        });
        return 'Which colour?';
      }
      return `Counted: ${words}`;
    }),
  });
  await host.company.hire('CTO Zara', {
    examples: ['Deploy the new version of the server'],
    role: 'CTO',
    works: answering((words) => `Built: ${words}`),
  });
}, START_MS);
afterAll(() => host.stop());

const MAYA = '/a2a/cfo-maya';
const DESK = '';

interface As {
  readonly token?: string;
  readonly name?: string;
  readonly transport?: 'JSONRPC' | 'HTTP+JSON';
}

/** The kit's own client, with nothing but a token added to what it sends. */
async function connect(agent: string, as: As = {}): Promise<Client> {
  const { token = OWNER_TOKEN, name, transport = 'JSONRPC' } = as;
  return a2aClient({
    url: `${host.url}${agent}/.well-known/agent-card.json`,
    headers: {
      Authorization: `Bearer ${token}`,
      ...(name === undefined ? {} : { 'X-Act-As': name }),
    },
    transport,
  });
}

function message(words: string, more: Partial<Message> = {}): Message {
  return {
    ...{ messageId: randomUUID(), contextId: '', taskId: '', role: Role.ROLE_USER },
    parts: [
      {
        content: { $case: 'text', value: words },
        metadata: undefined,
        filename: '',
        mediaType: '',
      },
    ],
    ...{ metadata: undefined, extensions: [], referenceTaskIds: [], ...more },
  };
}

async function send(
  client: Client,
  sent: Message,
  configuration?: Partial<SendMessageConfiguration>,
): Promise<Task> {
  const answer = await client.sendMessage({
    ...{ tenant: '', message: sent, metadata: undefined },
    configuration: {
      ...{
        acceptedOutputModes: [],
        taskPushNotificationConfig: undefined,
        returnImmediately: false,
      },
      ...configuration,
    },
  });
  if ('parts' in answer) throw new RangeError('it is no task');
  return answer;
}

function answerIn({ artifacts, status }: Task): string {
  const [part] = artifacts[0]?.parts ?? status?.message?.parts ?? [];
  return part?.content?.$case === 'text' ? part.content.value : '';
}

async function all(stream: AsyncIterable<StreamResponse>): Promise<StreamResponse[]> {
  const events: StreamResponse[] = [];
  for await (const event of stream) events.push(event);
  return events;
}

const stateIn = (task: Task): TaskState | undefined => task.status?.state;
const kinds = (events: StreamResponse[]): unknown[] => events.map(({ payload }) => payload?.$case);

describe('the card of an agent', () => {
  const cardAt = async (path: string): Promise<Record<string, unknown>> =>
    (await (await fetch(`${host.url}${path}/.well-known/agent-card.json`)).json()) as Record<
      string,
      unknown
    >;

  it('is at the well-known path of each, and that of the front desk at the root', async () => {
    expect(await cardAt(MAYA)).toMatchObject({
      name: 'CFO Maya',
      capabilities: { streaming: true, pushNotifications: true },
      supportedInterfaces: [
        {
          protocolBinding: 'JSONRPC',
          protocolVersion: '1.0',
          url: `${host.url}/coordination${MAYA}`,
        },
        { protocolBinding: 'HTTP+JSON', url: `${host.url}/coordination${MAYA}/rest` },
      ],
    });
    expect(await cardAt(DESK)).toMatchObject({ name: 'Front Desk' });
    expect((await fetch(`${host.url}/a2a/nobody/.well-known/agent-card.json`)).status).toBe(404);
  });

  it('is signed with a key that can be had', async () => {
    const client = await connect(MAYA);
    const card = await client.getAgentCard();
    const verify = verifyAgentCardSignature(async (kid, jku) => {
      const { keys } = (await (await fetch(jku ?? '')).json()) as { keys: { kid: string }[] };
      return keys.find((key) => key.kid === kid) as never;
    });
    await verify(card);
    await expect(verify({ ...card, name: 'CFO Mallory' })).rejects.toThrow();
  });

  it('is kept for a minute, and says whether it has changed', async () => {
    const url = `${host.url}${MAYA}/.well-known/agent-card.json`;
    const { headers } = await fetch(url);
    expect(headers.get('cache-control')).toBe('public, max-age=60');
    const known = { 'If-None-Match': headers.get('etag') ?? '' };
    expect((await fetch(url, { headers: known })).status).toBe(304);
    const since = { 'If-Modified-Since': headers.get('last-modified') ?? '' };
    expect((await fetch(url, { headers: since })).status).toBe(304);
    const old = { 'If-Modified-Since': new Date(0).toUTCString() };
    expect((await fetch(url, { headers: old })).status).toBe(200);
  });
});

describe.each(['JSONRPC', 'HTTP+JSON'] as const)('over %s', (transport) => {
  let client: Client;
  beforeAll(async () => {
    client = await connect(MAYA, { transport });
  });

  it('a message is a task of the company, whose end is waited for', async () => {
    const task = await send(client, message('Count the sheep', { contextId: 'farm' }));
    expect(stateIn(task)).toBe(TaskState.TASK_STATE_COMPLETED);
    expect(answerIn(task)).toBe('Counted: Count the sheep');
    expect(task.contextId).toBe('farm');
    expect(await host.company.tasks.get(task.id)).toMatchObject({
      ...{ agent: 'CFO Maya', state: 'COMPLETED', requester: { id: 'owner' } },
    });
    expect(await client.getTask({ tenant: '', id: task.id, historyLength: 0 })).toMatchObject({
      ...{ id: task.id, history: [] },
    });
  });

  it('the same message again is the same task', async () => {
    const sent = message(`Count once ${transport}`);
    const [one, other] = await Promise.all([send(client, sent), send(client, sent)]);
    expect(one.id).toBe(other.id);
    expect((await send(client, sent)).id).toBe(one.id);
    expect(done.filter((words) => words === `Count once ${transport}`)).toHaveLength(1);
    await expect(send(client, { ...sent, parts: message('Count twice').parts })).rejects.toThrow(
      /another task/,
    );
  });

  it('a stream tells what becomes of it', async () => {
    const events = await all(
      client.sendMessageStream({
        ...{ tenant: '', message: message('Count the goats'), metadata: undefined },
        configuration: undefined,
      }),
    );
    expect(kinds(events)[0]).toBe('task');
    expect(kinds(events).slice(-2)).toEqual(['artifactUpdate', 'statusUpdate']);
    expect(events.at(-1)?.payload).toMatchObject({
      value: { status: { state: TaskState.TASK_STATE_COMPLETED } },
    });
  });

  it('a task can be subscribed to and canceled, which ends its work', async () => {
    slow = gate();
    const task = await send(client, message('Count slowly'), { returnImmediately: true });
    expect(answerIn(task)).toBe('');
    const heard = all(client.resubscribeTask({ tenant: '', id: task.id }));
    await eventually(async () => {
      expect((await host.company.tasks.get(task.id)).state).toBe('WORKING');
    });
    const canceled = await client.cancelTask({ tenant: '', id: task.id, metadata: undefined });
    expect(stateIn(canceled)).toBe(TaskState.TASK_STATE_CANCELED);
    expect((await heard).at(-1)?.payload).toMatchObject({
      value: { status: { state: TaskState.TASK_STATE_CANCELED } },
    });
    slow.open();
    await expect(
      client.cancelTask({ tenant: '', id: task.id, metadata: undefined }),
    ).rejects.toMatchObject({ name: expect.stringContaining('TaskNotCancelable') });
    await expect(all(client.resubscribeTask({ tenant: '', id: task.id }))).rejects.toThrow(/ended/);
  });

  it('tasks are listed in pages, newest first, of one context or state', async () => {
    const contextId = `list-${randomUUID()}`;
    for (const words of ['Count 1', 'Count 2', 'fail 3'])
      await send(client, message(words, { contextId }));
    const list = {
      ...{ tenant: '', contextId, status: TaskState.TASK_STATE_UNSPECIFIED, pageSize: 2 },
      ...{ pageToken: '', statusTimestampAfter: undefined, includeArtifacts: true },
    };
    const first = await client.listTasks(list);
    expect(first).toMatchObject({ totalSize: 3, pageSize: 2 });
    expect(first.tasks.map(stateIn)).toEqual([
      TaskState.TASK_STATE_FAILED,
      TaskState.TASK_STATE_COMPLETED,
    ]);
    const rest = await client.listTasks({ ...list, pageToken: first.nextPageToken });
    expect(rest.tasks.map(answerIn)).toEqual(['Counted: Count 1']);
    expect(rest.nextPageToken).toBe('');
    const failed = { ...list, status: TaskState.TASK_STATE_FAILED };
    expect((await client.listTasks(failed)).totalSize).toBe(1);
  });

  it('what is asked back can be answered, and the task goes on', async () => {
    asksBack = true;
    const task = await send(client, message('Count and paint the fence'));
    expect(stateIn(task)).toBe(TaskState.TASK_STATE_INPUT_REQUIRED);
    expect(answerIn(task)).toBe('Which colour?');
    asksBack = false;
    const answered = await send(client, message('Red', { taskId: task.id }));
    expect(answered.id).toBe(task.id);
    expect(stateIn(answered)).toBe(TaskState.TASK_STATE_COMPLETED);
    expect((await host.company.tasks.get(task.id)).data).toMatchObject({
      context: 'You said: Which colour?\nThe answer is: Red',
    });
    await expect(send(client, message('Blue', { taskId: task.id }))).rejects.toThrow(/ended/);
  });

  it.each([
    [
      'a file',
      message('', {
        parts: [
          {
            content: { $case: 'url', value: 'https://a.example/x' },
            metadata: undefined,
            filename: '',
            mediaType: '',
          },
        ],
      }),
      /Files/,
    ],
    ['nothing', message('', { parts: [] }), /parts/],
    ['a task that there is not', message('x', { taskId: 'nothing' }), /no task/],
    [
      'hops that are no number',
      message('x', { metadata: { [HAND_ON]: { hops: 'many' } } }),
      /handed on/,
    ],
    ['too many words', message('word '.repeat(10_000)), /kB/],
  ])('a message with %s is refused', async (_case, sent, problem) => {
    await expect(send(client, sent)).rejects.toThrow(problem);
  });
});

describe('a request that was handed on', () => {
  const handedOn = (hops: number, trace: string[] = []): Partial<Message> => ({
    metadata: { [HAND_ON]: { hops, trace } },
    extensions: [HAND_ON],
  });

  it('is done as long as it was not handed on too often', async () => {
    const client = await connect(MAYA);
    const fine = await send(client, message('Count the hops', handedOn(2)));
    expect(stateIn(fine)).toBe(TaskState.TASK_STATE_COMPLETED);
    const refused = await send(client, message('Count the hops', handedOn(3)));
    expect(stateIn(refused)).toBe(TaskState.TASK_STATE_REJECTED);
    const desk = await send(await connect(DESK), message('How much money is left?', handedOn(3)));
    expect(stateIn(desk)).toBe(TaskState.TASK_STATE_REJECTED);
  });

  it('cannot hide that it comes from here', async () => {
    const client = await connect(MAYA);
    const first = await send(client, message('Count the circle', handedOn(2)));
    const again = await send(client, message('Count the circle', handedOn(0, [first.id])));
    expect(stateIn(again)).toBe(TaskState.TASK_STATE_REJECTED);
  });
});

it('the front desk hands on what it is asked, as one task with its parts', async () => {
  const client = await connect(DESK);
  const task = await send(
    client,
    message('How much money is left in the budget? And deploy the new version of the server.'),
  );
  expect(stateIn(task)).toBe(TaskState.TASK_STATE_COMPLETED);
  expect(answerIn(task)).toMatch(/Counted:[\s\S]*CFO Maya[\s\S]*Built:[\s\S]*CTO Zara/);
  const parts = await host.company.tasks.children(task.id);
  expect(parts.map(({ agent }) => agent).sort()).toEqual(['CFO Maya', 'CTO Zara']);
  // It is told of those parts, too.
  const [part] = parts;
  expect((await client.getTask({ tenant: '', id: part?.id ?? '' })).id).toBe(part?.id);
});

describe('another principal', () => {
  it('finds nothing of what is not theirs', async () => {
    const [ann, bob] = [await connect(MAYA, { name: 'ann' }), await connect(MAYA, { name: 'bob' })];
    const task = await send(ann, message('Count my secrets'));
    const id = { tenant: '', id: task.id };
    await expect(bob.getTask(id)).rejects.toMatchObject({
      name: expect.stringContaining('TaskNotFound'),
    });
    await expect(bob.cancelTask({ ...id, metadata: undefined })).rejects.toThrow(/no task/);
    await expect(all(bob.resubscribeTask(id))).rejects.toThrow(/no task/);
    const list = {
      ...{
        tenant: '',
        contextId: task.contextId,
        status: TaskState.TASK_STATE_UNSPECIFIED,
        pageToken: '',
      },
      statusTimestampAfter: undefined,
    };
    expect((await bob.listTasks(list)).tasks).toEqual([]);
    expect((await ann.listTasks(list)).tasks).toHaveLength(1);
    // The same message of somebody else is another task.
    const sent = message('Count together');
    expect((await send(ann, sent)).id).not.toBe((await send(bob, sent)).id);
    const zara = await connect('/a2a/cto-zara', { name: 'ann' });
    await expect(zara.getTask(id)).rejects.toThrow(/no task/);
  });

  it('needs a token that is good for it', async () => {
    const rpc = (token: string, method = 'ListTasks'): Promise<Response> =>
      fetch(`${host.url}/coordination${MAYA}`, {
        method: 'POST',
        headers: {
          ...{ 'Content-Type': 'application/json', 'A2A-Version': '1.0' },
          ...(token === '' ? {} : { Authorization: `Bearer ${token}` }),
        },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: {} }),
      });
    const none = await rpc('');
    expect([none.status, none.headers.get('www-authenticate')]).toEqual([
      401,
      expect.stringContaining('Bearer'),
    ]);
    expect((await rpc('nonsense')).status).toBe(401);
    const reader = await host.token({ name: 'reader', scopes: ['agents:read'] });
    expect((await rpc(reader)).status).toBe(200);
    expect((await rpc(reader, 'SendMessage')).status).toBe(403);
    expect((await rpc(reader, 'SomethingElse')).status).toBe(403);
    const bound = await host.token({
      name: 'bound',
      scopes: ['agents:run', 'agents:read'],
      agent: 'CTO Zara',
    });
    await expect(send(await connect(MAYA, { token: bound }), message('Count'))).rejects.toThrow();
    const zara = await send(await connect('/a2a/cto-zara', { token: bound }), message('Build it'));
    expect(answerIn(zara)).toBe('Built: Build it');
  });
});

describe('what is no A2A', () => {
  const post = (body: string, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${host.url}/coordination${MAYA}`, {
      method: 'POST',
      headers: {
        ...{ Authorization: `Bearer ${OWNER_TOKEN}`, 'Content-Type': 'application/json' },
        ...{ 'A2A-Version': '1.0', ...headers },
      },
      body,
    });
  const call = (method: string, params: unknown = {}): string =>
    JSON.stringify({ jsonrpc: '2.0', id: 7, method, params });

  it.each([
    ['half a JSON', '{"jsonrpc": ', {}, 400],
    ['a list', '[]', {}, 200],
    ['an unknown method', call('DropTables'), {}, 200],
    ['an old version', call('ListTasks'), { 'A2A-Version': '0.3' }, 200],
    ['parameters that are none', call('GetTask', 7), {}, 200],
  ])('is answered with an error: %s', async (_case, body, headers, status) => {
    const answer = await post(body, headers);
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ error: { message: expect.any(String) } });
  });
});

describe('webhooks', () => {
  interface Told {
    readonly headers: IncomingMessage['headers'];
    readonly body: Record<
      string,
      { readonly status?: { readonly state?: string }; readonly id?: string }
    >;
  }

  async function listen(
    statuses: number[] = [],
  ): Promise<{ url: string; told: Told[]; close(): void }> {
    const told: Told[] = [];
    const server = createServer((request, response) => {
      void text(request).then((sent) => {
        told.push({ headers: request.headers, body: JSON.parse(sent) as Told['body'] });
        response.writeHead(statuses.shift() ?? 200).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    return { url: `http://127.0.0.1:${String(port)}/hook`, told, close: () => void server.close() };
  }
  const config = (url: string, more: object = {}) => ({
    ...{ tenant: '', id: '', taskId: '', url, token: '', authentication: undefined, ...more },
  });

  it('are told what becomes of a task, with what proves it, and again when they fail', async () => {
    const hook = await listen([500]);
    const client = await connect(MAYA, { name: 'ann' });
    slow = gate();
    const authentication = { scheme: 'Bearer', credentials: 'webhook-secret' };
    const task = await send(client, message('Count slowly for the hook'), {
      returnImmediately: true,
      taskPushNotificationConfig: config(hook.url, { token: 'mine', authentication }),
    });
    slow.open();
    await eventually(async () => {
      expect(hook.told.at(-1)?.body['task']).toMatchObject({
        ...{ id: task.id, status: { state: 'TASK_STATE_COMPLETED' } },
      });
    });
    expect(hook.told[0]?.headers).toMatchObject({
      ...{ 'x-a2a-notification-token': 'mine', authorization: 'Bearer webhook-secret' },
      'content-type': 'application/a2a+json',
    });
    const about = { tenant: '', taskId: task.id };
    const { configs } = await client.listTaskPushNotificationConfig({
      ...{ ...about, pageSize: 0, pageToken: '' },
    });
    expect(configs).toMatchObject([{ url: hook.url, authentication: { credentials: '' } }]);
    const [known] = configs;
    const stranger = await connect(MAYA, { name: 'bob' });
    const one = { ...about, id: known?.id ?? '' };
    await expect(stranger.getTaskPushNotificationConfig(one)).rejects.toThrow(/no task/);
    await client.deleteTaskPushNotificationConfig(one);
    await expect(client.getTaskPushNotificationConfig(one)).rejects.toThrow(/no webhook/);
    hook.close();
  });

  it.each([
    'http://10.0.0.1/hook',
    'https://169.254.169.254/latest',
    'http://[fd00::1]/hook',
    'ftp://a.example/hook',
    'https://user:password@a.example/hook',
    'no address',
  ])('are not at %s', async (url) => {
    const client = await connect(MAYA);
    await expect(
      send(client, message('Count'), { taskPushNotificationConfig: config(url) }),
    ).rejects.toThrow(/refused/);
  });

  it('are not on this machine unless that is allowed, and not in any number', async () => {
    expect(
      problemOfAddress(new URL('https://127.0.0.1/hook'), { isLoopbackAllowed: false }),
    ).toContain('public');
    expect(
      problemOfAddress(new URL('http://a.example/hook'), { isLoopbackAllowed: false }),
    ).toContain('https');
    const client = await connect(MAYA);
    const task = await send(client, message('Count hooks'));
    const add = (id: number) =>
      client.createTaskPushNotificationConfig(
        config('https://a.example/hook', { taskId: task.id, id: String(id) }),
      );
    for (let id = 1; id <= 8; id += 1) await add(id);
    await expect(add(9)).rejects.toThrow(/at most 8/);
  });
});

it('pages neither lose nor repeat anything', () => {
  const items = Array.from({ length: 25 }, (_, index) => ({
    id: `id-${String(index)}`,
    updatedAt: Math.floor(index / 3),
  }));
  const seen: string[] = [];
  let pageToken = '';
  do {
    const page = pageOf(items, { pageSize: 4, pageToken, statusTimestampAfter: undefined });
    seen.push(...page.items.map(({ id }) => id));
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  expect(new Set(seen).size).toBe(25);
  expect(seen).toHaveLength(25);
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Handler } from '@elizaos/core';
import type { Client } from '@modelcontextprotocol/client';
import { currentConversation } from '@371os/kernel';
import coordinationPlugin, { coordinationOf, HOPS, metaOf } from '@371os/plugin-coordination';
import { RoutedCompany } from '../router/company-fixture.ts';
import { eventually } from '../support/eventually.ts';
import { callTool, RouteServer, TOKEN } from './mcp-fixture.ts';

interface Task {
  readonly id: string;
  readonly agent: string;
  readonly state: string;
  readonly answer: string;
}

const START_MS = 120_000;

let company: RoutedCompany;
let server: RouteServer;
let client: Client;
const done: string[] = [];
let release = Promise.withResolvers<undefined>();

const says =
  (name: string): Handler =>
  async (_runtime, message, _state, _options, callback) => {
    const text = message.content.text ?? '';
    if (text.includes('slowly')) await release.promise;
    done.push(`${name}: ${text}`);
    await callback?.({ text: `${name} did: ${text}` });
    return { success: true };
  };

// Hands everything on over MCP, as an agent of another organisation would.
const handsOn =
  (agent: string): Handler =>
  async (_runtime, message, _state, _options, callback) => {
    done.push(`for ${agent}`);
    const meta = metaOf(currentConversation()!);
    const args = { task: message.content.text ?? '', agent, waitSeconds: 30 };
    const answer = await callTool(client, 'delegate_task', args, meta);
    await callback?.({ text: String(answer['answer']) });
    return { success: true };
  };

beforeAll(async () => {
  server = await RouteServer.start();
  const settings = { ELIZA_SERVER_AUTH_TOKEN: TOKEN, COORDINATION_URL: server.url };
  company = await RoutedCompany.start(settings, [coordinationPlugin]);
  await company.hire('CTO Zara', { examples: ['fix the login page'], works: says('Zara') });
  await company.hire('CFO Maya', { examples: ['how much did we spend'], works: says('Maya') });
  await company.hire('Ping', { examples: ['ping the other one'], works: handsOn('Pong') });
  await company.hire('Pong', { examples: ['pong the other one'], works: handsOn('Ping') });
  server.serve(company.agent('Front Desk'));
  client = await server.connect();
}, START_MS);

afterAll(async () => {
  await server.stop();
  await company.stop();
});

const call = (name: string, args: Record<string, unknown>): Promise<Record<string, unknown>> =>
  callTool(client, name, args);

const tasksIn = (answer: Record<string, unknown>): Task[] => answer['tasks'] as Task[];

describe('agents over MCP', () => {
  it('are those of the front desk, whoever else has the plugin and is asked first', async () => {
    const other = await company.hire('Librarian', { examples: ['find a book'] });
    await other.registerPlugin(coordinationPlugin);
    const elsewhere = await RouteServer.start();
    elsewhere.serve(other);
    const { agents } = await callTool(await elsewhere.connect(), 'list_agents');
    expect(JSON.stringify(agents)).toContain('CTO Zara');
    await elsewhere.stop();
  });

  it('are listed with what they are for and how busy they are', async () => {
    const { agents } = await call('list_agents', {});
    expect(agents).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: 'CTO Zara', availability: 'free', openTasks: 0 }),
        expect.objectContaining({ name: 'CFO Maya' }),
      ]),
    );
  });

  it('do what they are named for, on record as a task that can be looked at', async () => {
    const answer = await call('delegate_task', { task: 'look at the books', agent: 'maya' });
    expect(answer).toMatchObject({ state: 'ENDED' });
    const [task] = tasksIn(answer);
    expect(task).toMatchObject({ agent: 'CFO Maya', state: 'COMPLETED' });
    expect(task?.answer).toContain('Maya did: look at the books');
    expect(await call('get_task', { id: task?.id.slice(0, 8) })).toMatchObject({ task });
    expect((await call('explain_routing', { id: task?.id }))['parts']).toMatchObject([
      { agent: 'CFO Maya', reason: 'you asked for it' },
    ]);
  });

  it('are chosen by the company when nobody is named', async () => {
    const { parts } = await call('explain_routing', { task: 'fix the login page' });
    expect(parts).toMatchObject([{ agent: 'CTO Zara', candidates: expect.any(Array) }]);
    const answer = await call('delegate_task', { task: 'fix the login page' });
    expect(tasksIn(answer)).toMatchObject([{ agent: 'CTO Zara', state: 'COMPLETED' }]);
  });

  it('work on when nobody waits, and can be told to stop', async () => {
    release = Promise.withResolvers<undefined>();
    const args = { task: 'slowly paint it', agent: 'CTO Zara', waitSeconds: 1 };
    const [going] = tasksIn(await call('delegate_task', args));
    expect(going?.state).toMatch(/SUBMITTED|WORKING/);
    release.resolve(undefined);
    await eventually(async () => {
      const { task } = await call('get_task', { id: going?.id });
      expect(task).toMatchObject({ state: 'COMPLETED' });
    });

    release = Promise.withResolvers<undefined>();
    const [another] = tasksIn(await call('delegate_task', { ...args, task: 'slowly again' }));
    expect(await call('cancel_task', { id: another?.id })).toMatchObject({
      task: { state: 'CANCELED' },
    });
    release.resolve(undefined);
  });

  it('do a part each, and their answers are joined', async () => {
    const answer = await call('coordinate_agents', {
      ...{ agents: ['zara', 'CFO Maya'], task: 'say hello', parts: { 'CFO Maya': 'count it' } },
    });
    expect(answer['state']).toBe('ENDED');
    expect(answer['answer']).toMatch(
      /CTO Zara:\nZara did: say hello[^]*CFO Maya:\nMaya did: count it/,
    );
    expect(
      tasksIn(answer)
        .map(({ agent }) => agent)
        .sort(),
    ).toEqual(['CFO Maya', 'CTO Zara']);
  });

  it.each([
    ['somebody who is not there', { agents: ['zara', 'Nobody'] }, /no agent called/],
    ['somebody twice', { agents: ['zara', 'CTO Zara'] }, /twice/],
    ['nobody', { agents: [] }, /agents/],
  ])('are not asked when %s is named', async (_who, args, sentence) => {
    const before = done.length;
    await expect(call('coordinate_agents', { task: 'x', ...args })).rejects.toThrow(sentence);
    expect(done.length).toBe(before);
  });

  it('are asked once for a key, however often it is said, at the same time and later', async () => {
    const keyed = { task: 'only once', agent: 'zara', idempotencyKey: 'k1' };
    const answers = await Promise.all([1, 2, 3].map(() => call('delegate_task', keyed)));
    answers.push(await call('delegate_task', keyed));
    expect(new Set(answers.map((answer) => tasksIn(answer)[0]?.id)).size).toBe(1);
    expect(new Set(answers.map(({ answer }) => answer)).size).toBe(1);
    expect(done.filter((what) => what.includes('only once'))).toHaveLength(1);
    await expect(call('delegate_task', { ...keyed, task: 'something else' })).rejects.toThrow(
      /another request/,
    );
    const other = await server.connect({ as: 'ann' });
    await callTool(other, 'delegate_task', keyed);
    expect(done.filter((what) => what.includes('only once'))).toHaveLength(2);
  });

  it('hear no more of a request that fails before it has a task', async () => {
    const keyed = { task: 'x', agent: 'Nobody', idempotencyKey: 'k2' };
    await expect(call('delegate_task', keyed)).rejects.toThrow(/no agent called/);
    const again = { ...keyed, agent: 'zara' };
    expect((await call('delegate_task', again))['state']).toBe('ENDED');
  });

  it('that hand on in a circle are stopped, in words', async () => {
    const before = done.length;
    const answer = await call('delegate_task', { task: 'round and round', agent: 'Ping' });
    expect(answer['answer']).toMatch(/has been with Ping.* already, so it is not given back/);
    expect(done.slice(before)).toEqual(['for Pong', 'for Ping']);
  });

  it('are not reached by whoever has been handed on too often', async () => {
    const handed = callTool(client, 'delegate_task', { task: 'x', agent: 'zara' }, { [HOPS]: 3 });
    await expect(handed).rejects.toThrow(/handed on 3 times/);
  });

  it('show a guest their own tasks alone', async () => {
    const ann = await server.connect({ as: 'ann' });
    const bob = await server.connect({ as: 'bob' });
    const [task] = tasksIn(await callTool(ann, 'delegate_task', { task: 'mine', agent: 'zara' }));
    expect(await callTool(ann, 'get_task', { id: task?.id })).toMatchObject({ task });
    for (const tool of ['get_task', 'cancel_task'])
      await expect(callTool(bob, tool, { id: task?.id })).rejects.toThrow(/no task/i);
  });

  it('do not do for a guest what needs a role', async () => {
    const ann = await server.connect({ as: 'ann' });
    const answer = await callTool(ann, 'delegate_task', { task: '/budget set llm 5' });
    const owner = await call('delegate_task', { task: '/help' });
    expect(owner['answer']).toContain('/agents');
    expect(answer['answer']).not.toEqual(owner['answer']);
    expect(tasksIn(answer)).toEqual([]);
  });

  it('beside the one that a token is for are out of its reach', async () => {
    const { tokens } = (await coordinationOf(company.agent('Front Desk'))).mcp;
    const grant = { name: 'app', role: 'guest', agent: 'CFO Maya', days: 1 } as const;
    const token = (await tokens.issue({ ...grant, scopes: ['agents:read', 'agents:run'] })).token;
    const app = await server.connect({ token });
    const { agents } = await callTool(app, 'list_agents');
    expect(agents).toMatchObject([{ name: 'CFO Maya' }]);
    const answer = await callTool(app, 'delegate_task', { task: 'count' });
    expect(tasksIn(answer)).toMatchObject([{ agent: 'CFO Maya' }]);
    const others = callTool(app, 'delegate_task', { task: 'x', agent: 'CTO Zara' });
    await expect(others).rejects.toThrow(/CFO Maya alone/);
    const scopes = ['agents:read', 'agents:run'] as const;
    const whole = (await tokens.issue({ ...grant, agent: undefined, scopes })).token;
    const theirs = await server.connect({ token: whole });
    const order = { task: 'x', agent: 'CTO Zara' };
    const [task] = tasksIn(await callTool(theirs, 'delegate_task', order));
    const id = String(task?.['id']);
    expect(await callTool(theirs, 'get_task', { id })).toMatchObject({ task: { id } });
    for (const name of ['get_task', 'cancel_task', 'explain_routing'])
      await expect(callTool(app, name, { id })).rejects.toThrow(/CFO Maya alone/);
    await expect(callTool(app, 'explain_routing', { task: 'x' })).rejects.toThrow(/CFO Maya alone/);
  });
});

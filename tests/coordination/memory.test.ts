import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from '@modelcontextprotocol/client';
import { eventually } from '../support/eventually.ts';
import { callTool, McpHost, TOKEN, type ClientOptions } from './mcp-fixture.ts';

let host: McpHost;

beforeAll(async () => {
  host = await McpHost.start();
});

afterAll(() => host.stop());

const call = callTool;

const entity = (name: string, observations: string[] = []) => ({
  ...{ name, entityType: 'person', observations },
});

const ERAS: readonly ClientOptions[] = [{ era: 'modern' }, { era: 'legacy' }];

describe.each(ERAS)('the memory for a client of the $era era', ({ era }) => {
  let client: Client;
  const room = `room-${String(era)}`;

  beforeAll(async () => {
    client = await host.connect({ era: era! });
  });

  it('has the tools of the reference server', async () => {
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        ...['create_entities', 'create_relations', 'add_observations', 'delete_entities'],
        ...['delete_observations', 'delete_relations', 'read_graph', 'search_nodes', 'open_nodes'],
      ]),
    );
  });

  it('keeps entities, relations and observations, each once', async () => {
    const asked = [entity('Ann', ['likes tea']), entity('Bob'), entity('Ann', ['is ignored'])];
    expect(await call(client, 'create_entities', { entities: asked, room })).toEqual({
      entities: [entity('Ann', ['likes tea']), entity('Bob')],
    });
    expect(await call(client, 'create_entities', { entities: asked, room })).toEqual({
      entities: [],
    });
    const knows = { from: 'Ann', to: 'Bob', relationType: 'knows' };
    expect(await call(client, 'create_relations', { relations: [knows], room })).toEqual({
      relations: [knows],
    });
    expect(await call(client, 'create_relations', { relations: [knows], room })).toEqual({
      relations: [],
    });
    const observations = [
      { entityName: 'Ann', contents: ['likes tea', 'is 40', 'is 40'] },
      { entityName: 'Bob', contents: ['sings'] },
    ];
    expect(await call(client, 'add_observations', { observations, room })).toEqual({
      results: [
        { entityName: 'Ann', addedObservations: ['is 40'] },
        { entityName: 'Bob', addedObservations: ['sings'] },
      ],
    });
    expect(await call(client, 'read_graph', { room })).toEqual({
      entities: [entity('Ann', ['likes tea', 'is 40']), entity('Bob', ['sings'])],
      relations: [knows],
    });
  });

  it('finds by name, type and what is said, whatever the case, with relations to others', async () => {
    const knows = { from: 'Ann', to: 'Bob', relationType: 'knows' };
    const found = await call(client, 'search_nodes', { query: 'SINGS', room });
    expect(found).toEqual({ entities: [entity('Bob', ['sings'])], relations: [knows] });
    expect(await call(client, 'search_nodes', { query: '%', room })).toEqual({
      ...{ entities: [], relations: [] },
    });
    const opened = await call(client, 'open_nodes', { names: ['Ann', 'Nobody'], room });
    expect(opened['entities']).toEqual([entity('Ann', ['likes tea', 'is 40'])]);
  });

  it('says who wrote what, and when', async () => {
    const { entities } = await call(client, 'open_nodes', {
      ...{ names: ['Bob'], room, withProvenance: true },
    });
    const written = { by: 'owner', at: expect.stringMatching(/^20\d\d-.*Z$/) };
    expect(entities).toEqual([
      { ...entity('Bob', ['sings']), provenance: written, said: [written] },
    ]);
  });

  it('adds nothing when one of the entities is not there', async () => {
    const observations = [
      { entityName: 'Ann', contents: ['must not be kept'] },
      { entityName: 'Nobody', contents: ['x'] },
    ];
    await expect(call(client, 'add_observations', { observations, room })).rejects.toThrow(
      /Nothing was written.*Nobody/,
    );
    expect(await call(client, 'search_nodes', { query: 'must not', room })).toEqual({
      ...{ entities: [], relations: [] },
    });
  });

  it('forgets', async () => {
    const deletions = [{ entityName: 'Ann', observations: ['is 40', 'was never said'] }];
    await call(client, 'delete_observations', { deletions, room });
    await call(client, 'delete_relations', {
      ...{ relations: [{ from: 'Bob', to: 'Ann', relationType: 'knows' }], room },
    });
    const { entities, relations } = await call(client, 'read_graph', { room });
    expect(entities).toEqual([entity('Ann', ['likes tea']), entity('Bob', ['sings'])]);
    expect(relations).toHaveLength(1);
    await call(client, 'delete_entities', { entityNames: ['Bob', 'Nobody'], room });
    expect(await call(client, 'read_graph', { room })).toEqual({
      entities: [entity('Ann', ['likes tea'])],
      relations: [],
    });
    await call(client, 'create_entities', { entities: [entity('Bob')], room });
    expect(await call(client, 'open_nodes', { names: ['Bob'], room })).toMatchObject({
      entities: [entity('Bob')],
    });
  });

  it.each([
    ['an empty name', { entities: [entity('')] }],
    ['a name that is too long', { entities: [entity('x'.repeat(257))] }],
    ['NUL', { entities: [entity('a\0b')] }],
    ['half a character', { entities: [entity('a\ud800')] }],
    ['no list', { entities: 'Ann' }],
    ['too many at once', { entities: Array.from({ length: 1_001 }, (_, n) => entity(`e${n}`)) }],
  ])('refuses %s', async (_what, args) => {
    await expect(call(client, 'create_entities', { ...args, room })).rejects.toThrow();
  });

  it('tells whoever listens of each change, and of no other memory', async () => {
    const listener = await host.connect({ era: era! });
    const { resources } = await listener.listResources();
    const uri = `memory://company/-/${room}`;
    expect(resources.map((resource) => resource.uri)).toContain(uri);
    const heard: string[] = [];
    listener.setNotificationHandler('notifications/resources/updated', ({ params }) => {
      heard.push(params.uri);
    });
    if (era === 'legacy') await listener.subscribeResource({ uri });
    else await listener.listen({ resourceSubscriptions: [uri] });
    // The first look only learns how things are.
    await eventually(async () => {
      await call(client, 'create_entities', { entities: [entity(`n${Date.now()}`)], room });
      await call(client, 'create_entities', { entities: [entity('x')], room: 'elsewhere' });
      expect(heard).toContain(uri);
    });
    expect(new Set(heard)).toEqual(new Set([uri]));
    const { contents } = await listener.readResource({ uri });
    expect(JSON.stringify(contents)).toContain('likes tea');
  });

  it('keeps 100 writes of one client at once', async () => {
    const at = `many-${String(era)}`;
    await Promise.all(
      Array.from({ length: 100 }, (_, n) =>
        call(client, 'create_entities', { entities: [entity(`e${n}`, [`o${n}`])], room: at }),
      ),
    );
    const { entities } = await call(client, 'read_graph', { room: at });
    expect(new Set((entities as { name: string }[]).map(({ name }) => name)).size).toBe(100);
  });
});

describe('memories', () => {
  const read = async (client: Client, args: Record<string, unknown> = {}): Promise<unknown[]> =>
    (await call(client, 'read_graph', args))['entities'] as unknown[];

  it('of an organisation, an agent and a room are apart', async () => {
    const owner = await host.connect();
    const places = [{}, { agent: 'CFO Maya' }, { agent: 'CFO Maya', room: 'r' }, { room: 'r' }];
    for (const [n, place] of places.entries())
      await call(owner, 'create_entities', { entities: [entity(`p${n}`)], ...place });
    for (const [n, place] of places.entries())
      expect(await read(owner, place)).toEqual([entity(`p${n}`)]);
  });

  it('of guests are their own', async () => {
    const [ann, bob] = [await host.connect({ as: 'ann' }), await host.connect({ as: 'bob' })];
    await call(ann, 'create_entities', { entities: [entity('secret')] });
    await call(ann, 'create_entities', { entities: [entity('other')], room: 'guest:bob:main' });
    expect(await read(ann)).toEqual([entity('secret')]);
    expect(await read(bob)).toEqual([]);
    expect(await read(bob, { room: 'guest:ann:main' })).toEqual([]);
    const uri = `memory://company/-/${encodeURIComponent('guest:ann:main')}`;
    expect((await ann.listResources()).resources.map((one) => one.uri)).toEqual(
      expect.arrayContaining([uri]),
    );
    expect(JSON.stringify((await bob.listResources()).resources)).not.toContain('ann');
    await expect(bob.readResource({ uri })).rejects.toThrow();
    await expect(bob.listen({ resourceSubscriptions: [uri] })).rejects.toThrow();
    const old = await host.connect({ as: 'bob', era: 'legacy' });
    await expect(old.subscribeResource({ uri })).rejects.toThrow();
    expect((await ann.readResource({ uri })).contents).toHaveLength(1);
    const owner = await host.connect({ token: TOKEN });
    expect(await read(owner, { room: 'guest:ann:main' })).toEqual([entity('secret')]);
  });
});

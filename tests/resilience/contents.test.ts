import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import sqlPlugin from '@elizaos/plugin-sql';
import { OWNER, rememberConfidential, type Principal } from '@371os/kernel';
import resiliencePlugin, {
  cidOf,
  Database,
  FinishedTasks,
  mayRead,
  scoreOf,
  ShareableMemories,
  VerifiedRecords,
  weighWords,
  wordsOf,
} from '@371os/plugin-resilience';
import { sql } from 'drizzle-orm';
import { openDatabase, type TestDatabase } from '../support/database.ts';

const GUEST: Principal = { id: 'guest:ann', role: 'guest', proof: 'none' };
const ADMIN: Principal = { id: 'telegram:7', role: 'admin', proof: 'platform' };

describe('what the library is made from', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await openDatabase([sqlPlugin, resiliencePlugin]);
  });
  afterAll(() => database.close());

  it('are answers of tasks that were not confidential, for who asked', async () => {
    const task = {
      ...{ agent: 'CTO Zara', text: 'Why is the pump blue?', answer: 'It was painted.' },
      ...{ requester: { id: GUEST.id, role: 'guest' }, isConfidential: false, updatedAt: 5 },
    };
    const list = async (): Promise<never[]> =>
      [
        { ...task, id: '1' },
        { ...task, id: '2', isConfidential: true },
        { ...task, id: '3', answer: '' },
        { ...task, id: '4', requester: { id: 'system', role: 'guest' } },
      ] as never[];
    const shared = await new FinishedTasks({ list }).list();
    expect(shared.map(({ key }) => key)).toEqual(['1']);
    expect(await shared[0]?.read()).toMatchObject({
      ...{ kind: 'answer', audience: GUEST.id, title: task.text },
      text: expect.stringContaining('It was painted.'),
    });
  });

  it('are memories that are marked, and were not said in confidence', async () => {
    const [agent, open, closed] = [randomUUID(), randomUUID(), randomUUID()];
    const [room, secretRoom] = [randomUUID(), randomUUID()];
    await database.execute(sql`INSERT INTO agents (id, name) VALUES (${agent}, 'Anna')`);
    for (const [world, name] of [
      [open, 'Open'],
      [closed, 'Confidential'],
    ])
      await database.execute(
        sql`INSERT INTO worlds (id, agent_id, name) VALUES (${world}, ${agent}, ${name})`,
      );
    for (const [id, world] of [
      [room, open],
      [secretRoom, closed],
    ])
      await database.execute(
        sql`INSERT INTO rooms (id, source, type, world_id) VALUES (${id}, 'test', 'DM', ${world})`,
      );
    rememberConfidential('The safe opens with 1234.');
    const memory = (text: string, where: string, metadata: object): Promise<unknown> =>
      Promise.resolve(
        database.execute(sql`INSERT INTO memories (id, type, content, agent_id, room_id, metadata)
          VALUES (${randomUUID()}, 'facts', ${JSON.stringify({ text })}::jsonb, ${agent}, ${where},
            ${JSON.stringify(metadata)}::jsonb)`),
      );
    await memory('Pumps are blue.', room, { shareable: true, title: 'Pumps' });
    await memory('Not marked.', room, {});
    await memory('Marked as text.', room, { shareable: 'true' });
    await memory('Said in confidence.', secretRoom, { shareable: true });
    await memory('Heard: the safe opens with 1234.', room, { shareable: true });
    const shared = await new ShareableMemories(new Database(database)).list();
    expect(await Promise.all(shared.map((one) => one.read()))).toMatchObject([
      { kind: 'memory', title: 'Pumps', text: 'Pumps are blue.', audience: 'everyone' },
    ]);
  });

  it('are registrations as they were verified', async () => {
    const file = { name: 'Anna', description: 'Counts sheep.' };
    const seen = { globalId: 'eip155:1:0xab/7', contentHash: 'f00', owner: '0xcd', sequence: 3 };
    const records = new VerifiedRecords(async () => [{ ...seen, file, verifiedAtMs: 5 }] as never);
    const [record] = await records.list();
    expect(await record?.read()).toMatchObject({
      ...{ kind: 'record', title: 'Anna (eip155:1:0xab/7)', audience: 'everyone' },
      text: expect.stringContaining('Counts sheep.'),
    });
  });
});

describe('rules', () => {
  it('takes words in any script, once, in lower case', () => {
    expect(wordsOf('The PUMP, the pump: Straße ﬁne')).toEqual(
      expect.arrayContaining(['the', 'pump', 'straße', 'fine']),
    );
    expect(wordsOf('水泵的保修期')).toContain('水泵');
    expect(wordsOf('... !')).toEqual([]);
  });

  it('scores by the share of the weight that is found; rare words weigh more', () => {
    const weights = weighWords(
      [
        { word: 'the', contents: 99 },
        { word: 'pump', contents: 1 },
      ],
      99,
    );
    expect(weights.get('pump')).toBeGreaterThan(3 * (weights.get('the') ?? 0));
    expect(scoreOf(['the', 'pump'], weights)).toBe(1);
    expect(scoreOf(['the'], weights)).toBeLessThan(0.3);
    expect(scoreOf([], new Map())).toBe(0);
  });

  it.each([
    ['everyone', GUEST, 'there', true],
    ['admin', GUEST, 'here', false],
    ['admin', ADMIN, 'there', true],
    [GUEST.id, GUEST, 'here', true],
    [GUEST.id, GUEST, 'there', false],
    ['guest:bob', GUEST, 'here', false],
    ['guest:bob', OWNER, 'there', true],
  ] as const)('for %s, read by %j, made %s: %s', (audience, who, origin, may) => {
    expect(mayRead({ audience, origin }, who, 'here')).toBe(may);
  });

  it('makes the CID that others make', () => {
    // `ipfs add --cid-version=1 --raw-leaves` of "hello\n" says so.
    expect(cidOf('hello\n')).toBe('bafkreicysg23kiwv34eg2d7qweipxwosdo2py4ldv42nbauguluen5v6am');
  });
});

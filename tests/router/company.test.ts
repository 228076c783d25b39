import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { IAgentRuntime } from '@elizaos/core';
import { OWNER, RoomSpeaker, type Principal } from '@371os/kernel';
import { sql } from 'drizzle-orm';
import { RouterService, type AgentProfile, type AgentSource } from '@371os/plugin-router';
import { eventually } from '../support/eventually.ts';
import { answering, gate, RoutedCompany } from './company-fixture.ts';

const START_MS = 60_000;
const BAKE = 'Please bake a loaf of rye bread';
const TRANSLATE = 'Translate this letter into Icelandic';
const PAINT = 'Paint the garden fence green';

let company: RoutedCompany;
beforeAll(async () => {
  company = await RoutedCompany.start({ TASKS_CONCURRENCY: '1' });
  await company.hire('Baker', { examples: [BAKE], works: answering(() => 'A loaf of rye.') });
}, START_MS);
afterAll(() => company.stop(), START_MS);

function profile(name: string, more: Partial<AgentProfile> = {}): AgentProfile {
  return {
    name,
    role: name,
    examples: [],
    capabilities: [],
    concurrency: 1,
    isThere: true,
    isLocal: true,
    ...more,
  };
}

describe('the directory', () => {
  test('an agent that begins later is asked, without a restart', async () => {
    const before = await company.askOne(TRANSLATE);
    expect(before.agent).toBe('Baker');
    await company.hire('Translator', {
      examples: [TRANSLATE],
      works: answering(() => 'Kæri vinur'),
    });
    const task = await company.askOne(TRANSLATE);
    expect(task).toMatchObject({ agent: 'Translator', state: 'COMPLETED', answer: 'Kæri vinur' });
    expect(await company.command('/agents')).toMatch(/Translator \(Translator\) is free \(0 of 1/);
  });

  test('others join with a source of their own, and leave again', async () => {
    const given: string[] = [];
    const source: AgentSource = {
      list: () => [profile('Painter', { capabilities: [PAINT], statedRatePico: 5n })],
      deliver: ({ text }) => {
        given.push(text);
        return Promise.resolve(['It is green now.']);
      },
    };
    const leave = company.router.directory.join(source);
    const task = await company.askOne(PAINT);
    expect(task).toMatchObject({
      agent: 'Painter',
      state: 'COMPLETED',
      answer: 'It is green now.',
    });
    expect(given).toEqual([PAINT]);
    const entries = await company.router.directory.list();
    expect(entries.find(({ name }) => name === 'Painter')).toMatchObject({
      capabilities: [PAINT],
      rate: { picoPerTask: 0n, basis: 'its last task' },
      load: { open: 0, concurrency: 1 },
      health: { isThere: true, failuresInARow: 0 },
    });
    leave();
    expect((await company.askOne(PAINT)).agent).not.toBe('Painter');
  });

  test('one who is away is given tasks all the same when they are kept for it', async () => {
    const source: AgentSource = {
      list: () => [profile('Painter', { capabilities: [PAINT], isThere: false, isKeptFor: true })],
      deliver: () => Promise.resolve(['It is kept.']),
    };
    const leave = company.router.directory.join(source);
    const task = await company.askOne(PAINT);
    expect(task).toMatchObject({ agent: 'Painter', state: 'COMPLETED', answer: 'It is kept.' });
    leave();
  });

  test('nobody takes the name of one who was there before', async () => {
    const leave = company.router.directory.join({
      list: () => [profile('Baker', { examples: [BAKE] })],
      deliver: () => Promise.resolve(['I am the baker now.']),
    });
    expect(await company.askOne(BAKE)).toMatchObject({ answer: 'A loaf of rye.' });
    leave();
  });

  test('what is private is given to nobody on another machine', async () => {
    const given: string[] = [];
    const leave = company.router.directory.join({
      list: () => [profile('Far Painter', { examples: [PAINT], isLocal: false })],
      deliver: ({ text }) => {
        given.push(text);
        return Promise.resolve(['Done from afar.']);
      },
    });
    const { tasks } = await company.ask(`/private ${PAINT}`);
    expect(tasks[0]?.agent).not.toBe('Far Painter');
    expect(given).toEqual([]);
    expect((await company.askOne(PAINT)).agent).toBe('Far Painter');
    leave();
  });

  test('one that is stopped gets its work when another takes its place', async () => {
    const SWEEP = 'Sweep the chimney of the main house';
    await company.hire('Sweep', { examples: [SWEEP], works: answering(() => 'Swept.') });
    await company.dismiss('Sweep');
    const waiting = company.ask(SWEEP, { room: 'chimney' });
    await eventually(async () => {
      const [task] = await company.tasks.list({ agent: 'Sweep' });
      expect(task).toMatchObject({
        state: 'SUBMITTED',
        reason: expect.stringContaining('it is not here, so this waits until it is back'),
      });
    });
    const leave = company.router.directory.join({
      list: () => [profile('Sweep 2', { examples: [SWEEP], role: 'Sweep' })],
      deliver: () => Promise.resolve(['Swept by the second.']),
    });
    expect(await company.askOne(SWEEP)).toMatchObject({
      agent: 'Sweep 2',
      reason: expect.stringContaining('Sweep is not here'),
    });
    leave();
    const [task] = await company.tasks.list({ agent: 'Sweep' });
    await company.tasks.cancel(task?.id ?? '', OWNER);
    expect((await waiting).tasks[0]?.state).toBe('CANCELED');
  });
});

describe('an agent that cannot take more', () => {
  const DIG = 'Dig a well behind the barn';

  test('a busy one is passed over; when all are busy it waits, and the asker is told', async () => {
    const work = gate();
    const digs = answering(async () => {
      await work.opened;
      return 'There is water.';
    });
    await company.hire('Digger A', { examples: [DIG], role: 'DIGGER', works: digs });
    await company.hire('Digger B', { examples: [DIG], role: 'DIGGER', works: digs });
    const asked: ReturnType<RoutedCompany['askOne']>[] = [];
    for (const room of ['one', 'two', 'three']) {
      asked.push(company.askOne(DIG, room));
      await eventually(async () => {
        const open = await Promise.all(
          ['Digger A', 'Digger B'].map((agent) =>
            company.tasks.list({ agent, states: ['SUBMITTED', 'WORKING'] }),
          ),
        );
        expect(open.flat()).toHaveLength(asked.length);
      });
    }
    expect(await company.command('/agents')).toMatch(
      /Digger A \(DIGGER\) is busy \(\d of 1 tasks\)/,
    );
    work.open();
    const [first, second, third] = await Promise.all(asked);
    expect(first).toMatchObject({ agent: 'Digger A', state: 'COMPLETED' });
    expect(second).toMatchObject({
      agent: 'Digger B',
      state: 'COMPLETED',
      reason: expect.stringContaining('Digger A is busy (1 of 1 tasks)'),
    });
    expect(third).toMatchObject({
      state: 'COMPLETED',
      reason: expect.stringMatching(/it is busy \(1 of 1 tasks\), so this waits for its turn$/),
    });
    const { text: why } = await company.ask('/why', { room: 'three' });
    expect(why).toMatch(/- Digger [AB]: not asked, it comes later by name; likeness 1\.00/);
  });

  test('parts of one request are spread over those who can do them', async () => {
    const parts = await company.router.decide(`1. ${DIG}\n2. ${DIG}, and deep`);
    expect(parts.map(({ choice }) => choice.agent).toSorted()).toEqual(['Digger A', 'Digger B']);
  });

  test('one that fails again and again is passed over', async () => {
    const KNIT = 'Knit a scarf of grey wool';
    const breaks = answering(() => {
      throw new RangeError('no wool');
    });
    await company.hire('Knitter A', { examples: [KNIT], role: 'KNITTER', works: breaks });
    await company.hire('Knitter B', {
      examples: [KNIT],
      role: 'KNITTER',
      works: answering(() => 'Warm.'),
    });
    const agents: string[] = [];
    for (let attempt = 0; attempt < 4; attempt += 1)
      agents.push((await company.askOne(KNIT)).agent);
    expect(agents).toEqual(['Knitter A', 'Knitter A', 'Knitter A', 'Knitter B']);
    expect(await company.command('/why')).toMatch(
      /Knitter A: not asked, it has failed 3 times in a/,
    );
  });
});

describe('/route and /why', () => {
  test('tell where a request would go, with nothing done, and where the last one of the room went', async () => {
    const WEAVE = 'Weave a blue carpet';
    await company.hire('Weaver', { examples: [WEAVE], works: answering(() => 'It is woven.') });
    const nothing = 'Nothing has been handed on for you in this room yet.';
    expect((await company.ask('/why', { room: 'loom' })).text).toBe(nothing);
    const { text, tasks } = await company.ask(`/route ${WEAVE}`, { room: 'loom' });
    expect(text).toMatch(/^"Weave a blue carpet" would go to Weaver: it is most like/);
    expect(tasks).toEqual([]);
    expect((await company.ask('/why', { room: 'loom' })).text).toBe(nothing);
    await company.askOne(`/private ${WEAVE}`, 'loom');
    expect((await company.ask('/why', { room: 'loom' })).text).toMatch(
      /^A private request went to Weaver/,
    );
    expect((await company.ask('/why', { room: 'elsewhere' })).text).toBe(nothing);
    expect((await company.ask('/route')).text).toMatch(/^REQUEST is missing\. Write \/route/);
  });

  test('what holds for a room goes to the agents with each of its requests', async () => {
    const heard: string[][] = [];
    const leave = company.router.directory.join({
      list: () => [profile('Potter', { examples: ['Make a clay pot'] })],
      deliver: ({ background = [] }) => {
        heard.push([...background]);
        return Promise.resolve(['A pot.']);
      },
    });
    const end = company.router.brief(() =>
      Promise.resolve({ context: 'Everything here is about vases.', triageRole: 'Potter' }),
    );
    expect(await company.askOne('Make a clay pot')).toMatchObject({ agent: 'Potter' });
    expect(heard).toEqual([[expect.stringContaining('Everything here is about vases.')]]);
    end();
    await company.askOne('Make a clay pot');
    expect(heard[1]).toEqual([]);
    leave();
  });
});

describe('two people at once', () => {
  test('in one room both get their whole answers', async () => {
    const ann: Principal = { id: 'ann', role: 'admin', proof: 'token' };
    const bob: Principal = { id: 'bob', role: 'admin', proof: 'token' };
    const STORY = 'Tell a long story of the sea';
    await company.hire('Teller', {
      examples: [STORY],
      works: answering((text) => `${'Waves. '.repeat(200)}The end of ${text}.`),
    });
    const room = randomUUID();
    const [toAnn, toBob] = await Promise.all([
      company.say(`${STORY}, for Ann`, ann, room),
      company.say(`${STORY}, for Bob`, bob, room),
    ]);
    expect(toAnn.join()).toMatch(/(Waves\. ){200}The end of [^.]*Ann\.\n/);
    expect(toBob.join()).toMatch(/(Waves\. ){200}The end of [^.]*Bob\.\n/);
    expect(toAnn.join()).not.toContain('Bob');
    expect(toBob.join()).not.toContain('Ann');
  });
});

describe('old decisions', () => {
  test('are forgotten once their askers know how they ended, and not before', async () => {
    const ended = await company.askOne(BAKE, 'long ago');
    const waiting = await company.tasks.submit({
      agent: 'Nobody Here',
      text: BAKE,
      requester: OWNER,
      roomId: 'nowhere',
      isConfidential: false,
    });
    const frontDesk = company.agent('Front Desk');
    const database = frontDesk.db as { execute(query: unknown): Promise<{ rows: unknown[] }> };
    await database.execute(sql`INSERT INTO router.decisions
        (task_id, room_id, requester_id, text, is_confidential, agent, reason, candidates, calls, state)
      SELECT ${waiting.id}, room_id, requester_id, text, is_confidential, agent, reason, '[]', '[]', 'WORKING'
      FROM router.decisions WHERE task_id = ${ended.id}`);
    await database.execute(sql`UPDATE router.decisions SET updated_at = now() - interval '91 days'
      WHERE task_id IN (${ended.id}, ${waiting.id})`);
    // The next start looks at once.
    const next = await RouterService.start(frontDesk);
    await eventually(async () => {
      const { rows } = await database.execute(
        sql`SELECT task_id FROM router.decisions WHERE task_id IN (${ended.id}, ${waiting.id})`,
      );
      expect(rows).toEqual([{ task_id: waiting.id }]);
    });
    await next.stop();
  });
});

test('what an agent says later of what it began is heard where that was asked for, unless in private', async () => {
  const places: { runtime: IAgentRuntime; roomId: string }[] = [];
  await company.hire('Potter', {
    examples: ['Heat the kiln for the vases'],
    works: async (runtime, message, _state, _options, callback) => {
      places.push({ runtime, roomId: message.roomId });
      await callback?.({ text: 'It is heating up.', actions: ['DO_WORK'] });
      return { success: true, text: 'It is heating up.' };
    },
  });
  const sayLater = async (text: string): Promise<void> => {
    const { runtime, roomId } = places.at(-1)!;
    for (const since of [Date.now() - 1_000, Date.now() - 1_000])
      await new RoomSpeaker(runtime).sayOnce(roomId, text, since);
  };
  await company.ask('Heat the kiln for the vases', { room: 'later' });
  await sayLater('The kiln is hot now.');
  expect((await company.heard('later')).split('The kiln is hot now.')).toHaveLength(2);
  await company.ask('/private Heat the kiln for the vases', { room: 'later' });
  await sayLater('The private kiln is hot now.');
  expect(places).toHaveLength(2);
  expect(await company.heard('later')).not.toContain('private kiln');
});

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Handler, IAgentRuntime } from '@elizaos/core';
import { currentConversation, OWNER, toActionResult, type Conversation } from '@371os/kernel';
import { routerOf } from '@371os/plugin-router';
import { eventually } from '../support/eventually.ts';
import { elizaReply, startScriptedModel, type ScriptedModel } from '../support/scripted-model.ts';
import { answering, RoutedCompany } from './company-fixture.ts';

const START_MS = 60_000;
const WORK = {
  Juggler: 'Juggle seven burning torches',
  Dreamer: 'Dream of electric sheep tonight',
  Staller: 'Stall the delegation at the gate',
  Mute: 'Sing an aria by Verdi',
  Baker: 'Please bake a loaf of rye bread',
  Garbler: 'Write a haiku on autumn leaves',
};
const ATTEMPTS = 2;

let model: ScriptedModel;
let company: RoutedCompany;

const never = (): Promise<string> => new Promise(() => undefined);

beforeAll(async () => {
  model = await startScriptedModel({
    reply: ({ system, prompt }) => {
      if (`${system}${prompt}`.includes('Dreamer')) return { hangs: true };
      if (`${system}${prompt}`.includes('Garbler')) return { rawBody: '<html>502</html>' };
      return elizaReply('Done with a model.');
    },
  });
  company = await RoutedCompany.start({
    OPENAI_BASE_URL: model.baseUrl,
    OPENAI_API_KEY: 'sk-scripted-0123456789',
    OPENAI_LARGE_MODEL: 'gpt-4o-mini',
    OPENAI_SMALL_MODEL: 'gpt-4o-mini',
    ROUTER_TASK_TIMEOUT_MS: '5000',
    TASKS_MAX_ATTEMPTS: String(ATTEMPTS),
    ROUTER_FAILING_AFTER: '50',
  });
  const rules = { ONLY_RULES: 'true' };
  const throws = answering(() => {
    throw new RangeError('too hot');
  });
  const hire = (name: keyof typeof WORK, works?: Handler): Promise<IAgentRuntime> =>
    company.hire(name, {
      examples: [WORK[name]],
      ...(works ? { works, settings: rules } : {}),
    });
  await hire('Juggler', throws);
  await hire('Dreamer');
  await hire('Staller', answering(never));
  await hire(
    'Mute',
    answering(() => ''),
  );
  await hire(
    'Baker',
    answering(() => 'A loaf of rye.'),
  );
  await hire('Garbler');
  await company.hire('Chief', {
    examples: ['Decide what the company stands for'],
    role: 'CEO',
    works: answering(() => 'I will see to it.'),
    settings: rules,
  });
}, START_MS);

afterAll(async () => {
  await company.stop();
  await model.close();
}, START_MS);

function callsFor(name: string): number {
  return model.requests.filter(({ system, prompt }) => `${system}${prompt}`.includes(name)).length;
}

async function reserved(): Promise<bigint> {
  const { caps } = await company.treasury.summary();
  return caps.reduce((sum, { reservedPico }) => sum + reservedPico, 0n);
}

describe('a request with parts for agents that misbehave', () => {
  test(
    'every part ends in a state with a sentence, the others go on, and the cost stops',
    async () => {
      const nobodys = 'Which colour do Tuesdays have in Zanzibar';
      const parts = [...Object.values(WORK), nobodys];
      const request = parts.map((part, index) => `${String(index + 1)}. ${part}`).join('\n');
      const { tasks } = await company.ask(request, { room: 'circus' });
      expect(tasks.map(({ agent }) => agent)).toEqual([...Object.keys(WORK), 'Chief']);
      // The two that hang may still be at their second attempt when the asker has waited enough.
      await eventually(async () => {
        const ended = await Promise.all(tasks.map(({ id }) => company.tasks.get(id)));
        expect(ended.map(({ agent, state }) => [agent, state])).toEqual([
          ['Juggler', 'FAILED'],
          ['Dreamer', 'FAILED'],
          ['Staller', 'FAILED'],
          ['Mute', 'FAILED'],
          ['Baker', 'COMPLETED'],
          ['Garbler', 'FAILED'],
          ['Chief', 'COMPLETED'],
        ]);
        for (const { answer } of ended) expect(answer).not.toBe('');
        expect(ended[1]?.answer).toMatch(
          /Dreamer did not finish within 5 s\. It was tried twice\./,
        );
        expect(ended[1]?.costPico).toBeGreaterThan(0n);
      });
      await eventually(async () => {
        const heard = await company.heard('circus');
        expect(heard).toContain('A loaf of rye.');
        expect(heard).toContain('Dreamer did not finish within 5 s. It was tried twice.');
        expect(heard).toContain('Staller did not finish within 5 s. It was tried twice.');
        expect(heard).toMatch(/nobody's work is clearly meant|nobody here does that/);
      });
      expect(await reserved()).toBe(0n);
      // Garbage from the same model may have it rest by the second attempt.
      const dreamt = callsFor('Dreamer');
      expect(dreamt).toBeGreaterThan(0);
      expect(dreamt).toBeLessThanOrEqual(ATTEMPTS);
      expect(model.abandoned).toHaveLength(dreamt);
      const calls = model.requests.length;
      expect(await company.askOne(WORK.Baker)).toMatchObject({ state: 'COMPLETED' });
      expect(model.requests).toHaveLength(calls);
    },
    START_MS,
  );

  test('one that comes back with no texts at all is tried again, and has failed then', async () => {
    const leave = company.router.directory.join({
      list: () => [
        {
          name: 'Static',
          role: 'Static',
          examples: ['Tune the radio to the weather'],
          capabilities: [],
          concurrency: 1,
          isThere: true,
          isLocal: true,
        },
      ],
      deliver: () => Promise.resolve({ noise: 1 } as never),
    });
    const task = await company.askOne('Tune the radio to the weather');
    expect(task).toMatchObject({
      agent: 'Static',
      state: 'FAILED',
      answer: expect.stringMatching(/Static came back with something that is no result/),
    });
    leave();
  });
});

describe('a request that is handed on', () => {
  /** Hands on what `words` makes of it, as a colleague with a plugin of their own would. */
  function handsOn(words: (text: string) => string): Handler {
    return answering(async (text) => {
      const router = await routerOf(company.agent('Front Desk'));
      const [task] = await router.route(words(text), currentConversation()?.taskId ?? '');
      return `They say: ${task?.answer ?? ''}`;
    });
  }

  test('does not come back to who handed it on, not in other words either', async () => {
    const settings = { ONLY_RULES: 'true' };
    const FERRY = 'Ferry the goats over the river';
    const SAIL = 'Sail the animals to the other bank';
    const ferries = handsOn((text) => (text.includes('bank') ? FERRY : SAIL));
    await company.hire('Ferryman', { examples: [FERRY], works: ferries, settings });
    await company.hire('Sailor', { examples: [SAIL], works: ferries, settings });
    const { tasks } = await company.ask(FERRY, { room: 'river' });
    expect(tasks.map(({ agent, state }) => [agent, state])).toEqual([
      ['Chief', 'COMPLETED'],
      ['Sailor', 'COMPLETED'],
      ['Ferryman', 'COMPLETED'],
    ]);
    expect(tasks[0]?.reason).toMatch(/so CEO takes it$/);
    const parents = await Promise.all(tasks.map(async ({ id }) => company.tasks.get(id)));
    expect(parents.map(({ parentId }) => parentId)).toEqual([
      tasks[1]?.id,
      tasks[2]?.id,
      undefined,
    ]);
  });

  test('and is turned down when nobody else can do it', async () => {
    const ECHO = 'Shout into the valley and listen';
    const settings = { ONLY_RULES: 'true' };
    await company.hire('Echo', {
      examples: [ECHO],
      settings,
      works: (_runtime, message, _state, _options, callback) =>
        toActionResult('DO_WORK', message, callback, async () => {
          const router = await routerOf(company.agent('Front Desk'));
          const [task] = await router.route('Shout it again', message.roomId, { agent: 'Echo' });
          return { text: task?.answer ?? '' };
        }),
    });
    const { tasks, text } = await company.ask(ECHO, { room: 'valley' });
    expect(tasks.map(({ agent, state }) => [agent, state])).toEqual([
      ['Echo', 'REJECTED'],
      ['Echo', 'COMPLETED'],
    ]);
    expect(text).toContain('This has been with Echo already, so it is not given back');
  });

  test('by a task of its own, as directives are: the room is told that it was turned down', async () => {
    const seen: Conversation[] = [];
    const submits = (to: string): Handler =>
      answering(async (text) => {
        const conversation = currentConversation();
        if (conversation) seen.push(conversation);
        const parent = await company.tasks.get(conversation?.taskId ?? '');
        await company.tasks.submit({
          agent: to,
          text: `${text}!`,
          requester: parent.requester,
          roomId: parent.roomId,
          isConfidential: false,
          parentId: parent.id,
        });
        return `Given to ${to}.`;
      });
    const settings = { ONLY_RULES: 'true' };
    const PASS = 'Pass the parcel around the table';
    await company.hire('Left', { examples: [PASS], works: submits('Right'), settings });
    await company.hire('Right', { examples: ['Nothing'], works: submits('Left'), settings });
    await company.askOne(PASS, 'table');
    await eventually(async () => {
      const [turnedDown, ...others] = await company.tasks.list({ agent: 'Left', limit: 5 });
      expect(others).toHaveLength(1);
      expect(turnedDown).toMatchObject({ text: `${PASS}!!`, state: 'REJECTED' });
      expect(await company.heard('table')).toMatch(
        /This has been with Left already, so it is not given back[^]*— Left/,
      );
    });
    expect(seen.map(({ hops }) => hops)).toEqual([1, 2]);
  });
});

describe('a task that is canceled', () => {
  test('keeps what it has cost, and costs no more', async () => {
    const before = callsFor('Dreamer');
    const asked = company.askOne(WORK.Dreamer, 'bed');
    await eventually(async () => {
      expect(callsFor('Dreamer')).toBe(before + 1);
    });
    const [open] = await company.tasks.list({ agent: 'Dreamer', states: ['WORKING'] });
    await company.tasks.cancel(open?.id ?? '', OWNER);
    expect((await asked).state).toBe('CANCELED');
    await eventually(async () => {
      const task = await company.tasks.get(open?.id ?? '');
      expect(task.costPico).toBeGreaterThan(0n);
      expect(task.costPico).toBe(await company.treasury.taskCost(task.id));
    });
    expect(await reserved()).toBe(0n);
    expect(callsFor('Dreamer')).toBe(before + 1);
    const { text: why } = await company.ask('/why', { room: 'bed' });
    expect(why).toMatch(/It is CANCELED and cost \$0\.0*[1-9]/);
  });
});

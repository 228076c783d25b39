import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  guestNamed,
  inConversation,
  parseUsd,
  ruleOf,
  startConversation,
  type Principal,
} from '@371os/kernel';
import csuitePlugin, { csuiteOf } from '@371os/plugin-csuite';
import { tasksOf } from '@371os/plugin-tasks';
import { treasuryOf } from '@371os/plugin-treasury';
import { Company } from './company-fixture.ts';

const guest = guestNamed('ann');
const admin: Principal = { id: 'telegram:5', role: 'admin', proof: 'platform' };

let company: Company;
beforeAll(async () => {
  company = await Company.start({
    'CEO Mimi': { role: 'CEO' },
    'CFO Maya': { role: 'CFO' },
    'CLO Alex': { role: 'CLO' },
    'CMO Kai': { role: 'CMO_MONETIZATION' },
    'CPO Iris': { role: 'CPO' },
    'CCO Sage': { role: 'CCO' },
    'CCO Late': { role: 'CCO', settings: { CSUITE_RECHECK_MS: 'soon' } },
  });
}, 120_000);
afterAll(() => company.stop());

describe('an officer without a language model', () => {
  test.each([
    ['CLO Alex', 'what can we learn from past tasks?', /^There are no past tasks yet/],
    [
      'CMO Kai',
      'we want to charge 20, competitors charge 25, 30 and 28',
      'Charge 25.20: the median of 3 competitors is 28.00, above 1.15 times our 20.00 (23.00), so 0.9 times the median is proposed.',
    ],
    [
      'CMO Kai',
      'spring campaign: spent 1000, earned 1150',
      'spring campaign: optimise it. It returns 1.15 for each unit spent, below 1.2.',
    ],
    [
      'CPO Iris',
      'dark mode: adoption 70%, trend 0.2; export: adoption 20%, trend 0.05',
      'dark mode: promote it. adoption 70 % is above 65 %.\nexport: retire it. adoption 20 %, usage trend 0.05: the trend is below 0.1.',
    ],
    ['CPO Iris', 'export: 20% adoption', /^I was not told the usage trend of export\./],
    [
      'CCO Sage',
      'check the community: health 0.7; messages: "search is broken", "I love it"',
      /^The community needs attention: .*\nMood of 2 messages by a word list.*\nIssue: .*\nNote: .*\nCEO Mimi has both as task [\da-f]{8}; .*\nNext check: /,
    ],
    ['CCO Sage', 'the community has a health of 90%', /^The community is well: health 90 %/],
    ['CCO Late', 'the community has a health of 90%', /^Setting CSUITE_RECHECK_MS: "soon" is not/],
    ['CFO Maya', 'what is our burn rate?', /^Spent since \d{4}-\d{2}-01 UTC: \$0\.00\./],
    ['CEO Mimi', 'directive: be bold', /^Noted: "be bold" It has no word of a department's/],
  ])('%s answers "%s"', async (agent, text, answer) => {
    expect(await company.ask(agent, text)).toMatch(answer);
  });

  test('takes structured parameters from a program, and these before what the text says', async () => {
    const price = { suggestion: 10, competitors: [12, '11.60', 11.5] };
    expect(await company.act('CMO Kai', 'REVIEW_PRICE', { parameters: price })).toMatchObject({
      success: true,
      values: { verdict: 'propose', price: '10.44', median: '11.60' },
      data: { actionName: 'REVIEW_PRICE' },
    });
    const features = [{ name: 'export', adoption: 0.65, trend: 0.1 }];
    expect(
      await company.act('CPO Iris', 'REVIEW_ADOPTION', { parameters: { features } }),
    ).toMatchObject({ data: { features: [{ name: 'export', verdict: 'optimise' }] } });
    const offers = JSON.stringify([{ name: 'ads', spent: 3, earned: '3.6' }]);
    expect(
      await company.act('CMO Kai', 'REVIEW_OFFER_ROI', { parameters: { offers } }),
    ).toMatchObject({ data: { offers: [{ name: 'ads', verdict: 'keep', returned: '1.2' }] } });
    const community = { health: 0.8, messages: ['so slow'], community: 'Builders' };
    expect(
      await company.act('CCO Sage', 'CHECK_COMMUNITY', { parameters: community }),
    ).toMatchObject({
      values: { isWell: false },
      data: { issue: { title: 'Builders: health at 80 %, needs attention' } },
    });
  });

  test.each([
    ['CMO Kai', 'REVIEW_PRICE', {}, 'not told what competitors charge'],
    ['CMO Kai', 'REVIEW_PRICE', { suggestion: {}, competitors: ['25'] }, 'what we want to charge'],
    ['CMO Kai', 'REVIEW_OFFER_ROI', { offers: 7 }, 'not told which campaigns'],
    ['CPO Iris', 'REVIEW_ADOPTION', { features: [{ name: 'x' }] }, 'not told which features'],
    ['CCO Sage', 'CHECK_COMMUNITY', { health: null }, "not told the community's health"],
    ['CEO Mimi', 'DELEGATE_DIRECTIVE', { directive: ' ' }, 'not told what is to be done'],
  ])('%s says what is missing in %s %j', async (agent, action, parameters, missing) => {
    const result = await company.act(agent, action, { parameters });
    expect(result.success).toBe(false);
    expect(result.text).toContain(missing);
  });
});

describe('a community that is not well', () => {
  test('is brought to the CEO, as a task of the one who asked, with issue and note', async () => {
    const parameters = { health: 0.5, messages: ['so slow'], community: 'Weavers' };
    const { data, text } = await company.act('CCO Sage', 'CHECK_COMMUNITY', {
      parameters,
      conversation: { principal: guest, hops: 1 },
    });
    const tasks = await tasksOf(company.agent('CEO Mimi'));
    const [id] = (data as { taskIds: string[] }).taskIds;
    const task = await tasks.get(id ?? '');
    expect(task).toMatchObject({
      agent: 'CEO Mimi',
      state: 'SUBMITTED',
      requester: { id: guest.id },
      data: { hops: 2 },
    });
    expect(task.text).toMatch(/^Weavers is at 50 % health.*\nWeavers: health at 50 %[^]*To do: /);
    expect(text).toContain(task.id.slice(0, 8));
  });

  test('is only shown when it has been handed on as often as it may', async () => {
    const { data, text } = await company.act('CCO Sage', 'CHECK_COMMUNITY', {
      parameters: { health: 0.5 },
      conversation: { hops: 3 },
    });
    expect(text).toContain('only shown here');
    expect(data).not.toHaveProperty('taskIds');
  });
});

describe('an office', () => {
  test('is offered its own actions alone', async () => {
    const message = await company.message(company.agent('CMO Kai'), 'hello');
    for (const [agent, offered] of [
      ['CMO Kai', ['REVIEW_PRICE', 'REVIEW_OFFER_ROI']],
      ['CFO Maya', ['ANALYSE_SPENDING']],
      ['CEO Mimi', ['DELEGATE_DIRECTIVE']],
    ] as const) {
      const actions = csuitePlugin.actions!;
      const valid = await Promise.all(
        actions.map(({ validate }) => validate(company.agent(agent), message)),
      );
      expect(actions.filter((_, index) => valid[index]).map(({ name }) => name)).toEqual(offered);
    }
  });

  test('is not filled by an agent that a model has name the action of another', async () => {
    const result = await company.act('CFO Maya', 'REVIEW_PRICE', {
      parameters: { suggestion: '1', competitors: ['2'] },
    });
    expect(result.text).toBe('REVIEW_PRICE is the work of the CMO_MONETIZATION: ask CMO Kai.');
    expect(result.data).toMatchObject({ errorCode: 'NOT_MY_OFFICE' });
  });

  test.each([
    ['CFO Maya', 'ANALYSE_SPENDING', 'see what is spent'],
    ['CLO Alex', 'REVIEW_OUTCOMES', 'see what became of all tasks'],
    ['CEO Mimi', 'DELEGATE_DIRECTIVE', 'give directives to the departments'],
  ])('%s keeps %s from guests', async (agent, action, what) => {
    const call = { conversation: { principal: guest }, parameters: { directive: 'budget' } };
    const result = await company.act(agent, action, call);
    expect(result.text).toBe(`Only the owner or an admin may ${what}.`);
  });

  test('tells a model its rules, and what it found for the one who asks alone', async () => {
    const kai = company.agent('CMO Kai');
    const provider = kai.providers.find(({ name }) => name === 'OFFICER')!;
    const state = { values: {}, data: {}, text: '' };
    const seenBy = async (principal: Principal): Promise<string> => {
      const message = await company.message(kai, 'hello');
      const seen = await inConversation(startConversation({ principal }), () =>
        provider.get(kai, message, state),
      );
      return seen.text ?? '';
    };
    await company.ask('CMO Kai', 'we want to charge 50, competitors charge 40', {
      principal: guest,
    });
    await company.ask('CMO Kai', 'we want to charge 70, competitors charge 60', {
      principal: admin,
      isConfidential: true,
    });
    expect(await seenBy(guest)).toMatch(/^# Office\nYou hold the office CMO_MONETIZATION\.\n/);
    expect(await seenBy(guest)).toContain('Last REVIEW_PRICE: Keep 50.00');
    expect(await seenBy(admin)).not.toMatch(/50\.00|70\.00/);
  });

  test('knows its colleagues by their offices', async () => {
    expect((await csuiteOf(company.agent('CPO Iris'))).colleagues.nameOf('CFO')).toBe('CFO Maya');
    expect((await csuiteOf(company.agent('CPO Iris'))).colleagues.nameOf('CRO')).toBeUndefined();
  });
});

describe('the books', () => {
  test('of the treasury are analysed to the cent', async () => {
    const maya = company.agent('CFO Maya');
    const treasury = await treasuryOf(maya);
    const usage = { provider: 'openrouter', model: 'm', tokensIn: 1, tokensOut: 1 };
    const scopes = { agent: 'CTO Zara', task: 'a-task', user: 'owner' };
    const amountPico = parseUsd('3');
    const { id } = await treasury.reserve({ category: 'llm', amountPico, scopes });
    await treasury.settle(id, { ...usage, costPico: parseUsd('2.5'), status: 'ok' });
    const answer = await company.ask('CFO Maya', 'forecast our costs to the end of the month');
    expect(answer).toContain('UTC: $2.50.');
    expect(answer).toContain('What is left of the $20.00 cap lasts');
    expect(answer).toContain('By agent: CTO Zara $2.50 (1 call)');
    expect(answer).toContain('Most expensive tasks: a-task $2.50 (1 call).');
  });

  test('of the tasks tell who succeeds, at what cost, and what to change', async () => {
    const tasks = await tasksOf(company.agent('CLO Alex'));
    const stop = await tasks.work('CTO Zara', async (task) => ({
      state: task.text === 'good' ? 'COMPLETED' : 'FAILED',
      answer: task.text === 'good' ? 'Done.' : 'No repository is connected.',
      costPico: parseUsd('0.10'),
    }));
    const texts = ['good', 'bad', 'good', 'bad', 'bad'];
    const submitted = await tasks.submitAll(
      texts.map((text) => ({
        agent: 'CTO Zara',
        text,
        requester: { id: 'owner', role: 'owner' as const },
        roomId: 'room',
        isConfidential: false,
      })),
    );
    for (const { id } of submitted) await tasks.waitFor(id, { timeoutMs: 20_000 });
    await stop();
    const answer = await company.ask('CLO Alex', 'review the last 5 tasks');
    expect(answer).toBe(
      'Of the last 5 tasks:\n' +
        'CTO Zara: 2 completed, 3 failed, 0 waiting (40 % success, $0.25 a completed task).\n' +
        'Failures: No repository is connected. (3)\n' +
        'Suggestions:\n' +
        '- CTO Zara completed 2 of 5 tasks, under half: read its failures, then sharpen its examples in settings.routing or send such requests elsewhere.\n' +
        '- The same failure came 3 times: "No repository is connected." Remove its cause before trying such tasks again.',
    );
  });
});

describe('a directive', () => {
  test('becomes a durable task for each department that is there', async () => {
    const answer = await company.ask(
      'CEO Mimi',
      'directive: prepare the quarterly budget, a campaign and community outreach',
      { principal: admin, hops: 2 },
    );
    expect(answer.split('\n')).toEqual([
      expect.stringMatching(/^CFO Maya \(CFO\) has it as task \w{8}, because of "budget", "quart/),
      'CMO: nobody here has this role, so its part ("campaign") was not given to anyone.',
      expect.stringMatching(/^CCO Sage \(CCO\) has it as task \w{8}, because of "community", "o/),
    ]);
    const tasks = await tasksOf(company.agent('CEO Mimi'));
    const [given] = await tasks.list({ agent: 'CFO Maya' });
    expect(given).toMatchObject({
      text: 'prepare the quarterly budget, a campaign and community outreach',
      state: 'SUBMITTED',
      requester: { id: 'telegram:5', role: 'admin' },
      isConfidential: false,
      data: { hops: 3 },
    });
  });

  test('is a part of the task that it comes from, and given once a message', async () => {
    const mimi = company.agent('CEO Mimi');
    const tasks = await tasksOf(mimi);
    const parent = await tasks.submit({
      agent: 'CEO Mimi',
      text: 'directive: security first',
      requester: { id: 'owner', role: 'owner' },
      roomId: 'first-room',
      isConfidential: true,
    });
    const message = await company.message(mimi, 'directive: budget first');
    const conversation = { taskId: parent.id, isConfidential: true };
    for (let time = 0; time < 2; time += 1)
      await company.act('CEO Mimi', 'DELEGATE_DIRECTIVE', { message, conversation });
    expect(await tasks.children(parent.id)).toMatchObject([
      { agent: 'CFO Maya', text: 'budget first', roomId: 'first-room', isConfidential: true },
    ]);
  });

  test('of a conversation whose task nobody keeps is given all the same', async () => {
    const conversation = { taskId: 'no-such-task' };
    const result = await company.act('CEO Mimi', 'DELEGATE_DIRECTIVE', {
      parameters: { directive: 'a financial plan' },
      conversation,
    });
    expect(result.values).toMatchObject({ delegated: 1 });
  });

  test('that has been handed on three times goes no further', async () => {
    const answer = await company.ask('CEO Mimi', 'directive: budget', { hops: 3 });
    expect(answer).toMatch(/^This request has been handed on 3 times, and 3 is the most/);
  });
});

describe('the rules', () => {
  const rules = csuitePlugin.actions!.map((action) => ruleOf(action)!);

  test.each(['hello', '', 'thanks', 'what can you do?', 'How much of our budget is left?'])(
    'leave %p alone',
    (text) => expect(rules.map((rule) => rule(text))).toEqual(rules.map(() => undefined)),
  );

  test('read a long text quickly, whatever it is made of', () => {
    const started = process.cpuUsage();
    for (const piece of [
      'we want to charge 20, ',
      'competitors charge 25 and ',
      '1,',
      'a: adoption ',
      'adoption 1 ',
      'directive ',
      'have the departments ',
      'community health ',
      '"',
      'analyse the our ',
      'review the last 1 ',
      ' ',
      '\n',
    ])
      for (const rule of rules) rule(piece.repeat(30_000 / piece.length));
    // Of the processor's time: others may be using the machine.
    expect(process.cpuUsage(started).user).toBeLessThan(1_000_000);
  });
});

import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { OWNER, rememberConfidential, type Principal } from '@371os/kernel';
import { presentReply, type Reply } from '@371os/plugin-router';
import { elizaReply, startScriptedModel, type ScriptedModel } from '../support/scripted-model.ts';
import { RoutedCompany } from './company-fixture.ts';

const START_MS = 120_000;
const ASK_MS = 60_000;
// A language that rules cut at the ends of sentences only.
const REQUEST = 'Repariere bitte den Login und schreibe danach einen Beitrag für den Blog';
const PARTS = ['Repariere bitte den Login', 'schreibe danach einen Beitrag für den Blog'];
const GOOD = {
  parts: [
    { text: PARTS[0], kind: 'parallel', after: [] },
    { text: PARTS[1], kind: 'sequential', after: [1] },
  ],
};
const SECRET = 'Verkaufe die Firma heimlich an Nordlicht und sage es danach dem Beirat';

let model: ScriptedModel;
let company: RoutedCompany;

/** What the model says when it is asked how to cut a request; else it does its work. */
function cutting(answer: unknown): void {
  model.setReply(({ prompt }) => {
    if (!prompt.includes('Cut the request at the end')) return elizaReply('Done.');
    return typeof answer === 'string' ? answer : JSON.stringify(answer);
  });
}

beforeAll(async () => {
  model = await startScriptedModel();
  const endpoint = {
    OPENAI_API_KEY: 'sk-split-0815',
    OPENAI_BASE_URL: model.baseUrl,
    OPENAI_SMALL_MODEL: 'gpt-4o-mini',
    OPENAI_LARGE_MODEL: 'gpt-4o-mini',
  };
  company = await RoutedCompany.start({
    ...endpoint,
    ROUTER_SPLIT_TIMEOUT_MS: '3000',
    TREASURY_GUEST_DAILY_CAP_USD: '0',
  });
  await company.hire('CEO Mimi', { role: 'CEO', examples: ['Set the strategy'] });
  await company.hire('CTO Zara', { role: 'CTO', examples: ['Fix the server'] });
}, START_MS);
afterAll(async () => {
  await company.stop();
  await model.close();
}, START_MS);
beforeEach(() => {
  model.requests.length = 0;
  cutting(GOOD);
});

function textsOf({ tasks }: Reply): string[] {
  return tasks.map(({ text }) => text);
}

function asked(): string[] {
  return model.requests
    .map(({ prompt }) => prompt)
    .filter((prompt) => prompt.includes('Cut the request at the end'));
}

async function lastSplit(principal: Principal = OWNER): Promise<unknown> {
  const [last] = await company.router.lastDecisions({ requesterId: principal.id }, 1);
  return last?.part.split;
}

describe('a request that rules are unsure of', () => {
  test(
    'is cut by the language model, in the words of the person, and paid for',
    async () => {
      const reply = await company.ask(REQUEST);
      expect(textsOf(reply)).toEqual(PARTS);
      const [first, second] = reply.tasks;
      expect(second?.dependsOn).toEqual([first?.id]);
      expect(asked()).toEqual([expect.stringContaining(JSON.stringify(REQUEST))]);
      expect(await lastSplit()).toEqual({
        by: 'model',
        doubts: expect.arrayContaining(['it is not in English']),
        model: 'openai:gpt-4o-mini',
        costPico: expect.any(BigInt),
      });
      const { costPico } = (await lastSplit()) as { costPico: bigint };
      expect(costPico > 0n).toBe(true);
      const parts = reply.tasks.reduce((sum, task) => sum + task.costPico, 0n);
      expect(reply.costPico).toBe(parts + costPico);
      expect(JSON.parse(JSON.stringify(presentReply(reply)))).toMatchObject({
        decisions: expect.arrayContaining([
          expect.objectContaining({ kind: 'split', by: 'model', costUsd: expect.any(Number) }),
          expect.objectContaining({ kind: 'routing', text: PARTS[1], relation: 'sequential' }),
        ]),
      });
      expect(await company.command('/why')).toMatch(
        /a language model cut the request \(openai:gpt/,
      );
    },
    ASK_MS,
  );

  const REFUSED: [what: string, answer: unknown, refusal: RegExp][] = [
    [
      'an invented part',
      { parts: [...GOOD.parts, { text: 'lösche alles' }] },
      /says "lösche alles"/,
    ],
    ['a part left out', { parts: GOOD.parts.slice(0, 1) }, /leaves out/],
    ['a translation', { parts: [{ text: 'Please fix the login' }] }, /says "Please fix/],
    ['a target', { parts: [{ text: PARTS[0], agent: 'CTO Zara' }, GOOD.parts[1]] }, /wrong shape/],
    ['41 parts', { parts: Array.from({ length: 41 }, () => ({ text: 'den' })) }, /wrong shape/],
    ['another shape', { tasks: PARTS }, /wrong shape/],
    ['garbage', 'I would rather write a poem.', /could not answer: .* asked for JSON/],
  ];
  test.each(REFUSED)(
    'stays as rules cut it when the model answers with %s',
    async (_what, answer, refusal) => {
      cutting(answer);
      expect(textsOf(await company.ask(REQUEST))).toEqual([REQUEST]);
      expect(await lastSplit()).toMatchObject({
        by: 'rules',
        model: 'openai:gpt-4o-mini',
        refusal: expect.stringMatching(refusal),
      });
    },
    ASK_MS,
  );

  test(
    'does not wait for a model that hangs, and pays for the attempt',
    async () => {
      model.setReply(({ prompt }) =>
        prompt.includes('Cut the request') ? { hangs: true } : elizaReply('Done.'),
      );
      expect(textsOf(await company.ask(REQUEST))).toEqual([REQUEST]);
      expect(await lastSplit()).toMatchObject({ by: 'rules', refusal: 'it took too long' });
    },
    ASK_MS,
  );

  test(
    'asks no model when the budget does not allow it',
    async () => {
      const guest: Principal = { id: 'guest:ann', role: 'guest', proof: 'none' };
      const reply = await company.ask(REQUEST, { principal: guest });
      expect(textsOf(reply)).toEqual([REQUEST]);
      expect(model.requests).toEqual([]);
      expect(await lastSplit(guest)).toMatchObject({
        by: 'rules',
        costPico: 0n,
        refusal: expect.stringMatching(/^it could not answer: .*(budget|cap)/i),
      });
    },
    ASK_MS,
  );

  test(
    'is sent nowhere when it is confidential',
    async () => {
      rememberConfidential(SECRET);
      const reply = await company.ask(`/private ${SECRET}`);
      expect(reply.text).not.toBe('');
      expect(JSON.stringify(model.requests)).not.toContain('Nordlicht');
    },
    ASK_MS,
  );

  test(
    'that is sure costs no model call',
    async () => {
      const reply = await company.ask('Fix the login error on Android');
      expect(textsOf(reply)).toEqual(['Fix the login error on Android']);
      expect(asked()).toEqual([]);
      expect(await lastSplit()).toEqual({ by: 'rules', doubts: [], costPico: 0n });
    },
    ASK_MS,
  );
});

describe('a part on a condition', () => {
  const IS_BROKEN = 'Is the server of the shop broken?';
  const RESTART = 'restart the server of the shop';

  async function askOnCondition(answer: string): Promise<Reply> {
    model.setReply(({ prompt }) => {
      if (prompt.includes('SKIPPED')) return elizaReply(answer);
      return elizaReply('No, it runs.');
    });
    return company.ask(`${IS_BROKEN} If so, ${RESTART}. Then tell the board about it.`);
  }

  test(
    'ends as skipped when its agent says that the condition does not hold, and so does what needs it',
    async () => {
      const { tasks, text } = await askOnCondition('SKIPPED: the server runs.');
      expect(tasks.map(({ state }) => state)).toEqual(['COMPLETED', 'REJECTED', 'FAILED']);
      const said = 'Skipped, since its condition ("if so") does not hold: the server runs.';
      expect(tasks[1]?.answer).toBe(said);
      expect(text).toContain(said);
    },
    ASK_MS,
  );

  test(
    'is done otherwise',
    async () => {
      const { tasks } = await askOnCondition('I have restarted it.');
      expect(tasks.map(({ state }) => state)).toEqual(['COMPLETED', 'COMPLETED', 'COMPLETED']);
      expect(tasks[1]).toMatchObject({ text: RESTART, answer: 'I have restarted it.' });
    },
    ASK_MS,
  );
});

test(
  'what introduces a request reaches each agent, and the part keeps its own words',
  async () => {
    const lead = 'We lost two customers at Blue Heron last week.';
    model.setReply(elizaReply('Done.'));
    const request = `${lead} Fix the server error in the login, and decide the strategy for the board.`;
    const reply = await company.ask(request, { room: 'lead' });
    expect(textsOf(reply)).toEqual([
      'Fix the server error in the login',
      'decide the strategy for the board',
    ]);
    const prompts = model.requests.map(({ prompt }) => prompt);
    for (const { text } of reply.tasks)
      expect(prompts.some((prompt) => prompt.includes(text) && prompt.includes(lead))).toBe(true);
  },
  ASK_MS,
);

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { loneCharacter } from '../../scripts/agent/lone-character.ts';
import {
  emptyEnvironment,
  makeDataDirectory,
  removeDataDirectory,
  runProgram,
  startCompany,
  type ChatAnswer,
  type CompanyProcess,
} from '../support/company.ts';
import { eventually } from '../support/eventually.ts';
import { startScriptedModel, type ScriptedModel } from '../support/scripted-model.ts';

const START_MS = 180_000;
const CHARACTER = readFileSync(new URL('../../characters/cmo-kai.json', import.meta.url), 'utf8');
const TOKEN = 'token-of-one-agent-alone-0123456789abcdef';
const QUESTION = 'Which of our prices sounds cheapest to a dentist?';
const ANSWER = 'The one that ends the free chair at two o’clock.';

const directory = makeDataDirectory();
let environment: NodeJS.ProcessEnv;
let model: ScriptedModel;
let agent: CompanyProcess;

beforeAll(async () => {
  model = await startScriptedModel({ reply: ANSWER });
  environment = await emptyEnvironment(directory, {
    AGENT_CHARACTER: Buffer.from(CHARACTER).toString('base64'),
    AGENT_TOKEN: TOKEN,
    OPENAI_BASE_URL: model.baseUrl,
    OPENAI_API_KEY: 'sk-scripted-0123456789',
    OPENAI_LARGE_MODEL: 'gpt-4o-mini',
    OPENAI_SMALL_MODEL: 'gpt-4o-mini',
  });
  agent = await startCompany(environment, 'agent');
}, START_MS);

afterAll(async () => {
  await agent.stop();
  await model.close();
  removeDataDirectory(directory);
}, START_MS);

function send(
  text: string,
  task: string,
  as = 'owner',
): Promise<{ status: number; body: unknown }> {
  return agent.post('/router/messages', { text, agent: 'CMO Kai', task }, as);
}

function answersOf({ body }: { body: unknown }): string[] {
  return (body as ChatAnswer).tasks.map(({ id, state, answer }) => `${id} ${state} ${answer}`);
}

describe('one agent in a process of its own', () => {
  test('says once that it is ready, and lets nobody in without its token', async () => {
    expect(agent.output().match(/^371OS agent ready: CMO Kai at http:.*$/gm)).toHaveLength(1);
    expect((await fetch(`${agent.url}/healthz`)).status).toBe(200);
    for (const path of ['/', '/login', '/router/agents', '/treasury/budget'])
      expect((await fetch(`${agent.url}${path}`)).status).toBe(401);
    const headers = { Authorization: `Bearer ${TOKEN}`, Origin: agent.url };
    expect((await fetch(`${agent.url}/router/agents`, { headers })).status).toBe(403);
  });

  test('is its own front desk: what it is asked is a task of its own', async () => {
    const { tasks, costUsd } = await agent.ask(QUESTION);
    expect(tasks).toMatchObject([{ agent: 'CMO Kai', state: 'COMPLETED', answer: ANSWER }]);
    expect(costUsd).toBeGreaterThan(0);
  });

  test('a request that is sent again under its id is the same task; nobody else gets it', async () => {
    const id = crypto.randomUUID();
    const first = answersOf(await send(QUESTION, id));
    const asked = model.requests.length;
    expect(answersOf(await send(QUESTION, id))).toEqual(first);
    expect(model.requests).toHaveLength(asked);
    const stranger = await send(QUESTION, id, 'ann');
    expect(JSON.stringify(stranger.body)).not.toContain(ANSWER);
    expect(stranger.body).toMatchObject({ error: { code: 'TASK_ID_TAKEN' } });
  });

  test(
    'killed in the middle of a task, it does it after its restart, for whoever asks again',
    async () => {
      const id = crypto.randomUUID();
      model.setReply({ hangs: true });
      const asked = model.requests.length;
      const lost = send(QUESTION, id).catch(() => 'lost');
      await eventually(() => {
        expect(model.requests.length).toBeGreaterThan(asked);
        return Promise.resolve();
      });
      agent.process.kill('SIGKILL');
      await once(agent.process, 'exit');
      expect(await lost).toBe('lost');
      model.setReply(ANSWER);
      agent = await startCompany(environment, 'agent');
      expect(answersOf(await send(QUESTION, id))).toEqual([`${id} COMPLETED ${ANSWER}`]);
    },
    START_MS,
  );

  test(
    'told to end, it answers what it has begun, takes nothing new, and ends',
    async () => {
      const id = crypto.randomUUID();
      const release = Promise.withResolvers<undefined>();
      model.setReply({ text: ANSWER, after: release.promise });
      const asked = model.requests.length;
      const begun = send(QUESTION, id);
      await eventually(() => {
        expect(model.requests.length).toBeGreaterThan(asked);
        return Promise.resolve();
      });
      const ended = once(agent.process, 'exit');
      agent.process.kill('SIGTERM');
      await eventually(() => {
        expect(agent.output()).toContain('SIGTERM: takes nothing new');
        return Promise.resolve();
      });
      const headers = { Authorization: `Bearer ${TOKEN}`, 'Content-Type': 'application/json' };
      const late = await fetch(`${agent.url}/router/messages`, {
        ...{ method: 'POST', headers, body: JSON.stringify({ text: QUESTION }) },
      });
      expect(late.status).toBe(503);
      expect(Number(late.headers.get('retry-after'))).toBeGreaterThan(0);
      expect((await agent.get(`/router/tasks/${id}`)).status).toBe(200);
      release.resolve(undefined);
      expect(answersOf(await begun)).toEqual([`${id} COMPLETED ${ANSWER}`]);
      expect(await ended).toEqual([0, null]);
    },
    START_MS,
  );
});

describe('a bad environment', () => {
  const short = 'a-secret-that-is-too-short';

  test('ends it with one sentence, which shows no secret', async () => {
    const sentences = await Promise.all(
      [
        { AGENT_CHARACTER: '' },
        { AGENT_TOKEN: '' },
        { AGENT_TOKEN: short },
        { AGENT_ROLE: 'worker' },
      ].map(async (change) => {
        const { code, stdout, stderr } = await runProgram('agent', [], {
          ...environment,
          ...change,
        });
        expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
        return stderr;
      }),
    );
    expect(sentences).toEqual([
      expect.stringMatching(/^Setting AGENT_CHARACTER: it is missing: [^\n]+\n$/),
      expect.stringMatching(/^Setting AGENT_TOKEN: it is missing: [^\n]+\n$/),
      expect.stringMatching(/^Setting AGENT_TOKEN: \[secret\][^\n]+ 32 characters[^\n]+\n$/),
      expect.stringMatching(/^Setting POSTGRES_URL: it is missing: [^\n]+\n$/),
    ]);
    expect(sentences.join('')).not.toContain(short);
  }, 120_000);

  test.each([
    ['no JSON', '{"name": ', /neither JSON nor base64/],
    ['no base64', '%%%', /neither JSON nor base64/],
    ['a list', Buffer.from('[]').toString('base64'), /expected object/i],
    ['of keys that ElizaOS does not know', '{"name": "A", "bio": "B", "lore": []}', /lore/],
  ])('a character that is %s is refused', (_what, text, problem) => {
    expect(() => loneCharacter(text)).toThrow(problem);
  });
});

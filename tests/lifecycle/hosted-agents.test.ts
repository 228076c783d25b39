import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import {
  BaseError,
  inConversation,
  OWNER,
  startConversation,
  type Conversation,
  type Principal,
} from '@371os/kernel';
import lifecyclePlugin, {
  HostedAgents,
  SqlAssignments,
  tokensFrom,
  type Place,
} from '@371os/plugin-lifecycle';
import { LostTaskError, StoppingError } from '@371os/plugin-tasks';
import treasuryPlugin, { type Books } from '@371os/plugin-treasury';
import { Database } from '../../plugins/plugin-lifecycle/src/store/database.ts';
import { openDatabase, type TestDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { emptyTreasury, openBooks, standing, usd } from '../treasury/treasury-fixture.ts';
import { ScriptedAgent, type Behaviour } from './scripted-agent.ts';

const ANNA = { id: 'anna', generation: 3 };
const tokenOf = tokensFrom('what-all-tokens-of-hosted-agents-are-made-of');
const GUEST: Principal = { id: 'telegram:1234', role: 'guest', proof: 'platform' };

let database: TestDatabase;
let books: Books;
let agent: ScriptedAgent;
let hosted: HostedAgents;
const bookIn = (executor: TestDatabase): SqlAssignments =>
  new SqlAssignments(new Database(executor));
let place: Place | 'moving' | undefined;
/** Whether nobody works any more on what is given up. */
let isOver: boolean;

beforeAll(async () => {
  database = await openDatabase([treasuryPlugin, lifecyclePlugin]);
});
afterAll(async () => {
  await agent.stop();
  await database.close();
});

beforeEach(async () => {
  isOver = true;
  await (agent as ScriptedAgent | undefined)?.stop();
  agent = await ScriptedAgent.start();
  await emptyTreasury(database);
  ({ books } = await openBooks(database, { TREASURY_LLM_CAP_USD: '1.00' }));
  place = {
    ...{ deploymentId: '0A00A000', dseq: '1', provider: 'akash1p', region: undefined },
    ...{ endpoint: agent.url, monthlyPico: usd('10'), rate: 1n },
  };
  hosted = new HostedAgents({
    hosting: {
      find: () => Promise.resolve(place),
      isVacated: () => Promise.resolve(typeof place !== 'object'),
    },
    ...{ treasury: books, tokenOf, book: bookIn(database), isOver: () => Promise.resolve(isOver) },
    ...{ worstCasePico: usd('0.50'), patienceMs: 0 },
  });
  hosted.admit({
    ...{ ...ANNA, deploymentId: '0A00A000' },
    profile: {
      ...{ name: 'Anna', role: 'CFO', examples: ['Count'], capabilities: ['counting'] },
      ...{ concurrency: 1, isThere: true },
    },
  });
});

async function give(
  more: Partial<Conversation> = {},
  background: readonly string[] = [],
  roomId: string = randomUUID(),
): Promise<{ answers: string[]; conversation: Conversation }> {
  const conversation = startConversation({ principal: OWNER, taskId: randomUUID(), ...more });
  const run = { agent: 'Anna', text: 'Count.', roomId, timeoutMs: 5_000, background };
  const requesterId = conversation.principal.id;
  const answers = await inConversation(conversation, () => hosted.deliver({ ...run, requesterId }));
  return { answers, conversation };
}

async function failure(more: Partial<Conversation> = {}): Promise<BaseError> {
  const error: unknown = await give(more).catch((thrown: unknown) => thrown);
  if (!BaseError.isInstance(error)) throw error;
  return error;
}

async function money(): Promise<{ spent: bigint; reserved: bigint }> {
  const { spentPico, reservedPico } = await standing(books);
  return { spent: spentPico, reserved: reservedPico };
}

test('a task goes there with its own id, the token of the agent, and what should be known', async () => {
  const { conversation } = await give({}, ['Done before: three sheep.']);
  const { taskId: task } = conversation;
  expect(agent.asked).toMatchObject([
    { token: tokenOf(ANNA), body: { text: 'Count.', task, agent: 'Anna' } },
  ]);
  expect(agent.asked[0]?.body['context']).toBe('Done before: three sheep.');
  expect(agent.asked[0]?.as).toBeUndefined();
  expect(hosted.list()).toMatchObject([{ name: 'Anna', isLocal: false }]);
});

test('what is asked for in no room is done there in one of its own', async () => {
  const { conversation } = await give({}, [], '');
  // Rooms have names of so many letters there, as people name them.
  expect(agent.asked).toMatchObject([{ body: { room: conversation.taskId } }]);
  expect(conversation.taskId).toMatch(/^[\w .@:-]{1,64}$/);
});

test('nobody has more rights there than here', async () => {
  await give({ principal: GUEST }).catch(() => undefined);
  await give({ principal: { ...GUEST, id: 'discord:1234', role: 'admin' } });
  const [as = ''] = agent.asked.map((asked) => asked.as);
  expect(as).toMatch(/^member-[0-9a-f]{32}$/);
  expect(as).not.toBe('owner');
});

test('what it cost is entered once, however often the task is given', async () => {
  const taskId = randomUUID();
  agent.next = { state: 'COMPLETED', answer: 'Three.', model: 'openai:gpt-4o', costUsd: 0.02 };
  const { answers, conversation } = await give({ taskId });
  expect(answers).toEqual(['Three.']);
  expect(conversation.trace).toMatchObject([{ kind: 'model-call', model: 'openai:gpt-4o' }]);
  agent.next = { ...agent.next, costUsd: 0.03 };
  await give({ taskId });
  expect(await money()).toEqual({ spent: usd('0.03'), reserved: 0n });
  const rows = await books.ledger({ task: taskId });
  expect(rows.map(({ costPico }) => costPico).sort()).toEqual([usd('0.01'), usd('0.02')]);
  for (const row of rows)
    expect(row).toMatchObject({
      ...{ agent: 'Anna', user: OWNER.id, provider: 'hosted', model: 'openai:gpt-4o' },
    });
});

test('it is not asked when the budget has no room for the worst case', async () => {
  await books.reserve({ category: 'llm', amountPico: usd('0.60'), scopes: {} });
  const { answers, conversation } = await give();
  expect(answers.join()).toMatch(/budget|cap/i);
  expect(conversation.trace).toMatchObject([{ kind: 'budget-exceeded' }]);
  expect(agent.asked).toEqual([]);
});

test.each([
  [{ state: 'FAILED', answer: 'No.' }, [{ kind: 'message-failed' }]],
  [{ state: 'CANCELED', answer: 'Ended.' }, [{ kind: 'message-failed' }]],
  [{ state: 'REJECTED', answer: 'No.' }, [{ kind: 'routing-refused', sentence: 'No.' }]],
  [
    { state: 'INPUT_REQUIRED', answer: 'Which?', waitingFor: 'a word' },
    [{ kind: 'input-required', missing: 'a word' }],
  ],
])('a task that ended as %j ends so here', async (task, trace) => {
  agent.next = task;
  const { answers, conversation } = await give();
  expect(answers).toEqual([task.answer]);
  expect(conversation.trace).toMatchObject(trace);
});

test.each<[string, Behaviour, boolean]>([
  ['does not take the token', { status: 401, code: 'UNAUTHORIZED' }, false],
  ['is about to end', { status: 503, code: 'DRAINING' }, true],
  ['has only begun', { status: 404, code: 'HTTP_404' }, true],
  ['refuses', { status: 400, code: 'TASK_ID_TAKEN' }, false],
  ['is still at work', { state: 'WORKING', answer: '' }, true],
  ['talks nonsense', { state: 'COMPLETED', answer: '', costUsd: -1 }, true],
])('one that %s: the task is tried again, or not', async (_how, next, isRetryable) => {
  agent.next = next;
  const error = await failure();
  expect({ message: error.message, isRetryable: error.isRetryable }).toMatchObject({ isRetryable });
  expect(error.message).not.toContain(tokenOf(ANNA));
});

test('one that moves is asked again; one that is closed, or dismissed, is not', async () => {
  place = 'moving';
  expect((await failure()).isRetryable).toBe(true);
  place = undefined;
  expect((await failure()).isRetryable).toBe(false);
  hosted.dismiss('Anna');
  expect((await failure()).isRetryable).toBe(false);
  expect(hosted.list()).toEqual([]);
  expect(agent.asked).toEqual([]);
});

test('one whose last place is being closed is asked again', async () => {
  hosted.rest('Anna', 0);
  expect((await failure()).isRetryable).toBe(true);
  expect(agent.asked).toEqual([]);
});

test('nothing stays reserved for a task that never arrived, or was refused', async () => {
  for (const [status, code] of [
    [503, 'DRAINING'],
    [401, 'UNAUTHORIZED'],
  ] as const) {
    agent.next = { status, code };
    await failure();
  }
  const gone = await ScriptedAgent.start();
  place = { ...(place as Place), endpoint: gone.url };
  await gone.stop();
  expect((await failure()).isRetryable).toBe(true);
  expect(await money()).toEqual({ spent: 0n, reserved: 0n });
});

test('what may have been spent counts in full when nobody can say what it was', async () => {
  agent.next = 'breaks';
  agent.known = { state: 'WORKING', answer: '', costUsd: -1 };
  expect((await failure()).isRetryable).toBe(true);
  expect(await money()).toEqual({ spent: 0n, reserved: usd('0.50') });
});

test('a connection that breaks costs what the agent says, and the rest when it is asked again', async () => {
  const taskId = randomUUID();
  agent.next = 'breaks';
  agent.known = { state: 'WORKING', answer: '', costUsd: 0.01 };
  expect((await failure({ taskId })).isRetryable).toBe(true);
  expect(await money()).toEqual({ spent: usd('0.01'), reserved: 0n });
  agent.next = { state: 'COMPLETED', answer: 'Three.', model: 'openai:gpt-4o', costUsd: 0.04 };
  await give({ taskId });
  expect(await money()).toEqual({ spent: usd('0.04'), reserved: 0n });
});

describe('an agent with two places', () => {
  const SECOND = '0B00B000';
  let second: ScriptedAgent;
  let isVacated: boolean;
  /** How often it was asked whether a place is. */
  let looks: number;

  beforeEach(async () => {
    second = await ScriptedAgent.start();
    isVacated = false;
    looks = 0;
    const places = (id: string): Place | 'moving' | undefined => {
      if (id !== SECOND) return place;
      const there = { ...(place as Place), deploymentId: SECOND, endpoint: second.url };
      return isVacated ? undefined : there;
    };
    hosted = new HostedAgents({
      hosting: {
        find: (id) => Promise.resolve(places(id)),
        isVacated: (id) => {
          looks += 1;
          return Promise.resolve(typeof places(id) !== 'object');
        },
      },
      ...{
        treasury: books,
        tokenOf,
        book: bookIn(database),
        isOver: () => Promise.resolve(isOver),
      },
      ...{ worstCasePico: usd('0.50'), patienceMs: 30_000 },
    });
    const profile = {
      ...{ name: 'Anna', role: 'CFO', examples: ['Count'], capabilities: ['counting'] },
      ...{ concurrency: 2, isThere: true },
    };
    hosted.admit({ ...ANNA, deploymentId: '0A00A000', profile });
    hosted.open('Anna', 1, SECOND);
  });
  afterEach(() => second.stop());

  const messages = (one: ScriptedAgent): unknown[] =>
    one.asked.filter(({ path }) => path === '/router/messages').map(({ body }) => body['task']);
  const isAsked = (one: ScriptedAgent, count: number): Promise<void> =>
    eventually(() => {
      expect(messages(one)).toHaveLength(count);
      return Promise.resolve();
    });

  test('does twice as much at once, with a token for each, and what it has begun where it has', async () => {
    expect(hosted.list()).toMatchObject([{ name: 'Anna', concurrency: 4 }]);
    agent.next = 'hangs';
    const control = new AbortController();
    const taskId = randomUUID();
    const first = give({ taskId, signal: control.signal });
    await isAsked(agent, 1);
    const other = randomUUID();
    await give({ taskId: other });
    expect(messages(second)).toEqual([other]);
    expect(second.asked[0]?.token).toBe(tokenOf({ ...ANNA, instance: 1 }));
    expect(second.asked[0]?.token).not.toBe(tokenOf(ANNA));
    // It is busier, and has it all the same.
    await give({ taskId: other });
    expect(messages(second)).toEqual([other, other]);
    agent.known = { state: 'CANCELED', answer: '', costUsd: 0 };
    control.abort(new RangeError('enough'));
    await expect(first).rejects.toThrow('enough');
  });

  test('gives what one was not reached for to the other', async () => {
    await agent.stop();
    const { answers } = await give();
    expect(answers).toEqual(['Done.']);
    expect(messages(second)).toHaveLength(1);
    agent = await ScriptedAgent.start();
  });

  test('has a place that goes end what it works on, and the other one do it', async () => {
    hosted.rest('Anna', 0);
    second.next = 'hangs';
    second.known = { state: 'CANCELED', answer: '', costUsd: 0.01 };
    const taskId = randomUUID();
    const given = give({ taskId });
    await isAsked(second, 1);
    hosted.open('Anna', 2, '0A00A000');
    await hosted.withdraw('Anna', 1);
    expect((await given).answers).toEqual(['Done.']);
    expect(second.asked.at(-1)?.path).toBe(`/router/tasks/${taskId}/cancel`);
    expect(messages(agent)).toEqual([taskId]);
    expect(await money()).toMatchObject({ spent: usd('0.01') });
  });

  test('takes the answer of a place that had ended the task when it went', async () => {
    second.next = 'hangs';
    second.known = { state: 'COMPLETED', answer: 'Four.', costUsd: 0.02 };
    hosted.rest('Anna', 0);
    const given = give();
    await isAsked(second, 1);
    await hosted.withdraw('Anna', 1);
    expect((await given).answers).toEqual(['Four.']);
    expect(messages(agent)).toEqual([]);
    expect(await money()).toEqual({ spent: usd('0.02'), reserved: 0n });
  });

  test('waits with a task until nothing of the place runs that did not say that it ended it', async () => {
    hosted.rest('Anna', 0);
    second.next = 'breaks';
    const taskId = randomUUID();
    await give({ taskId }).catch(() => undefined);
    hosted.open('Anna', 2, '0A00A000');
    await hosted.withdraw('Anna', 1);
    const given = give({ taskId });
    await eventually(() => {
      expect(looks).toBeGreaterThan(2);
      return Promise.resolve();
    });
    expect(messages(agent)).toEqual([]);
    isVacated = true;
    expect((await given).answers).toEqual(['Done.']);
    expect(messages(agent)).toEqual([taskId]);
  });
});

test.each<[why: string, reason: Error]>([
  ['nobody waits for it', new RangeError('nobody waits')],
  ['somebody has canceled it', new LostTaskError({ id: '4711', attempt: 1 })],
])('a task that is given up here is ended there (%s)', async (_, reason) => {
  const control = new AbortController();
  agent.next = 'hangs';
  agent.known = { state: 'CANCELED', answer: '', costUsd: 0.02 };
  const taskId = randomUUID();
  const given = give({ taskId, signal: control.signal });
  const refused = expect(given).rejects.toThrow(reason);
  await eventually(() => {
    expect(agent.asked).toHaveLength(1);
    return Promise.resolve();
  });
  control.abort(reason);
  await refused;
  expect(agent.asked.at(-1)?.path).toBe(`/router/tasks/${taskId}/cancel`);
  expect(await money()).toEqual({ spent: usd('0.02'), reserved: 0n });
});

test.each<[why: string, reason: Error]>([
  ['another worker has it', new LostTaskError({ id: '4711', attempt: 1 })],
  ['the next process does it', new StoppingError()],
])('a task that others go on with is not ended there (%s)', async (_, reason) => {
  isOver = false;
  const control = new AbortController();
  agent.next = 'hangs';
  const taskId = randomUUID();
  const refused = expect(give({ taskId, signal: control.signal })).rejects.toThrow(reason);
  await eventually(() => {
    expect(agent.asked).toHaveLength(1);
    return Promise.resolve();
  });
  control.abort(reason);
  await refused;
  expect(agent.asked.map(({ path }) => path)).toEqual(['/router/messages']);
  expect(await money()).toEqual({ spent: 0n, reserved: 0n });
});

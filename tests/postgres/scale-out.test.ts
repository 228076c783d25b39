import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  emptyEnvironment,
  makeDataDirectory,
  removeDataDirectory,
  runProgram,
  startCompany,
  startWorker,
  type ChatAnswer,
  type CompanyProcess,
  type WorkerProcess,
} from '../support/company.ts';
import { eventually } from '../support/eventually.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { startScriptedModel, type ScriptedModel } from '../support/scripted-model.ts';

const MODEL = 'openai:gpt-4o-mini';
const ANSWER = 'Look at the upstream time-out first.';
const FOR_CTO = 'Our API returns 502 errors since the deploy, what should we check?';
const FOR_BOTH = `How much of our budget is left? ${FOR_CTO}`;

const directories: string[] = [];
let postgres: TestPostgres;
let model: ScriptedModel;
let front: CompanyProcess;
let cfo: WorkerProcess;
let cto: WorkerProcess;

beforeAll(async () => {
  postgres = await startPostgres({ vectors: true });
  model = await startScriptedModel({ reply: ANSWER });
  front = await startCompany(await environmentOf(), 'start', ['--agents', 'Front Desk,CEO Mimi']);
  [cfo, cto] = await Promise.all([work('CFO Maya'), work('zara')]);
}, 120_000);
afterAll(async () => {
  for (const { process } of [front, cfo, cto]) process.kill('SIGKILL');
  await postgres.stop();
  await model.close();
  directories.forEach(removeDataDirectory);
});

// Each process as on a machine of its own. Presence is judged faster than it comes with.
async function environmentOf(): Promise<NodeJS.ProcessEnv> {
  const directory = makeDataDirectory();
  directories.push(directory);
  return emptyEnvironment(directory, {
    POSTGRES_URL: postgres.url,
    LIFECYCLE_HEARTBEAT_MS: '300',
    LIFECYCLE_LEASE_SECONDS: '3',
    OPENAI_BASE_URL: model.baseUrl,
    OPENAI_API_KEY: 'sk-scripted-0123456789',
    OPENAI_LARGE_MODEL: 'gpt-4o-mini',
    OPENAI_SMALL_MODEL: 'gpt-4o-mini',
  });
}

async function work(agents: string, ...more: string[]): Promise<WorkerProcess> {
  return startWorker(['--agents', agents, ...more], await environmentOf());
}

/** Resolves when the model has been asked for an answer and keeps the caller waiting. */
async function asked(before: number): Promise<void> {
  await eventually(async () => {
    expect(model.requests.length).toBeGreaterThan(before);
  });
}

async function elsewhere(): Promise<Record<string, string>> {
  const { agents } = (await front.get('/router/agents')).body as {
    agents: { name: string; availability: string; isElsewhere: boolean }[];
  };
  const others = agents.filter(({ isElsewhere }) => isElsewhere);
  return Object.fromEntries(others.map(({ name, availability }) => [name, availability]));
}

function partOf({ tasks }: ChatAnswer, agent: string): ChatAnswer['tasks'][number] | undefined {
  return tasks.find((task) => task.agent === agent);
}

// How often a room heard the answer: in the reply or by itself.
async function timesToldIn(room: string): Promise<number> {
  const { body } = await front.get(`/router/messages?room=${room}`);
  return JSON.stringify(body).split(ANSWER).length - 1;
}

async function ended({ process }: WorkerProcess, signal: NodeJS.Signals): Promise<unknown> {
  const exit = once(process, 'exit');
  process.kill(signal);
  return (await exit)[0];
}

test('the front finds agents of other processes, and joins what they answer, with model and cost', async () => {
  await eventually(async () => {
    expect(await elsewhere()).toEqual({ 'CFO Maya': 'free', 'CTO Zara': 'free' });
  });
  const reply = await front.ask(FOR_BOTH, { room: 'both' });
  expect(reply.tasks.map(({ agent }) => agent)).toEqual(['CFO Maya', 'CTO Zara']);
  for (const { id, state, answer, model: name, costUsd } of reply.tasks) {
    expect({ state, answer, name }).toEqual({ state: 'COMPLETED', answer: ANSWER, name: MODEL });
    expect(costUsd).toBeGreaterThan(0);
    const call = { kind: 'model-call', taskId: id, model: MODEL, costUsd };
    expect(reply.decisions).toContainEqual(expect.objectContaining(call));
  }
  expect(reply.costUsd).toBeCloseTo(
    reply.tasks.reduce((sum, { costUsd }) => sum + costUsd, 0),
    12,
  );
  expect((await front.ask('/agents')).text).toMatch(/CFO Maya .* in another process/);
  expect(await timesToldIn('both')).toBe(2);
});

test('no second process works for an agent', async () => {
  const refused = await runProgram('worker', ['--agents', 'Maya'], await environmentOf());
  expect(refused).toMatchObject({ code: 1 });
  expect(refused.stderr).toContain(`CFO Maya works already, in process ${cfo.process.pid}`);
  expect(await elsewhere()).toMatchObject({ 'CFO Maya': 'free' });
});

test('kill -9 in the middle of a task: one that stands by takes the agent and the task', async () => {
  const heir = await work('zara', '--standby');
  const before = model.requests.length;
  model.setReply({ hangs: true });
  const reply = front.ask(FOR_CTO, { room: 'killed' });
  await asked(before);
  await ended(cto, 'SIGKILL');
  model.setReply(ANSWER);
  expect(partOf(await reply, 'CTO Zara')).toMatchObject({ state: 'COMPLETED', answer: ANSWER });
  expect(await timesToldIn('killed')).toBe(1);
  cto = heir;
});

test('a worker that was paused past its lease has no effect when it wakes, and comes back when it may', async () => {
  const sleeper = cto;
  const before = model.requests.length;
  model.setReply({ hangs: true });
  const reply = front.ask(FOR_CTO, { room: 'paused' });
  await asked(before);
  sleeper.process.kill('SIGSTOP');
  cto = await work('zara');
  model.setReply(ANSWER);
  const done = partOf(await reply, 'CTO Zara');
  expect(done).toMatchObject({ state: 'COMPLETED', answer: ANSWER });

  sleeper.process.kill('SIGCONT');
  await eventually(async () => {
    expect(logOf(sleeper)).toContain('comes back as a new one');
  });
  expect((await front.get(`/router/tasks/${done?.id ?? ''}`)).body).toEqual({ task: done });
  expect(await timesToldIn('paused')).toBe(1);

  const asking = model.requests.length;
  model.setReply({ text: ANSWER, delayMs: 2_000 });
  const last = front.ask(FOR_CTO, { room: 'drained' });
  await asked(asking);
  expect(await ended(cto, 'SIGTERM')).toBe(0);
  expect(partOf(await last, 'CTO Zara')).toMatchObject({ state: 'COMPLETED', answer: ANSWER });
  cto = sleeper;
  await eventually(async () => {
    expect(await elsewhere()).toMatchObject({ 'CTO Zara': 'free' });
  });
  expect(partOf(await front.ask(FOR_CTO), 'CTO Zara')).toMatchObject({ state: 'COMPLETED' });
});

function logOf({ directory }: WorkerProcess): string {
  return readFileSync(join(directory, '371os.log'), 'utf8');
}

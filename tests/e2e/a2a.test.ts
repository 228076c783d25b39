import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Role, TaskState, type Task } from '@a2a-js/sdk';
import type { Client } from '@a2a-js/sdk/client';
import { a2aClient } from '../support/a2a-client.ts';
import {
  emptyEnvironment,
  freePort,
  makeDataDirectory,
  removeDataDirectory,
  startCompany,
  type CompanyProcess,
} from '../support/company.ts';

const START_MS = 120_000;
const BRIDGE_TOKEN = 'a-token-for-the-bridge';

let company: CompanyProcess;
let contextPort: number;
const directory = makeDataDirectory();

beforeAll(async () => {
  contextPort = await freePort();
  const port = String(contextPort);
  company = await startCompany(
    await emptyEnvironment(directory, {
      ...{ ELECTRON_BRIDGE_TOKEN: BRIDGE_TOKEN, COORDINATION_BRIDGE_AS: 'owner' },
      ...{ COORDINATION_CONTEXT_PORT: port, COORDINATION_BRIDGE_PORT: port },
    }),
  );
}, START_MS);

afterAll(async () => {
  await company.stop();
  removeDataDirectory(directory);
}, START_MS);

function connect(path: string): Promise<Client> {
  return a2aClient({
    url: `${company.url}${path}/.well-known/agent-card.json`,
    headers: { Authorization: `Bearer ${company.token()}` },
  });
}

async function send(client: Client, text: string, contextId: string): Promise<Task> {
  const answer = await client.sendMessage({
    ...{ tenant: '', metadata: undefined, configuration: undefined },
    message: {
      ...{ messageId: randomUUID(), contextId, taskId: '', role: Role.ROLE_USER },
      parts: [
        {
          content: { $case: 'text', value: text },
          ...{ metadata: undefined, filename: '', mediaType: '' },
        },
      ],
      ...{ metadata: undefined, extensions: [], referenceTaskIds: [] },
    },
  });
  if ('parts' in answer) throw new RangeError('it is no task');
  return answer;
}

test('the company is asked over A2A at its root, and each agent at its own card', async () => {
  const desk = await connect('');
  expect((await desk.getAgentCard()).name).toBe('Front Desk');
  const task = await send(desk, 'How much of our budget is left?', 'books');
  expect(task.status?.state).toBe(TaskState.TASK_STATE_COMPLETED);
  const maya = await connect('/a2a/cfo-maya');
  const own = await send(maya, 'How much of our budget is left?', 'books');
  expect(own.status?.state).toBe(TaskState.TASK_STATE_COMPLETED);
  const { body } = await company.get(`/router/tasks/${own.id}`);
  expect(body).toMatchObject({ task: { id: own.id, agent: 'CFO Maya', state: 'COMPLETED' } });
});

test('the context of that conversation is given on a port of its own', async () => {
  const url = `http://localhost:${String(contextPort)}/agent-context?agentId=CFO&chatId=books`;
  const answer = await fetch(url, { headers: { Authorization: `Bearer ${BRIDGE_TOKEN}` } });
  expect(answer.status).toBe(200);
  const { context } = (await answer.json()) as { context: string };
  expect(context).toContain('Asked: How much of our budget is left?');
  expect((await fetch(url)).status).toBe(401);
});

test('the guard lets nothing else through without the token', async () => {
  const post = { method: 'POST', body: '{}' };
  expect((await fetch(`${company.url}/coordination/a2a/cfo-maya`, post)).status).toBe(401);
  for (const path of ['/coordination/tokens', '/a2a/../router/tasks', '/a2a/%2e%2e/router/tasks'])
    expect((await fetch(`${company.url}${path}`)).status).toBe(401);
});

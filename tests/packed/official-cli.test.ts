import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { elizaosNameOf, PLUGINS, WORKSPACES } from '../repository/workspaces.ts';
import {
  createStrangerProject,
  type StrangerProject,
  type StrangerServer,
} from './stranger-project.ts';

const TOKEN = 'a token of the stranger';

let project: StrangerProject;

beforeAll(async () => {
  project = await createStrangerProject(WORKSPACES);
});

afterAll(() => project.remove());

describe('published packages', () => {
  it.each(PLUGINS)('%s loads on plain Node', async (plugin) => {
    const program = `const { default: plugin } = await import('@371os/${plugin}'); console.log(plugin.name)`;
    expect(await project.runNode(program)).toBe(elizaosNameOf(plugin));
  });
});

describe('a stranger starts without a token', () => {
  let server: StrangerServer;
  beforeAll(async () => {
    server = await project.start({});
  });
  afterAll(() => server.stop());

  it('the agent is up', async () => {
    expect(await agentsOf(server, {})).toEqual([{ name: 'Stranger', status: 'active' }]);
  });

  it('the budget is shown to nobody', async () => {
    const response = await getBudget(server, {});
    expect(response.status).toBe(401);
    expect(await response.json()).toEqual({
      error: {
        code: 'NO_SERVER_TOKEN',
        message: expect.stringContaining('set ELIZA_SERVER_AUTH_TOKEN and restart'),
      },
    });
  });
});

describe('a stranger starts with a token, and a cap in the environment', () => {
  let server: StrangerServer;
  beforeAll(async () => {
    server = await project.start({ ELIZA_SERVER_AUTH_TOKEN: TOKEN, TREASURY_LLM_CAP_USD: '7.50' });
  });
  afterAll(() => server.stop());

  it('the agent is up', async () => {
    const agents = await agentsOf(server, { 'X-API-KEY': TOKEN });
    expect(agents).toEqual([{ name: 'Stranger', status: 'active' }]);
  });

  it.each([{}, { Authorization: 'Bearer guessed' }])('refuses the headers %j', async (headers) => {
    const response = await getBudget(server, headers);
    expect(response.status).toBe(401);
    expect(await response.json()).toEqual({
      error: { code: 'UNAUTHORIZED', message: expect.stringContaining('Authorization: Bearer') },
    });
  });

  it('shows the owner the budget, with the cap that was set', async () => {
    const response = await getBudget(server, { Authorization: `Bearer ${TOKEN}` });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      caps: expect.arrayContaining([
        expect.objectContaining({ category: 'llm', limitUsd: '7.50', spentUsd: '0.00' }),
      ]),
    });
  });

  // The slash command shows that our message front stands before an agent that nobody prepared,
  // and that nobody is the owner by a user id.
  it('answers a slash command, and takes nobody at their word', async () => {
    expect(await say(server, '/budget')).toBe('Only the owner or an admin may use /budget.');
  });
});

async function agentsOf(server: StrangerServer, headers: Record<string, string>): Promise<unknown> {
  const response = await fetch(`${server.url}/api/agents`, { headers });
  const { data } = (await response.json()) as { data: { agents: Record<string, unknown>[] } };
  return data.agents.map(({ name, status }) => ({ name, status }));
}

async function say(server: StrangerServer, text: string): Promise<unknown> {
  const headers = { 'X-API-KEY': TOKEN };
  const response = await fetch(`${server.url}/api/agents`, { headers });
  const { data } = (await response.json()) as { data: { agents: { id: string }[] } };
  const sessions = `${server.url}/api/messaging/sessions`;
  const { sessionId } = (await post(sessions, {
    agentId: data.agents[0]?.id,
    userId: data.agents[0]?.id,
  })) as { sessionId: string };
  const answer = await post(`${sessions}/${sessionId}/messages`, { content: text, mode: 'sync' });
  return (answer as { agentResponse?: { text?: string } }).agentResponse?.text ?? answer;
}

async function post(url: string, body: unknown): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'X-API-KEY': TOKEN, 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  return response.json();
}

async function getBudget(
  server: StrangerServer,
  headers: Record<string, string>,
): Promise<Response> {
  return fetch(`${server.url}/treasury/budget`, { headers });
}

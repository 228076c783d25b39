import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  createStrangerProject,
  type StrangerProject,
  type StrangerServer,
} from './stranger-project.ts';

const TOKEN = 'a token of the stranger';

let project: StrangerProject;

beforeAll(async () => {
  project = await createStrangerProject(['kernel', 'plugin-treasury']);
});

afterAll(() => project.remove());

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
    expect(JSON.stringify(await response.json())).toContain('7.5');
  });
});

async function agentsOf(server: StrangerServer, headers: Record<string, string>): Promise<unknown> {
  const response = await fetch(`${server.url}/api/agents`, { headers });
  const { data } = (await response.json()) as { data: { agents: Record<string, unknown>[] } };
  return data.agents.map(({ name, status }) => ({ name, status }));
}

async function getBudget(
  server: StrangerServer,
  headers: Record<string, string>,
): Promise<Response> {
  return fetch(`${server.url}/treasury/budget`, { headers });
}

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { elizaosNameOf, PLUGINS, readJson, ROOT, WORKSPACES } from '../repository/workspaces.ts';
import {
  createStrangerProject,
  type StrangerProject,
  type StrangerServer,
} from './stranger-project.ts';

const TOKEN = 'a token of the stranger';

const STRANGER = 'stranger.json';
const OURS = readdirSync(join(ROOT, 'characters')).map((file) => `characters/${file}`);

let project: StrangerProject;
let withoutToken: StrangerServer;
let server: StrangerServer;

beforeAll(async () => {
  project = await createStrangerProject(WORKSPACES);
  [withoutToken, server] = await Promise.all([
    project.start({ characters: [STRANGER], environment: {} }),
    project.start({
      characters: [STRANGER, ...OURS],
      environment: { ELIZA_SERVER_AUTH_TOKEN: TOKEN, TREASURY_LLM_CAP_USD: '7.50' },
    }),
  ]);
});

afterAll(async () => {
  await Promise.all([withoutToken.stop(), server.stop()]);
  await project.remove();
});

it('published plugins load on plain Node', async () => {
  const program = `const names = {};
    for (const plugin of ${JSON.stringify(PLUGINS)})
      names[plugin] = (await import('@371os/' + plugin)).default.name;
    console.log(JSON.stringify(names));`;
  const expected = Object.fromEntries(PLUGINS.map((plugin) => [plugin, elizaosNameOf(plugin)]));
  expect(JSON.parse(await project.runNode(program))).toEqual(expected);
});

describe('the official command line, without a token', () => {
  it("starts a stranger's character", async () => {
    expect(await agentsOf(withoutToken, {})).toEqual([{ name: 'Stranger', status: 'active' }]);
  });

  it('shows the budget to nobody', async () => {
    const response = await getBudget(withoutToken, {});
    expect(response.status).toBe(401);
    expect(await response.json()).toEqual({
      error: {
        code: 'NO_SERVER_TOKEN',
        message: expect.stringContaining('set ELIZA_SERVER_AUTH_TOKEN and restart'),
      },
    });
  });
});

describe("the official command line, with a token, on a stranger's character and all of ours", () => {
  const named = (file: string): string => characterIn(file).name;

  it('starts each of them', async () => {
    const started = await agentsOf(server, { 'X-API-KEY': TOKEN });
    const expected = ['Stranger', ...OURS.map(named)].map((name) => ({ name, status: 'active' }));
    expect(started).toHaveLength(expected.length);
    expect(started).toEqual(expect.arrayContaining(expected));
  });

  it('so has an agent with each plugin', () => {
    const listed = ['tests/packed/stranger/stranger.json', ...OURS].flatMap(
      (file) => characterIn(file).plugins,
    );
    const missing = PLUGINS.filter((plugin) => !listed.includes(`@371os/${plugin}`));
    expect(missing).toEqual([]);
  });

  it.each(OURS.filter((file) => !file.includes('front-desk')))(
    '%s answers, without a language model',
    async (file) => {
      expect(await say(server, named(file), 'What do you do here?')).toContain(
        'needs a language model and none is configured',
      );
    },
  );

  it('the front desk brings a request to its officer', async () => {
    const answer = await say(server, 'Front Desk', 'How much of our budget is left?');
    expect(answer).toContain('Only the owner or an admin may see the budget.');
    expect(answer).toContain('— CFO Maya (embedded:rules, $0.00)');
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
    expect(await say(server, 'Stranger', '/budget')).toBe(
      'Only the owner or an admin may use /budget.',
    );
  });
});

interface Listed {
  readonly id: string;
  readonly name: string;
  readonly status: string;
}

async function listAgents(
  server: StrangerServer,
  headers: Record<string, string>,
): Promise<Listed[]> {
  const response = await fetch(`${server.url}/api/agents`, { headers });
  return ((await response.json()) as { data: { agents: Listed[] } }).data.agents;
}

async function agentsOf(server: StrangerServer, headers: Record<string, string>): Promise<unknown> {
  return (await listAgents(server, headers)).map(({ name, status }) => ({ name, status }));
}

interface Answer {
  readonly agentResponse?: {
    readonly text?: string;
    readonly actionCallbacks?: { readonly text?: string };
  };
}

/** What an agent answers to somebody it has never met: its own words, or those of its action. */
async function say(server: StrangerServer, name: string, text: string): Promise<unknown> {
  const agents = await listAgents(server, { 'X-API-KEY': TOKEN });
  const sessions = `${server.url}/api/messaging/sessions`;
  const { sessionId } = (await post(sessions, {
    agentId: agents.find((agent) => agent.name === name)?.id,
    userId: randomUUID(),
  })) as { sessionId: string };
  const answer = await post(`${sessions}/${sessionId}/messages`, { content: text, mode: 'sync' });
  const { agentResponse } = answer as Answer;
  return agentResponse?.actionCallbacks?.text ?? agentResponse?.text ?? answer;
}

function characterIn(path: string): { name: string; plugins: string[] } {
  return readJson(path) as { name: string; plugins: string[] };
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

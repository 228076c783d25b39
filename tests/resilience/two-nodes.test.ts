import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  emptyEnvironment,
  freePort,
  makeDataDirectory,
  removeDataDirectory,
  startCompany,
  type CompanyProcess,
} from '../support/company.ts';
import { eventually } from '../support/eventually.ts';

const START_MS = 240_000;
const QUESTION = 'How much of our budget is left?';
const LATER = 'How much of the budget is left now?';
const KEY = 'what two companies of one organisation share';

const directories = { north: makeDataDirectory(), south: makeDataDirectory() };
const environments: Record<string, NodeJS.ProcessEnv> = {};
let north: CompanyProcess;
let south: CompanyProcess;

beforeAll(async () => {
  const ports = { north: await freePort(), south: await freePort() };
  const address = (node: 'north' | 'south'): string => `/ip4/127.0.0.1/tcp/${String(ports[node])}`;
  for (const [node, other] of [
    ['north', 'south'],
    ['south', 'north'],
  ] as const)
    environments[node] = await emptyEnvironment(directories[node], {
      RESILIENCE_NODE_NAME: node,
      RESILIENCE_MESH_KEY: KEY,
      RESILIENCE_MESH_LISTEN: address(node),
      RESILIENCE_MESH_PEERS: address(other),
      CHARACTERS_DIR: charactersOf(node),
      RESILIENCE_SHARED_FOLDER: sharedFolder(node),
    });
  [north, south] = await Promise.all([startNode('north'), startNode('south')]);
}, START_MS);

afterAll(async () => {
  await Promise.all([north.stop(), south.stop()]);
  for (const directory of Object.values(directories)) removeDataDirectory(directory);
}, START_MS);

function startNode(node: 'north' | 'south'): Promise<CompanyProcess> {
  return startCompany(environments[node] ?? {});
}

// The south has nobody for money, and both have somebody for technology.
const STAFF = {
  north: ['front-desk', 'cfo-maya', 'cto-zara'],
  south: ['front-desk', 'cto-zara'],
};

function charactersOf(node: 'north' | 'south'): string {
  const folder = join(directories[node], 'characters');
  mkdirSync(folder);
  for (const name of STAFF[node])
    copyFileSync(`characters/${name}.json`, join(folder, `${name}.json`));
  return folder;
}

function sharedFolder(node: 'north' | 'south'): string {
  const folder = join(directories[node], 'shared');
  mkdirSync(folder);
  writeFileSync(join(folder, 'note.md'), `# Gates\n\nThe gate of the ${node} opens at ${node}-7.`);
  return folder;
}

async function agentsOf(node: CompanyProcess): Promise<Map<string, string>> {
  const { body } = await node.get('/router/agents');
  const agents = body as { agents?: { name: string; availability: string }[] };
  return new Map((agents.agents ?? []).map(({ name, availability }) => [name, availability]));
}

async function tasksOfNorth(text: string): Promise<{ state: string; agent: string }[]> {
  const { body } = await north.get('/router/tasks');
  const { tasks } = body as { tasks: { state: string; text: string; agent: string }[] };
  return tasks.filter((task) => task.text === text);
}

async function roomOfSouth(): Promise<string> {
  return JSON.stringify((await south.get('/router/messages?room=main')).body);
}

test(
  'a task goes to whoever can do it on another node, once, at once or when the link is back',
  async () => {
    await eventually(async () => {
      const agents = await agentsOf(south);
      expect([...agents.keys()].sort()).toEqual(['CFO Maya', 'CTO Zara', 'CTO Zara@north']);
      expect(agents.get('CFO Maya')).toBe('free');
      expect([...(await agentsOf(north)).keys()]).toContain('CTO Zara@south');
    });
    const asked = await south.ask(QUESTION);
    expect(asked.tasks).toMatchObject([{ agent: 'CFO Maya', state: 'COMPLETED' }]);
    expect(asked.tasks[0]?.answer).toMatch(/\$/);
    expect(await tasksOfNorth(QUESTION)).toMatchObject([{ state: 'COMPLETED' }]);

    await eventually(async () => {
      expect((await south.ask('/find gate north')).text).toMatch(
        /^Gates \(from north, .*\n# Gates\n\nThe gate of the north opens at north-7/,
      );
    });
    expect((await south.ask('/nodes', { as: 'ann' })).text).toBe(
      'north can be reached, with 2 agents',
    );

    north.process.kill('SIGKILL');
    await once(north.process, 'exit');
    await eventually(async () => expect((await agentsOf(south)).get('CFO Maya')).toBe('away'));
    const kept = await south.ask(LATER);
    expect(kept.tasks).toMatchObject([{ state: 'INPUT_REQUIRED' }]);
    expect(kept.tasks[0]?.answer).toMatch(/north cannot be reached now.*kept/);
    expect((await roomOfSouth()).split('of the monthly llm budget')).toHaveLength(2);

    // What only the north had is still found, and the letter is known to wait.
    expect((await south.ask('/find gate north', { as: 'ann' })).text).toContain('north-7');
    expect((await south.ask('/nodes')).text).toMatch(/last heard .*, a letter waits for it$/);

    north = await startNode('north');
    await eventually(async () => {
      const { body } = await south.get(`/router/tasks/${kept.tasks[0]?.id ?? ''}`);
      expect(body).toMatchObject({ task: { state: 'COMPLETED' } });
      // Whoever asked is told where they asked.
      expect((await roomOfSouth()).split('of the monthly llm budget')).toHaveLength(3);
    });
    expect(await tasksOfNorth(LATER)).toMatchObject([{ agent: 'CFO Maya', state: 'COMPLETED' }]);
  },
  START_MS,
);

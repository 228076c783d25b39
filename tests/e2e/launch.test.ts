import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { runCli } from '@371os/cli';
import { eventually } from '../support/eventually.ts';
import {
  emptyEnvironment,
  makeEmptyDirectory,
  removeDataDirectory,
  runProgram,
  startCompany,
  type CompanyProcess,
} from '../support/company.ts';

const START_MS = 120_000;
const SECRET = 'a-key-that-nobody-must-see';

describe('a launch on a machine with nothing configured', () => {
  const directory = makeEmptyDirectory();
  let company: CompanyProcess;

  beforeAll(async () => {
    const settings = join(directory, 'settings.json');
    writeFileSync(
      settings,
      JSON.stringify({
        TASKS_CONCURRENCY: 6,
        agents: {
          'CFO Maya': { TASKS_CONCURRENCY: 8, OPENROUTER_API_KEY: SECRET },
          'CFO Maja': {},
        },
      }),
      { mode: 0o600 },
    );
    const extra = { CONFIG_FILES: settings, TASKS_CONCURRENCY: '5' };
    company = await startCompany(await emptyEnvironment(directory, extra));
  }, START_MS);

  afterAll(async () => {
    await company.stop();
    removeDataDirectory(directory);
  }, START_MS);

  test('says once that it is ready, with how many agents and where', () => {
    const lines = company.output().match(/^371OS ready: 10 agents at http:\/\/127\.0\.0\.1:\d+$/gm);
    expect(lines).toHaveLength(1);
  });

  test('says how to set up a model only where there is none', () => {
    // CFO Maya has a key.
    expect(company.output()).not.toMatch(/371os init/);
  });

  test('prints one login link, which lets a browser in once', async () => {
    const link = /http:\/\/127\.0\.0\.1:\d+\/login\?code=[\w-]+/.exec(company.output())?.[0] ?? '';
    const page = await fetch(link);
    expect(page.status).toBe(200);
    const cookie = page.headers.get('set-cookie')?.split(';')[0] ?? '';
    const agents = await fetch(`${company.url}/api/agents`, { headers: { cookie } });
    expect(agents.status).toBe(200);
    expect((await fetch(link)).status).toBe(401);
  });

  test('keeps its secrets to its owner, and out of the database', async () => {
    for (const secret of ['owner-token', 'secret-salt', 'lifecycle-secret'])
      expect(statSync(join(directory, secret)).mode & 0o777).toBe(0o600);
    const agents = await company.get('/api/agents');
    const text = JSON.stringify(agents.body);
    expect(text).toContain('CFO Maya');
    expect(text).not.toContain(company.token());
  });

  test('nobody gets in without the token: pages, API, plugin routes, uploads', async () => {
    for (const path of ['/', '/api/agents', '/treasury/budget', '/router/tasks', '/health'])
      expect((await fetch(`${company.url}${path}`)).status).toBe(401);
    expect((await fetch(`${company.url}/healthz`)).status).toBe(200);
  });

  test('a forged user id on REST gets nobody in, and another Origin is refused', async () => {
    const forged = await fetch(`${company.url}/api/messaging/sessions`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ agentId: crypto.randomUUID(), userId: 'owner', entityId: 'owner' }),
    });
    expect(forged.status).toBe(401);
    const foreign = await fetch(`${company.url}/api/agents`, {
      headers: { Authorization: `Bearer ${company.token()}`, Origin: 'https://evil.example' },
    });
    expect(foreign.status).toBe(403);
    expect(foreign.headers.get('access-control-allow-origin')).toBeNull();
  });

  test('whoever has the token is the owner in the web client too, whatever id it sends', async () => {
    const agents = (await company.get('/api/agents')).body as {
      data: { agents: { id: string; name: string }[] };
    };
    const frontDesk = agents.data.agents.find(({ name }) => name === 'Front Desk');
    const session = await company.post('/api/messaging/sessions', {
      agentId: frontDesk?.id,
      userId: crypto.randomUUID(),
    });
    const { sessionId } = session.body as { sessionId: string };
    const path = `/api/messaging/sessions/${sessionId}/messages`;
    await company.post(path, { content: '/budget' });
    await eventually(async () => {
      expect(JSON.stringify((await company.get(path)).body)).toContain('20.00 is left');
    });
    const atOnce = await company.post(path, { content: '/budget', mode: 'sync' });
    expect(JSON.stringify(atOnce.body)).toContain('20.00 is left');
  });

  test('the socket of the web client wants the token too', async () => {
    const handshake = await fetch(`${company.url}/socket.io/?EIO=4&transport=polling`);
    const { sid } = JSON.parse((await handshake.text()).slice(1)) as { sid: string };
    const address = `${company.url}/socket.io/?EIO=4&transport=polling&sid=${sid}`;
    const auth = JSON.stringify({ entityId: crypto.randomUUID() });
    await fetch(address, { method: 'POST', body: `40${auth}` });
    expect(await (await fetch(address)).text()).toMatch(/^44.*API Key/);
  });

  test('settings come from a file before the environment, for one agent before all', async () => {
    const { agents } = (await company.get('/router/agents')).body as {
      agents: { name: string; concurrency: number }[];
    };
    const concurrency = Object.fromEntries(agents.map((agent) => [agent.name, agent.concurrency]));
    expect(concurrency).toMatchObject({ 'CFO Maya': 8, 'CTO Zara': 6 });
    expect(company.output()).toContain('"CFO Maja", who is not here. Did you mean CFO Maya?');
  });

  test('agents are made, looked at and ended from the command line, which says how far it is', async () => {
    const create = ['agents', 'create', '--name', 'Nova', '--no-register', '--json'];
    const made = await run(...create);
    expect(made).toMatchObject({ code: 0, progress: expect.stringContaining('… ready') });
    expect(JSON.parse(made.said)).toMatchObject({ agent: { name: 'Nova', state: 'ready' } });
    expect(await run(...create)).toMatchObject({
      ...{ code: 1, said: expect.stringContaining('There is an agent called Nova already') },
    });
    const ended = await run('agents', 'retire', 'Nova', '--yes', '--json');
    expect(ended.code).toBe(0);
    expect(JSON.parse(ended.said)).toMatchObject({ agent: { state: 'stopped' } });
    const back = await run(...create, '--from', 'Nova');
    expect(back.code).toBe(0);
    expect(JSON.parse(back.said)).toMatchObject({ agent: { state: 'ready', generation: 2 } });
    expect(await run('agents', 'retire', 'Nova', '--yes')).toMatchObject({ code: 0 });
  });

  test.each<[string[], number, RegExp]>([
    [['agents', 'create', '--name', 'Q', '--idle-hours', 'soon'], 2, /from 0 to 8760 is expected/],
    [['deploy'], 2, /say what to deploy/],
    [['agents', 'create', '--name', 'CFO'], 1, /"CFO" is a role/],
    [
      ['agents', 'create', '--name', 'Q', '--from', 'Nobody'],
      1,
      /No agent called "Nobody" has ended/,
    ],
    [['agents', 'status', '100%'], 1, /There is no agent called "100%"/],
    [['agents', 'status', 'a\0b'], 1, /There is no agent called "a b"/],
    [['agents', 'status', 'x'.repeat(3000)], 1, /^There is no agent called "x{64}…"\.$/m],
    [['agents', 'retire', 'Front Desk', '--yes'], 1, /is not retired: stop the company/],
  ])('%j is refused with a word on what to do', async (args, code, words) => {
    const ended = await run(...args);
    expect(ended).toMatchObject({ code, progress: expect.stringMatching(words) });
  });

  async function run(...args: string[]): Promise<{ code: number; said: string; progress: string }> {
    let said = '';
    let progress = '';
    const code = await runCli(args, {
      environment: company.environment,
      write: (text) => (said += text),
      writeError: (text) => (progress += text),
    });
    return { code, said, progress };
  }

  test('explain says where a setting comes from, and never a secret', async () => {
    const explain = async (...args: string[]): Promise<string> => {
      const ended = await run('explain', ...args);
      expect(ended).toMatchObject({ code: 0 });
      return ended.said;
    };
    expect(await explain('TASKS_CONCURRENCY', '--agent', 'CFO Maya')).toMatch(
      /^TASKS_CONCURRENCY is 8 for CFO Maya: from .*settings\.json \(agents > CFO Maya\)\. Below it: .*settings\.json 6, environment 5, default 4\./,
    );
    const all = await explain('--json', '--agent', 'CFO Maya');
    expect(JSON.parse(all)).toMatchObject({
      agent: 'CFO Maya',
      settings: expect.arrayContaining([
        expect.objectContaining({ setting: 'SERVER_PORT', plugins: ['launcher'] }),
        expect.objectContaining({ setting: 'ELIZA_SERVER_AUTH_TOKEN' }),
        expect.objectContaining({ setting: 'OPENROUTER_API_KEY' }),
      ]) as unknown,
    });
    for (const secret of [SECRET, company.token()]) expect(all).not.toContain(secret);
    expect(await explain()).toMatch(/^setting of Front Desk +value +origin$/m);
    expect((await company.get('/lifecycle/configuration', 'ann')).status).toBe(403);
    expect((await company.get('/lifecycle/configuration?setting=TASK_CONCURRENCY')).status).toBe(
      404,
    );
  });

  test('a second server on the directory is told who has it', async () => {
    const environment = await emptyEnvironment(directory);
    const second = await runProgram('start', [], environment);
    expect(second.code).toBe(1);
    expect(second.stderr).toContain(`in use by process ${String(company.process.pid)}`);
    expect(second.stderr).toContain('DATA_DIR');
  });

  test('a port in use is named, with what to do', async () => {
    const other = makeEmptyDirectory();
    const blocker = createServer();
    const environment = await emptyEnvironment(other);
    const port = Number(environment['SERVER_PORT']);
    await new Promise<void>((done) => blocker.listen(port, '127.0.0.1', done));
    const refused = await runProgram('start', [], environment);
    blocker.close();
    removeDataDirectory(other);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(new RegExp(`Port ${String(port)} .*SERVER_PORT=`));
  });

  test(
    'stops cleanly on SIGTERM and can be started again with what it knew',
    async () => {
      const token = company.token();
      expect(await company.stop()).toBe(0);
      expect(company.output()).toContain('371OS stopped');
      company = await startCompany(company.environment);
      expect(company.token()).toBe(token);
    },
    START_MS,
  );
});

describe('a launch that cannot work', () => {
  // tests/launcher/settings.test.ts has more settings.
  test.each([
    [{ SERVER_PORT: 'abc' }, /Setting SERVER_PORT: "abc" is not valid/],
    [{ CHARACTERS_DIR: '/nowhere' }, /no such folder/],
  ])('%p ends it with a sentence', async (extra, complaint) => {
    const directory = makeEmptyDirectory();
    const ended = await runProgram('start', [], await emptyEnvironment(directory, extra));
    removeDataDirectory(directory);
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(complaint);
    expect(ended.stderr.trim().split('\n')).toHaveLength(1);
  });

  test('a damaged database is named and left as it is', async () => {
    const directory = makeEmptyDirectory();
    mkdirSync(join(directory, 'pglite', 'base'), { recursive: true });
    writeFileSync(join(directory, 'pglite', 'PG_VERSION'), '17\n');
    writeFileSync(join(directory, 'pglite', 'base', 'junk'), 'not a database');
    const ended = await runProgram('start', [], await emptyEnvironment(directory));
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(/The database in .*pglite cannot be opened.*backup/);
    expect(readFileSync(join(directory, 'pglite', 'base', 'junk'), 'utf8')).toBe('not a database');
    removeDataDirectory(directory);
  });

  test.each([
    ['{"TASKS_CONCURENCY": 8}', /TASKS_CONCURENCY: .*Did you mean TASKS_CONCURRENCY\?/],
    ['{"AKASH_NETWORK": "custom"}', /Setting AKASH_RPC_URL/],
  ])('a setting file that says %s ends it with a sentence', async (text, complaint) => {
    const directory = makeEmptyDirectory();
    const path = join(directory, 'settings.json');
    writeFileSync(path, text);
    const environment = await emptyEnvironment(directory, { CONFIG_FILES: path });
    const ended = await runProgram('start', [], environment);
    removeDataDirectory(directory);
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(complaint);
    expect(ended.stderr.trim().split('\n')).toHaveLength(1);
  });

  test('a character file that is no character is named', async () => {
    const directory = makeEmptyDirectory();
    writeFileSync(join(directory, 'x.json'), '{"name": "X", "lore": []}');
    const environment = await emptyEnvironment(directory, { CHARACTERS_DIR: directory });
    const ended = await runProgram('start', [], environment);
    removeDataDirectory(directory);
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(/character file .*x\.json cannot be used/);
  });
});

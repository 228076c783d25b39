import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AnswerLostError, CompanyClient } from '@371os/client';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

const BIN = new URL('../../plugins/cli/bin/371os.js', import.meta.url).pathname;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), '371os-cli-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function start(args: readonly string[], environment: NodeJS.ProcessEnv = {}) {
  const env = { PATH: process.env['PATH'], DATA_DIR: join(folder, 'data'), ...environment };
  return spawn(process.execPath, [BIN, ...args], { cwd: folder, env, stdio: 'pipe' });
}

async function run(...args: string[]): Promise<{ code: number | null; said: string }> {
  return said(start(args));
}

async function said(
  command: ReturnType<typeof start>,
): Promise<{ code: number | null; said: string }> {
  let said = '';
  for (const stream of [command.stdout, command.stderr])
    stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const [code] = (await once(command, 'close')) as [number | null];
  return { code, said };
}

async function listening(answer: RequestListener): Promise<[Server, string]> {
  const server = createServer(answer);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return [server, `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`];
}

/** What the command says and ends with where a server gives these answers, the last of each again and again. */
async function runAt(
  answers: Record<string, readonly unknown[]>,
  ...args: string[]
): Promise<{ code: number | null; said: string }> {
  const given = new Map<string, number>();
  const [server, url] = await listening(({ method = '', url: path = '' }, response) => {
    const call = `${method} ${path}`;
    const turn = given.get(call) ?? 0;
    given.set(call, turn + 1);
    const own = answers[call] ?? [];
    response.writeHead(own.length > 0 ? 200 : 404, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify(own[Math.min(turn, own.length - 1)] ?? {}));
  });
  try {
    return await said(start(args, { COMPANY_URL: url, COMPANY_TOKEN: 'x' }));
  } finally {
    server.close();
  }
}

describe('the command 371os', () => {
  test.each([
    [['agnts', 'list'], /unknown command 'agnts'\n\(Did you mean agents\?\)/],
    [['approvals', 'approve'], /missing required argument 'id'/],
    [['agents', 'create'], /required option '--name <name>' not specified/],
    [['agents', 'logs', 'analyst', '--lines', 'all'], /A whole number from 1 to 1000/],
    [['agents'], /A command is missing/],
    [['deploy'], /say what to deploy/],
  ])('tells as JSON, and nothing else, what is misspelt in %j', async (args, message) => {
    const { code, said } = await run(...args, '--json');
    expect({ code, answer: JSON.parse(said) as unknown }).toMatchObject({
      ...{ code: 2, answer: { error: { code: 'USAGE' } } },
    });
    expect((JSON.parse(said) as { error: { message: string } }).error.message).toMatch(message);
  });

  test('tells in words, once, what is misspelt otherwise', async () => {
    const { code, said } = await run('agnts');
    expect({ code, said }).toEqual({
      ...{ code: 2, said: "error: unknown command 'agnts'\n(Did you mean agents?)\n" },
    });
  });

  const YES = 'POST /treasury/approvals/K7QP2M3A/approve';
  const PLAN = { approvalId: 'K7QP2M3A', plan: ['nginx'] };

  test.each([
    ['FAILED', 1],
    ['CANCELED', 1],
    ['COMPLETED', 0],
    ['WORKING', 0],
  ])('ends with what came of an approval: %s is %i', async (state, code) => {
    const answers = {
      [YES]: [{ text: 'Nobody had room.', state }],
      'POST /akash/deployments': [PLAN],
    };
    const approve = ['approvals', 'approve', 'K7QP2M3A'];
    expect(await runAt(answers, ...approve)).toEqual({ code, said: 'Nobody had room.\n' });
    const asJson = await runAt(answers, ...approve, '--json');
    expect(asJson.code).toBe(code);
    expect(JSON.parse(asJson.said)).toEqual({ text: 'Nobody had room.', state });
    const deployed = await runAt(answers, 'deploy', 'nginx', '--yes', '--json');
    expect(deployed.code).toBe(code);
    expect(JSON.parse(deployed.said)).toEqual({ ...PLAN, text: 'Nobody had room.', state });
  });

  test.each([
    ['ready', 0],
    ['stopped', 1],
  ])('tells how far a restart is, and waits until the agent is %s', async (end, code) => {
    const at = (state: string, progress: string): object => ({
      ...{ id: 'a-1', name: 'analyst', role: 'CMO', origin: 'created', hosting: 'akash' },
      ...{ state, generation: 2, beganWith: 1, progress },
    });
    const lifeOf = (agent: object): object => ({
      performance: {
        ...{ completed: 0, failed: 0, queued: 0, errorRatePercent: null },
        ...{ averageMs: null, p95Ms: null, costUsd: '0.00' },
      },
      ...{ agent, journal: [] },
    });
    const seeking = at('initialising', 'looking for a new place on Akash');
    const { code: ended, said } = await runAt(
      {
        'POST /lifecycle/agents/analyst/restart': [{ agent: at('draining', '') }],
        'GET /lifecycle/agents/a-1': [seeking, at(end, '')].map(lifeOf),
      },
      ...['agents', 'restart', 'analyst'],
    );
    expect(ended).toBe(code);
    expect(said).toMatch(
      new RegExp(`looking for a new place on Akash\\n(.|\\n)*analyst +CMO +${end}`),
    );
  });

  test('leaves nothing running when it is told to end', async () => {
    const asked = Promise.withResolvers<IncomingMessage>();
    const [server, url] = await listening(asked.resolve);
    const command = start(['budget'], { COMPANY_URL: url, COMPANY_TOKEN: 'x' });
    const request = await asked.promise;
    const left = once(request.socket, 'close');
    command.kill('SIGTERM');
    const [code] = (await once(command, 'close')) as [number | null];
    expect(code).toBe(143);
    await left;
    server.close();
  });

  test('says what is wrong with a .env that cannot be read', async () => {
    mkdirSync(join(folder, '.env'));
    const { code, said } = await run('budget');
    expect({ code, said }).toEqual({
      ...{ code: 1, said: expect.stringMatching(/^The file \.env .* cannot be read: .*Mend it/) },
    });
  });
});

describe('the doctor', () => {
  test('finds a setting file that npm start refuses', async () => {
    writeFileSync(join(folder, '371os.json'), '{ "TASKS_CONCURRENCY": 6, ');
    const { code, said } = await run('doctor');
    expect(code).toBe(1);
    expect(said).toMatch(/371os\.json +failed +cannot be read/);
  });

  test('looks at each network that is set, and tells of keys in no address', async () => {
    const asked: string[] = [];
    const [server, url] = await listening(({ method = '', url: path = '' }, response) => {
      asked.push(`${method} ${path}`);
      const result = method === 'POST' ? '0x1' : { node_info: { network: 'akashnet-2' } };
      response.end(JSON.stringify({ result }));
    });
    const settings = {
      ...{ AKASH_RPC_URL: `${url}/akash/`, AKASH_CHAIN_ID: 'akashnet-2' },
      ...{ REGISTRY_RPC_URL: `${url}/v2/a-secret-key`, REGISTRY_CHAIN_ID: 1 },
      IPFS_API_URL: 'http://127.0.0.1:1/a-secret-key',
    };
    writeFileSync(join(folder, '371os.json'), JSON.stringify(settings));
    const { said } = await run('doctor');
    server.close();
    expect(asked.sort()).toEqual(['GET /akash/status', 'POST /v2/a-secret-key']);
    expect(said).toMatch(/Akash +ok +a node of akashnet-2 answers at http:\/\/127\.0\.0\.1/);
    expect(said).toMatch(/registry +ok +a node of 1 answers at http:\/\/127\.0\.0\.1/);
    expect(said).toMatch(/IPFS +failed +no IPFS node answers at http:\/\/127\.0\.0\.1:1/);
    expect(said).toContain('Correct IPFS_API_URL');
    expect(said).not.toContain('a-secret-key');
  });

  test('asks the platforms for each bot, and shows no token', async () => {
    const [server, url] = await listening(({ url: path = '', headers }, response) => {
      if (path === '/api/v10/users/@me' && headers.authorization === 'Bot a-secret-token')
        response.end(JSON.stringify({ username: 'desk' }));
      else if (path === '/api/v10/applications/@me') response.end('not what is asked for');
      else response.writeHead(401).end();
    });
    const settings = {
      ...{ DISCORD_API_ROOT: `${url}/api`, DISCORD_API_TOKEN: 'a-secret-token' },
      ...{ DISCORD_API_TOKEN_CFO_MAYA: 'a-secret-other', TELEGRAM_API_ROOT: url },
      TELEGRAM_BOT_TOKEN: 'a-secret-third',
    };
    writeFileSync(join(folder, '371os.json'), JSON.stringify(settings));
    const { said } = await run('doctor');
    server.close();
    expect(said).toMatch(/DISCORD_API_TOKEN +ok +Discord knows it as @desk; .* does not say/);
    expect(said).toMatch(/TOKEN_CFO_MAYA +failed +Discord does not know this token/);
    expect(said).toMatch(/TELEGRAM_BOT_TOKEN +failed +Telegram does not know this token/);
    expect(said).not.toContain('a-secret');
  });

  test('looks where the setting file says, before the environment', async () => {
    const settings = { POSTGRES_URL: 'postgres://nobody@127.0.0.1:1/none' };
    writeFileSync(join(folder, '371os.json'), JSON.stringify(settings));
    expect((await run('doctor')).said).toMatch(
      /database +failed +nothing listens at 127\.0\.0\.1:1/,
    );
  });
});

test('a connection that is cut off in the middle is not taken for a server that is not there', async () => {
  const [server, url] = await listening((request) => request.socket.destroy());
  await expect(new CompanyClient({ url, token: 'x' }).budget()).rejects.toThrow(AnswerLostError);
  server.close();
});

import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { eventually } from '../support/eventually.ts';
import { withSettings } from '../../plugins/cli/src/init/env-file.ts';

const BIN = new URL('../../plugins/cli/bin/371os.js', import.meta.url).pathname;
const SECRET = 'sk-very-secret-371';

let folder: string;
let servers: Server[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), '371os-init-'));
  servers = [];
});
afterEach(() => {
  for (const server of servers) server.close().closeAllConnections();
  rmSync(folder, { recursive: true });
});

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly error: string;
}

function start(args: readonly string[], environment: NodeJS.ProcessEnv = {}) {
  // Nobody's model server on this machine is asked.
  const local = {
    OLLAMA_API_ENDPOINT: 'http://127.0.0.1:1',
    LOCALAI_BASE_URL: 'http://127.0.0.1:1',
  };
  const env = { PATH: process.env['PATH'], ...local, ...environment };
  return spawn(process.execPath, [BIN, ...args], { cwd: folder, env, stdio: 'pipe' });
}

async function ended(command: ReturnType<typeof start>): Promise<Ended> {
  let out = '';
  let error = '';
  command.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  command.stderr.on('data', (chunk: Buffer) => (error += chunk.toString()));
  const [code] = (await once(command, 'close')) as [number | null];
  return { code, out, error };
}

/** Runs init with answers on standard input. */
async function init(answers: object | string, ...args: string[]): Promise<Ended> {
  const command = start(['init', '--answers', '-', ...args]);
  command.stdin.end(typeof answers === 'string' ? answers : JSON.stringify(answers));
  const end = await ended(command);
  expect(end.out + end.error).not.toContain(SECRET);
  return end;
}

async function serve(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

const file = (): string => join(folder, '.env');
const written = (): NodeJS.Dict<string> => parseEnv(readFileSync(file(), 'utf8'));
const modeOf = (path: string): number => statSync(path).mode & 0o777;

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}

/** Providers, networks and platforms as they answer to good and bad keys. */
function outside(): Promise<string> {
  return serve((request, response) => {
    const { url = '', headers } = request;
    const bearer = headers.authorization === `Bearer ${SECRET}`;
    if (url === '/openai/models' || url === '/openrouter/key')
      sendJson(response, bearer ? 200 : 401, {});
    else if (url === '/openrouter/models') sendJson(response, 200, { data: [] });
    else if (url === '/anthropic/models')
      sendJson(response, headers['x-api-key'] === SECRET ? 200 : 401, {});
    else if (url === `/telegram/bot${encodeURIComponent(`1:${SECRET}`)}/getMe`)
      sendJson(response, 200, { ok: true, result: { username: 'maya_bot' } });
    else if (url.startsWith('/telegram/')) sendJson(response, 401, { ok: false });
    else if (url.startsWith('/discord/v10/')) {
      const known = `Bot ${SECRET}.`;
      const isKnown = headers.authorization?.startsWith(known) === true;
      const flags = headers.authorization === `${known}reads-all` ? 1 << 19 : 1 << 23;
      const answers: Record<string, object> = {
        '/discord/v10/users/@me': { id: '1', username: 'maya' },
        '/discord/v10/applications/@me': { id: '1', flags },
      };
      if (headers['user-agent']?.startsWith('DiscordBot (') !== true) sendJson(response, 403, {});
      else if (isKnown) sendJson(response, 200, answers[url]);
      else sendJson(response, 401, { message: '401: Unauthorized', code: 0 });
    } else if (url === '/akash/status')
      sendJson(response, 200, { result: { node_info: { network: 'devnet-1' } } });
    else if (url === '/evm') sendJson(response, 200, { jsonrpc: '2.0', id: 1, result: '0x7a69' });
    else if (url === '/api/v0/version') sendJson(response, 200, { Version: '0.40' });
    else if (url === '/ollama/api/tags')
      sendJson(response, 200, { models: [{ name: 'tiny:1b' }, { name: 'far', remote_host: 'x' }] });
    else if (url === '/localai/models') sendJson(response, 200, { data: [{ id: 'phi' }] });
    else sendJson(response, 404, {});
  });
}

describe('init with answers', () => {
  test('tries each, and writes them into a file for its owner alone', async () => {
    const url = await outside();
    const answers = {
      OPENAI_API_KEY: SECRET,
      OPENAI_BASE_URL: `${url}/openai/`,
      ANTHROPIC_API_KEY: SECRET,
      ANTHROPIC_BASE_URL: `${url}/anthropic`,
      OPENROUTER_API_KEY: SECRET,
      OPENROUTER_BASE_URL: `${url}/openrouter`,
      OLLAMA_API_ENDPOINT: `${url}/ollama`,
      LOCALAI_BASE_URL: `${url}/localai`,
      AKASH_NETWORK: 'custom',
      AKASH_RPC_URL: `${url}/akash`,
      AKASH_CHAIN_ID: 'devnet-1',
      REGISTRY_RPC_URL: `${url}/evm`,
      REGISTRY_CHAIN_ID: 31337,
      IPFS_API_URL: url,
      TELEGRAM_BOT_TOKEN_CFO_MAYA: `1:${SECRET}`,
      DISCORD_API_TOKEN_CFO_MAYA: `${SECRET}.reads-some`,
      POSTGRES_URL: `postgres://me:${SECRET}@127.0.0.1:${new URL(url).port}/company`,
      IPFS_API_KEY: '',
      IPFS_API_SECRET: null,
    };
    // Where the platform is is no answer, but set.
    const roots = `TELEGRAM_API_ROOT=${url}/telegram\nDISCORD_API_ROOT=${url}/discord/\n`;
    writeFileSync(file(), roots);
    const { code, out } = await init(answers, '--json');
    const said = JSON.parse(out) as { checks: { name: string; state: string; found: string }[] };
    expect(said.checks.filter(({ state }) => state !== 'ok')).toEqual([]);
    expect(said.checks.map(({ name }) => name)).toEqual([
      ...['OpenAI', 'Anthropic', 'OpenRouter', 'Ollama', 'LocalAI', 'Akash', 'registry', 'IPFS'],
      ...['database', 'TELEGRAM_BOT_TOKEN_CFO_MAYA', 'DISCORD_API_TOKEN_CFO_MAYA'],
    ]);
    expect(said.checks.find(({ name }) => name === 'Ollama')?.found).toBe('has tiny:1b');
    expect(code).toBe(0);
    const { IPFS_API_KEY, IPFS_API_SECRET, ...rest } = answers;
    expect(written()).toEqual({
      ...parseEnv(roots),
      ...{ ...rest, REGISTRY_CHAIN_ID: '31337' },
    });
    expect([IPFS_API_KEY, IPFS_API_SECRET]).toEqual(['', null]);
    expect(modeOf(file())).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['.env']);
  });

  test('writes nothing when one fails its test, unless it is forced to', async () => {
    const url = await outside();
    const answers = {
      OPENAI_API_KEY: 'sk-wrong',
      OPENAI_BASE_URL: `${url}/openai`,
      OPENROUTER_API_KEY: 'sk-wrong',
      OPENROUTER_BASE_URL: `${url}/openrouter`,
      AKASH_RPC_URL: `${url}/akash`,
      AKASH_CHAIN_ID: 'akashnet-2',
    };
    const { code, out } = await init(answers);
    expect(code).toBe(1);
    expect(out).toMatch(/OpenAI +failed +\S+ refuses the key/);
    expect(out).toMatch(/OpenRouter +failed +\S+ refuses the key/);
    expect(out).toMatch(/Akash +failed +the node at \S+ is of devnet-1, and akashnet-2 is set/);
    expect(out).toMatch(/Nothing was written/);
    expect(out).not.toContain('sk-wrong');
    expect(existsSync(file())).toBe(false);

    expect((await init(answers, '--force')).code).toBe(0);
    expect(written()).toEqual(answers);
  });

  test('knows a bot token that is wrong or used twice, and a platform that does not answer', async () => {
    const url = await outside();
    const mimi = `TELEGRAM_BOT_TOKEN_CEO_MIMI=1:${SECRET}\n`;
    writeFileSync(file(), `TELEGRAM_API_ROOT=${url}/telegram\n${mimi}`);
    const { code, out } = await init({
      TELEGRAM_BOT_TOKEN_CFO_MAYA: `1:${SECRET}`,
      TELEGRAM_BOT_TOKEN_CRO_REX: '2:wrong',
    });
    expect(code).toBe(1);
    expect(out).toMatch(/CFO_MAYA +failed +TELEGRAM_BOT_TOKEN_CEO_MIMI is the same token/);
    expect(out).toMatch(/TELEGRAM_BOT_TOKEN_CRO_REX +failed +Telegram does not know this token/);
    writeFileSync(file(), 'TELEGRAM_API_ROOT=http://127.0.0.1:1\n');
    expect((await init({ TELEGRAM_BOT_TOKEN_CRO_REX: '2:other' })).out).toMatch(
      /TELEGRAM_BOT_TOKEN_CRO_REX +failed +http:\/\/127\.0\.0\.1:1 does not answer/,
    );
  });

  test('knows what a bot of Discord may read, and a token that is none', async () => {
    const url = await outside();
    writeFileSync(file(), `DISCORD_API_ROOT=${url}/discord\n`);
    const good = await init({
      DISCORD_API_TOKEN_CEO_MIMI: `${SECRET}.reads-all`,
      DISCORD_API_TOKEN_CRO_REX: `${SECRET}.reads-some`,
    });
    expect(good.code).toBe(0);
    expect(good.out).toMatch(/CEO_MIMI +ok +Discord knows it as @maya; its .* is on and/);
    expect(good.out).toMatch(/CRO_REX +ok +Discord knows it as @maya; .* reads what names it/);
    writeFileSync(file(), `DISCORD_API_ROOT=${url}/discord\n`);
    const bad = await init({
      DISCORD_API_TOKEN_CRO_REX: `${SECRET}-wrong`,
      DISCORD_API_TOKEN_CFO_MAYA: `токен-${SECRET}`,
    });
    expect(bad.code).toBe(1);
    expect(bad.out).toMatch(/CRO_REX +failed +Discord does not know this token/);
    expect(bad.out).toMatch(/CFO_MAYA +failed +Discord does not know this token/);
    expect(bad.out).toMatch(/CRO_REX: https:\/\/discord\.com\/developers\/applications makes an/);
    writeFileSync(file(), 'DISCORD_API_ROOT=http://127.0.0.1:1\n');
    expect((await init({ DISCORD_API_TOKEN_CRO_REX: 'x' })).out).toMatch(
      /DISCORD_API_TOKEN_CRO_REX +failed +http:\/\/127\.0\.0\.1:1 does not answer/,
    );
  });

  test('leaves what it does not set as it was, comments too', async () => {
    const before = [
      '# Our company',
      'export SERVER_PORT=4000 # not the usual one',
      `OPENAI_API_KEY="old`,
      'over two lines" # of the team',
      '',
      "NOTE='OPENAI_API_KEY=not a setting",
      "ANTHROPIC_API_KEY=neither'",
      'OPENAI_API_KEY=again',
      'LAST=1',
    ].join('\n');
    writeFileSync(file(), before);
    chmodSync(file(), 0o644);
    const url = await outside();
    const answers = { OPENAI_API_KEY: SECRET, OPENAI_BASE_URL: `${url}/openai` };
    const { code, out } = await init(answers);
    expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining('Written into .env') });
    expect(out).not.toContain('goes before');
    expect(readFileSync(file(), 'utf8')).toBe(
      [
        '# Our company',
        'export SERVER_PORT=4000 # not the usual one',
        `OPENAI_API_KEY=${SECRET} # of the team`,
        '',
        "NOTE='OPENAI_API_KEY=not a setting",
        "ANTHROPIC_API_KEY=neither'",
        '',
        'LAST=1',
        `OPENAI_BASE_URL=${answers.OPENAI_BASE_URL}`,
        '',
      ].join('\n'),
    );
    expect(modeOf(file())).toBe(0o600);
  });

  test('says when something else goes before what it wrote', async () => {
    const url = await outside();
    writeFileSync(join(folder, '371os.json'), JSON.stringify({ IPFS_API_URL: url }));
    const { out } = await init({ IPFS_API_URL: url, OLLAMA_API_ENDPOINT: `${url}/ollama` });
    expect(out).toMatch(/IPFS_API_URL is set in a setting file, too, which goes before \.env/);
    expect(out).toMatch(/OLLAMA_API_ENDPOINT is set in the environment, too/);
  });

  test.each([
    ['what is not JSON', `{"OPENAI_API_KEY": "${SECRET}`, /they are not JSON/],
    ['what is no object', `["${SECRET}"]`, /a JSON object of settings is expected/],
    ['a name that is none', { OPENAI_KEY: SECRET }, /init sets nothing called OPENAI_KEY/],
    ['a raw key', { AKASH_KEY: SECRET }, /AKASH_KEY is a raw key: .*keystore.*AKASH_KEYSTORE/],
    ['a key of two lines', { OPENAI_API_KEY: `${SECRET}\nX=1` }, /OPENAI_API_KEY: one line/],
    ['no address', { POSTGRES_URL: SECRET }, /POSTGRES_URL: an address like postgres:/],
    ['an unknown network', { AKASH_NETWORK: SECRET }, /AKASH_NETWORK: /],
  ])('refuses %s, and shows nothing of it', async (_, answers, problem) => {
    const { code, error } = await init(answers);
    expect({ code, error }).toEqual({ code: 1, error: expect.stringMatching(problem) });
    expect(existsSync(file())).toBe(false);
    const { out } = await init(answers, '--json');
    expect(JSON.parse(out)).toMatchObject({ error: { code: 'ANSWERS' } });
  });

  test('leads to keystores, which only their owner may read', async () => {
    const keystore = join(folder, 'akash.json');
    const answers = { AKASH_KEYSTORE: keystore, AKASH_KEYSTORE_PASSWORD: SECRET };
    expect((await init(answers)).out).toMatch(
      /Make one with "npm run -s keystore -- \S+akash\.json"/,
    );
    writeFileSync(keystore, JSON.stringify({ version: 3, Crypto: {} }), { mode: 0o644 });
    expect((await init(answers)).out).toMatch(/others can read it/);
    chmodSync(keystore, 0o600);
    expect((await init({ AKASH_KEYSTORE: keystore })).out).toMatch(/password of \S+ is not set/);
    expect((await init(answers)).code).toBe(0);
  });

  test('refuses to wait for answers where there is no terminal', async () => {
    const { code, error } = await ended(start(['init']));
    expect({ code, error }).toEqual({
      ...{ code: 1, error: expect.stringMatching(/^There is nobody to ask: .*--answers/) },
    });
  });

  test('says that .env cannot be written, and leaves it as it was', async () => {
    mkdirSync(join(folder, 'real'));
    const url = await outside();
    const command = start(['init', '--answers', 'missing.json']);
    expect((await ended(command)).error).toMatch(/missing\.json cannot be read \(ENOENT\)/);
    // Every quote that there is: no line of a file can hold it.
    const { code, error } = await init(
      { IPFS_API_URL: url, IPFS_API_KEY: `a'b"c\`d e` },
      '--force',
    );
    expect({ code, error }).toEqual({
      ...{ code: 1, error: expect.stringMatching(/Nothing was written into it/) },
    });
    expect(existsSync(file())).toBe(false);
  });
});

test('what is set is read as it was meant, and nothing else changes, whatever the file holds', () => {
  const name = fc.constantFrom('A', 'B_KEY', 'C', 'OTHER');
  const value = fc.string({ unit: fc.constantFrom(...`ab'"\`#= \\$`.split('')), maxLength: 6 });
  const text = fc.array(
    fc.oneof(
      fc.tuple(name, value).map(([left, right]) => `${left}=${right}`),
      value.map((comment) => `# ${comment}`),
      value,
    ),
    { maxLength: 6 },
  );
  let changed = 0;
  fc.assert(
    fc.property(
      text,
      fc.dictionary(
        name,
        value.map((word) => `x${word.trim()}`),
      ),
      (lines, settings) => {
        const before = lines.join('\n');
        const after = withSettings(before, settings);
        if (after === undefined) return;
        changed += 1;
        expect({ ...parseEnv(after) }).toEqual({ ...parseEnv(before), ...settings });
      },
    ),
    { numRuns: 500 },
  );
  expect(changed).toBeGreaterThan(100);
});

describe('a model file', () => {
  const bytes = Buffer.concat([Buffer.from('GGUF'), randomBytes(300_000)]);
  const sha256 = createHash('sha256').update(bytes).digest('hex');

  function catalogue(url: string, change: object = {}): string {
    const path = join(folder, 'models.json');
    const entry = { title: 'Tiny', file: 'tiny.gguf', url, sizeBytes: bytes.length, sha256 };
    const model = { ...entry, licence: 'MIT', ...change };
    writeFileSync(path, JSON.stringify({ models: { tiny: model } }));
    return path;
  }

  const target = (): string => join(folder, '.371os', 'models', 'tiny.gguf');
  const get = (models: string, ...args: string[]): Promise<Ended> =>
    ended(start(['init', '--gguf', 'tiny', '--models', models, ...args]));

  /** Gives `pieceBytes` at a time and then breaks off; a Range is honoured. */
  function breaking(pieceBytes: number, ranges: (string | undefined)[]): Promise<string> {
    return serve((request, response) => {
      const { range } = request.headers;
      ranges.push(range);
      const from = Number(range?.match(/^bytes=(\d+)-$/)?.[1] ?? 0);
      const status = range ? 206 : 200;
      response.writeHead(status, {
        'Content-Length': bytes.length - from,
        ...(range ? { 'Content-Range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` } : {}),
      });
      const end = Math.min(from + pieceBytes, bytes.length);
      response.write(bytes.subarray(from, end), () => {
        if (end === bytes.length) response.end();
        else response.destroy();
      });
    });
  }

  test('is had in pieces when the connection breaks, with progress, and set', async () => {
    const ranges: (string | undefined)[] = [];
    const models = catalogue(await breaking(120_000, ranges));
    const { code, out, error } = await get(models, '--json');
    expect(JSON.parse(out)).toMatchObject({
      written: ['GGUF_MODEL_PATH'],
      model: { name: 'tiny', path: '.371os/models/tiny.gguf' },
      install: 'npm install --no-save node-llama-cpp@3.22.1',
    });
    expect({ code, error }).toEqual({ code: 0, error: expect.stringMatching(/tiny: 100 %/) });
    expect(readFileSync(target()).equals(bytes)).toBe(true);
    // What is broken off at once may not have arrived at all.
    expect(ranges[0]).toBeUndefined();
    expect(ranges.at(-1)).toMatch(/^bytes=[1-9]\d*-$/);
    expect(written()).toEqual({ GGUF_MODEL_PATH: '.371os/models/tiny.gguf' });
    expect(readdirSync(join(folder, '.371os', 'models'))).toEqual(['tiny.gguf']);
    expect(modeOf(join(folder, '.371os'))).toBe(0o700);
  });

  test('is gone on with after the command was ended in the middle', async () => {
    const half = bytes.subarray(0, 150_000);
    const silent = await serve((_, response) => {
      response.writeHead(200, { 'Content-Length': bytes.length });
      response.write(half);
    });
    const command = start(['init', '--gguf', 'tiny', '--models', catalogue(silent)]);
    await eventually(async () => {
      expect(statSync(`${target()}.${sha256.slice(0, 8)}.part`).size).toBeGreaterThan(0);
    });
    command.kill('SIGTERM');
    await once(command, 'close');
    expect(existsSync(target())).toBe(false);
    expect(existsSync(file())).toBe(false);

    const ranges: (string | undefined)[] = [];
    expect((await get(catalogue(await breaking(bytes.length, ranges)))).code).toBe(0);
    expect(ranges).toEqual([expect.stringMatching(/^bytes=[1-9]\d*-$/)]);
    expect(readFileSync(target()).equals(bytes)).toBe(true);
  });

  test.each([
    ['of another SHA-256', { sha256: 'a'.repeat(64) }],
    ['that is longer', { sizeBytes: bytes.length - 1 }],
  ])('%s is deleted, and that is said', async (_, change) => {
    const models = catalogue(await breaking(bytes.length, []), change);
    const { code, error } = await get(models);
    expect({ code, error }).toEqual({
      ...{
        code: 1,
        error: expect.stringMatching(/has not the size and SHA-256 .*, and was deleted/),
      },
    });
    expect(readdirSync(join(folder, '.371os', 'models'))).toEqual([]);
    expect(existsSync(file())).toBe(false);
  });

  test('that is there already is not had again', async () => {
    const ranges: (string | undefined)[] = [];
    const models = catalogue(await breaking(bytes.length, ranges));
    await get(models);
    expect((await get(models)).code).toBe(0);
    expect(ranges).toHaveLength(1);
  });

  test('that nobody has, or that no catalogue names, is told', async () => {
    const url = await outside();
    const { code, error } = await get(catalogue(`${url}/none.gguf`));
    expect(code).toBe(1);
    expect(error).toMatch(/tiny could not be had from 127\.0\.0\.1:\d+: .* HTTP 404/);
    const other = await ended(start(['init', '--gguf', 'huge']));
    expect(other.error).toMatch(/No model file is called "huge"\. There are smollm2-135m-instruct/);
    const damaged = catalogue(url, { sha256: 'short' });
    expect((await get(damaged)).error).toMatch(/models\.tiny\.sha256: 64 small hexadecimal digits/);
  });
});

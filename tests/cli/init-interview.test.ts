import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { parseEnv, stripVTControlCharacters } from 'node:util';
import { runCli } from '@371os/cli';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.ts';

const GOOD = 'sk-good-371';
const MODEL = Buffer.from('GGUF and no more');
const ENTER = '\r';
const SPACE = ' ';
const DOWN = '\x1b[B';
const CTRL_C = '\x03';
// Less than a test may take, so that what was awaited is told.
const WAIT_MS = 8_000;

let folder: string;
let before: string;
let server: Server;
let url: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), '371os-interview-'));
  before = process.cwd();
  process.chdir(folder);
  server = createServer(({ headers, url: path }, response) => {
    if (path === '/tiny.gguf') return void response.end(MODEL);
    if (path === '/api/tags')
      return void response.end(JSON.stringify({ models: [{ name: 'llama3.2:1b' }] }));
    const isGood =
      headers.authorization === `Bearer ${GOOD}` ||
      headers.authorization === `Bot ${GOOD}` ||
      path === `/bot${encodeURIComponent(GOOD)}/getMe`;
    const body = { ok: true, result: { username: 'rex_bot' }, username: 'rex', flags: 0 };
    response.writeHead(isGood ? 200 : 401).end(JSON.stringify(body));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
});
afterEach(() => {
  process.chdir(before);
  server.close();
  rmSync(folder, { recursive: true });
});

/** Somebody at a keyboard, who types once a question is there. */
class Person {
  readonly input = new PassThrough();
  readonly output = new PassThrough();
  seen = '';
  #read = 0;

  constructor() {
    // A prompt that ends does not end a terminal.
    this.output.end = () => this.output;
    this.output.on('data', (chunk: Buffer) => (this.seen += chunk.toString()));
  }

  /** @param question what has to stand there first, since the last one */
  async answer(question: RegExp, ...keys: string[]): Promise<void> {
    await eventually(async () => {
      expect(stripVTControlCharacters(this.seen.slice(this.#read))).toMatch(question);
    }, WAIT_MS);
    this.#read = this.seen.length;
    for (const key of keys) {
      const shown = this.seen.length;
      this.input.write(key);
      // A list is drawn anew for each key.
      await eventually(async () => {
        expect(this.seen.length).toBeGreaterThan(shown);
      }, WAIT_MS);
    }
  }
}

function init(
  person: Person,
  args: readonly string[] = [],
  ollama = 'http://127.0.0.1:1',
): { code: Promise<number>; said: () => string } {
  let said = '';
  const code = runCli(['init', ...args], {
    environment: {
      ...{ OPENAI_BASE_URL: url, TELEGRAM_API_ROOT: url, DISCORD_API_ROOT: url },
      ...{ OLLAMA_API_ENDPOINT: ollama, LOCALAI_BASE_URL: 'http://127.0.0.1:1' },
    },
    write: (text) => (said += text),
    writeError: (text) => (said += text),
    person,
  });
  return { code, said: () => said };
}

const file = (): string => join(folder, '.env');

describe('init in a terminal', () => {
  test('tries a key, has it entered again when it is refused, and never shows it', async () => {
    writeFileSync(file(), '# ours\nSERVER_PORT=4000\n');
    const person = new Person();
    const { code, said } = init(person);
    await person.answer(/What shall be set up\?/, SPACE, ENTER);
    await person.answer(/Key of OpenAI/, 'sk-bad-371', ENTER);
    await person.answer(/Address, if/, ENTER);
    await person.answer(/refuses the key[^]*What now\?/, ENTER);
    await person.answer(/Key of OpenAI/, GOOD, ENTER);
    await person.answer(/Address, if/, ENTER);
    await person.answer(/takes the key[^]*A model on this machine/, ENTER);
    expect(await code).toBe(0);
    expect(readFileSync(file(), 'utf8')).toBe(`# ours\nSERVER_PORT=4000\nOPENAI_API_KEY=${GOOD}\n`);
    expect(said()).toMatch(/Written into \.env, which only you can read: OPENAI_API_KEY\./);
    expect(person.seen + said()).not.toMatch(/sk-/);
  });

  test('gives a bot to the agent that is chosen', async () => {
    mkdirSync('characters');
    for (const name of ['CFO Maya', 'CRO Rex'])
      writeFileSync(join('characters', `${name}.json`), JSON.stringify({ name }));
    const person = new Person();
    const { code } = init(person);
    await person.answer(/What shall be set up\?/, DOWN, DOWN, DOWN, DOWN, DOWN, SPACE, ENTER);
    await person.answer(/Telegram: bots of agents: of whom\?/, DOWN, SPACE, ENTER);
    await person.answer(/Token of the bot of CRO Rex/, GOOD, ENTER);
    await person.answer(/@rex_bot[^]*A model on this machine/, ENTER);
    expect(await code).toBe(0);
    expect(parseEnv(readFileSync(file(), 'utf8'))).toEqual({ TELEGRAM_BOT_TOKEN_CRO_REX: GOOD });
  });

  test('tries the bot of Discord that it is given, and never shows its token', async () => {
    mkdirSync('characters');
    writeFileSync(join('characters', 'rex.json'), JSON.stringify({ name: 'CRO Rex' }));
    const person = new Person();
    const { code, said } = init(person);
    const downs = Array.from({ length: 6 }, () => DOWN);
    await person.answer(/What shall be set up\?/, ...downs, SPACE, ENTER);
    await person.answer(/developers\/applications[^]*Token of the bot of CRO Rex/, 'sk-bad', ENTER);
    await person.answer(/Discord does not know this token[^]*What now\?/, ENTER);
    await person.answer(/Token of the bot of CRO Rex/, GOOD, ENTER);
    await person.answer(/@rex[^]*A model on this machine/, ENTER);
    expect(await code).toBe(0);
    expect(parseEnv(readFileSync(file(), 'utf8'))).toEqual({ DISCORD_API_TOKEN_CRO_REX: GOOD });
    expect(person.seen + said()).not.toMatch(/sk-/);
  });

  test('writes nothing when it is interrupted', async () => {
    const person = new Person();
    const { code, said } = init(person);
    await person.answer(/What shall be set up\?/, SPACE, ENTER);
    await person.answer(/Key of OpenAI/, GOOD, ENTER);
    await person.answer(/Address, if/, CTRL_C);
    expect(await code).toBe(130);
    expect(said()).toBe('Interrupted. Nothing was written.\n');
    expect(existsSync(file())).toBe(false);
  });

  test('sets nothing for somebody who skips everything', async () => {
    const person = new Person();
    const { code, said } = init(person);
    await person.answer(/What shall be set up\?/, ENTER);
    await person.answer(/A model on this machine[^]*SmolLM2 135M/, ENTER);
    expect(await code).toBe(0);
    expect(said()).toMatch(/^Nothing was set\./);
    expect(existsSync(file())).toBe(false);
  });

  test('offers what Ollama has, which needs nothing to be set', async () => {
    const person = new Person();
    const { code, said } = init(person, [], url);
    await person.answer(/What shall be set up\?/, ENTER);
    await person.answer(/what Ollama has: llama3\.2:1b \(it is used by itself\)/, ENTER);
    expect(await code).toBe(0);
    expect(said()).toMatch(/^Nothing was set\./);
  });

  test('gets the model file that is chosen', async () => {
    const entry = { title: 'Our own', file: 'tiny.gguf', url: `${url}/tiny.gguf`, licence: 'MIT' };
    const sha256 = createHash('sha256').update(MODEL).digest('hex');
    const tiny = { ...entry, sizeBytes: MODEL.length, sha256 };
    writeFileSync('models.json', JSON.stringify({ models: { tiny } }));
    const person = new Person();
    const { code, said } = init(person, ['--models', 'models.json']);
    await person.answer(/What shall be set up\?/, ENTER);
    await person.answer(/get Our own/, DOWN, DOWN, DOWN, DOWN, ENTER);
    expect(await code).toBe(0);
    expect(said()).toMatch(/tiny: 100 %[^]*tiny is in \.371os\/models\/tiny\.gguf\./);
    expect(said()).toMatch(
      /needs the package node-llama-cpp: npm install --no-save node-llama-cpp@/,
    );
    expect(readFileSync('.371os/models/tiny.gguf').equals(MODEL)).toBe(true);
  });
});

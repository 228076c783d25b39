import { afterAll } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROGRAM_VERSION } from '../../scripts/launcher/upgrade/program-version.ts';
import { markWriter } from '../../scripts/launcher/upgrade/version-file.ts';
import { copyEmptyDatabase } from './fresh-database.ts';

const READY_MS = 90_000;
const POLL_MS = 50;
const ROOT = new URL('../../', import.meta.url).pathname;

/** What `--json` and the REST route answer. */
export interface ChatAnswer {
  readonly text: string;
  readonly tasks: readonly {
    readonly id: string;
    readonly agent: string;
    readonly text: string;
    readonly state: string;
    readonly answer: string;
    readonly model: string;
    readonly costUsd: number;
    readonly dependsOn: readonly string[];
  }[];
  readonly costUsd: number;
  readonly decisions: readonly Record<string, unknown>[];
  readonly error?: { readonly code: string; readonly message: string };
}

/** `npm start` as a process of its own, on a free port and a data directory in /tmp. */
export interface CompanyProcess {
  readonly url: string;
  readonly directory: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly process: ChildProcess;
  output(): string;
  token(): string;
  ask(text: string, options?: { as?: string; room?: string; agent?: string }): Promise<ChatAnswer>;
  get(path: string, as?: string): Promise<{ status: number; body: unknown }>;
  post(path: string, body: unknown, as?: string): Promise<{ status: number; body: unknown }>;
  /** Stops it as Ctrl-C does, and returns its exit code. */
  stop(): Promise<number | null>;
}

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A data directory of a company that has yet to begin: its database is there, and empty. */
export function makeDataDirectory(within = tmpdir()): string {
  const directory = makeEmptyDirectory(within);
  copyEmptyDatabase(join(directory, 'pglite'));
  markWriter(directory, PROGRAM_VERSION);
  return directory;
}

/** One that nobody has used, for what a first start does, or does not come to do. */
export function makeEmptyDirectory(within = tmpdir()): string {
  return mkdtempSync(join(within, '371os-company-'));
}

export function removeDataDirectory(path: string): void {
  rmSync(path, { recursive: true, force: true });
}

/** The environment of a machine with nothing configured, with a company of its own. */
export async function emptyEnvironment(
  directory: string,
  extra: Record<string, string> = {},
): Promise<NodeJS.ProcessEnv> {
  return {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    DATA_DIR: directory,
    SERVER_PORT: String(await freePort()),
    LOCAL_MODEL_DISCOVERY: 'false',
    DEVNET: 'off',
    ...extra,
  };
}

/** Runs one of the programs in `scripts/` to its end. */
export async function runProgram(
  program: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
  input = '',
): Promise<Finished> {
  const child = spawnProgram(program, args, environment);
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  child.stdin?.end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout: stdout(), stderr: stderr() };
}

/** A worker of a company as a process of its own. */
export interface WorkerProcess {
  readonly process: ChildProcess;
  /** Its data directory. */
  readonly directory: string;
  output(): string;
}

/** Starts a worker and waits for its ready line. */
export async function startWorker(
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<WorkerProcess> {
  const child = spawnProgram('worker', args, environment);
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  const output = (): string => stdout() + stderr();
  await readyLine(child, output);
  return { process: child, directory: environment['DATA_DIR'] ?? '', output };
}

/**
 * Starts a company, or an agent alone, and waits for its ready line.
 * @param within what its command begins with, such as that of a network namespace
 */
export async function startCompany(
  environment: NodeJS.ProcessEnv,
  program: 'start' | 'agent' = 'start',
  args: readonly string[] = [],
  within: readonly string[] = [],
): Promise<CompanyProcess> {
  const child = spawnProgram(program, args, environment, within);
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  const output = (): string => stdout() + stderr();
  await readyLine(child, output);
  const url = `http://127.0.0.1:${environment['SERVER_PORT'] ?? ''}`;
  const directory = environment['DATA_DIR'] ?? '';
  const token = (): string =>
    environment['AGENT_TOKEN'] ?? readFileSync(join(directory, 'owner-token'), 'utf8').trim();
  const call = async (
    method: string,
    path: string,
    as: string,
    body?: unknown,
  ): Promise<{ status: number; body: unknown }> => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        Authorization: `Bearer ${token()}`,
        'X-Act-As': as,
        'Content-Type': 'application/json',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: parse(text) };
  };
  return {
    url,
    directory,
    environment,
    process: child,
    output,
    token,
    ask: async (text, { as = 'owner', room = 'main', agent } = {}) => {
      const answer = await call('POST', '/router/messages', as, {
        text,
        room,
        ...(agent ? { agent } : {}),
      });
      return answer.body as ChatAnswer;
    },
    get: (path, as = 'owner') => call('GET', path, as),
    post: (path, body, as = 'owner') => call('POST', path, as, body),
    stop: async () => {
      if (child.exitCode !== null) return child.exitCode;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      const [code] = (await ended) as [number | null];
      return code;
    },
  };
}

/** A port of 127.0.0.1 that nobody uses now. */
export async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((done) => probe.listen(0, '127.0.0.1', done));
  const { port } = probe.address() as AddressInfo;
  await new Promise((done) => probe.close(done));
  return port;
}

// A test that fails must not leave a company running.
const running = new Set<ChildProcess>();
afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
});

function spawnProgram(
  program: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
  within: readonly string[] = [],
): ChildProcess {
  const node = [process.execPath, '--conditions=@371os/source', 'scripts/main.js'];
  const [command = '', ...rest] = [...within, ...node, program, ...args];
  const child = spawn(command, rest, {
    ...{ cwd: ROOT, env: environment, stdio: ['pipe', 'pipe', 'pipe'] },
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

async function readyLine(child: ChildProcess, output: () => string): Promise<void> {
  const begin = Date.now();
  while (!/^371OS (agent |worker )?ready/m.test(output())) {
    if (child.exitCode !== null || Date.now() - begin > READY_MS) {
      child.kill('SIGKILL');
      throw new Error(`the company did not start:\n${output()}`);
    }
    await new Promise((done) => setTimeout(done, POLL_MS));
  }
}

function collect(stream: NodeJS.ReadableStream | null): () => string {
  let text = '';
  stream?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return () => text;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

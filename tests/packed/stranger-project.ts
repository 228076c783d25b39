import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
const FIXTURE = fileURLToPath(new URL('./stranger', import.meta.url));
const CHARACTERS = fileURLToPath(new URL('../../characters', import.meta.url));
const INSTALL_TIMEOUT_MS = 480_000;
const RUN_TIMEOUT_MS = 60_000;
const START_TIMEOUT_MS = 120_000;
const STOP_TIMEOUT_MS = 20_000;
const POLL_MS = 250;

const run = promisify(execFile);

/**
 * Somebody else's project: ElizaOS's own command line, our packages as they are published, a character
 * of their own, and ours in `characters/`.
 */
export interface StrangerProject {
  /** Starts characters under the official command line: files of the project, on a new database. */
  start(start: {
    readonly characters: readonly string[];
    readonly environment: Readonly<Record<string, string>>;
  }): Promise<StrangerServer>;
  /** What a program prints that plain Node runs in the project. */
  runNode(program: string): Promise<string>;
  remove(): Promise<void>;
}

export interface StrangerServer {
  readonly url: string;
  /** What the server printed so far. */
  output(): string;
  stop(): Promise<void>;
}

/** Packs the built workspaces and installs them in a new project in a temporary folder. */
export async function createStrangerProject(workspaces: string[]): Promise<StrangerProject> {
  const base = await mkdtemp(join(tmpdir(), '371os-packed-'));
  const project = join(base, 'project');
  const packages = join(base, 'packages');
  await cp(FIXTURE, project, { recursive: true });
  await cp(CHARACTERS, join(project, 'characters'), { recursive: true });
  await mkdir(packages);
  await npm(REPOSITORY, [
    ...['pack', '--ignore-scripts', '--pack-destination', packages],
    ...workspaces.map((workspace) => `--workspace=plugins/${workspace}`),
  ]);
  const tarballs = (await readdir(packages)).map((file) => join(packages, file));
  // One of the command line's dependencies has an install script that needs a bun which is not
  // there yet, so install scripts are off, and bun's own is run by hand.
  await npm(project, ['ci', '--ignore-scripts']);
  await npm(project, ['install', '--ignore-scripts', '--no-save', ...tarballs]);
  await run(process.execPath, ['install.js'], { cwd: join(project, 'node_modules/bun') });
  return {
    start: (wanted) => start(base, project, wanted),
    runNode: async (program) => {
      const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program], {
        cwd: project,
        timeout: RUN_TIMEOUT_MS,
      });
      return stdout.trim();
    },
    remove: () => rm(base, { recursive: true, force: true }),
  };
}

async function npm(folder: string, command: string[]): Promise<void> {
  const quiet = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
  await run('npm', [...command, ...quiet], { cwd: folder, timeout: INSTALL_TIMEOUT_MS });
}

async function start(
  base: string,
  project: string,
  { characters, environment }: Parameters<StrangerProject['start']>[0],
): Promise<StrangerServer> {
  const port = await freePort();
  const database = await mkdtemp(join(base, 'database-'));
  const modules = join(project, 'node_modules');
  const command = [
    '--no-auto-install',
    'start',
    '--port',
    String(port),
    '--character',
    ...characters,
  ];
  const child = spawn(
    join(modules, '.bin/bun'),
    [join(modules, '@elizaos/cli/dist/index.js'), ...command],
    {
      cwd: project,
      // A process group of its own: the command line starts others.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: base,
        // The command line asks npm for its own newest version, and would wait for the answer.
        npm_config_offline: 'true',
        SERVER_HOST: '127.0.0.1',
        PGLITE_DATA_DIR: database,
        ...environment,
      },
    },
  );
  const chunks: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => chunks.push(chunk.toString('utf8')));
  const server: StrangerServer = {
    url: `http://127.0.0.1:${port}`,
    output: () => chunks.join(''),
    stop: () => stop(child),
  };
  await waitUntilStarted(child, server);
  return server;
}

async function waitUntilStarted(child: ChildProcess, server: StrangerServer): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!server.output().includes('Started agents')) {
    if (child.exitCode !== null || Date.now() > deadline) {
      await stop(child);
      throw new Error(`The official command line did not start:\n${server.output()}`);
    }
    await new Promise((done) => setTimeout(done, POLL_MS));
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  signalGroup(child, 'SIGTERM');
  const force = setTimeout(() => signalGroup(child, 'SIGKILL'), STOP_TIMEOUT_MS);
  await ended;
  clearTimeout(force);
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid !== undefined) process.kill(-child.pid, signal);
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  await new Promise((done) => probe.close(done));
  return port;
}

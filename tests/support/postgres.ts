import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringToUuid } from '@elizaos/core';
import { createDatabaseAdapter } from '@elizaos/plugin-sql';
import type { SqlExecutor } from '@371os/plugin-treasury';
import { sql } from 'drizzle-orm';
import { eventually } from './eventually.ts';

/** A PostgreSQL database that nobody else uses, gone after `stop`. */
export interface TestPostgres {
  readonly url: string;
  stop(): Promise<void>;
}

interface Needs {
  /**
   * pgvector, which a whole company wants. Debian's PostgreSQL has it not, so a throw-away server then
   * is the PostgreSQL 16 of a Python package that brings it.
   */
  readonly vectors?: boolean;
  /** What is written is on the disk, as where it matters. */
  readonly durable?: boolean;
}

/**
 * A new database in the server at POSTGRES_URL, or in a throw-away cluster of Debian's PostgreSQL
 * that listens on a socket in a temporary directory alone.
 */
export async function startPostgres(needs: Needs = {}): Promise<TestPostgres> {
  const given = process.env['POSTGRES_URL'];
  const cluster = given === undefined ? await startCluster(needs) : undefined;
  const server = given ?? cluster!.url;
  const name = `treasury_${randomUUID().replaceAll('-', '')}`;
  await administer(server, `CREATE DATABASE ${name}`);
  return {
    url: withDatabase(server, name),
    stop: async () => {
      await administer(server, `DROP DATABASE ${name} WITH (FORCE)`);
      await cluster?.stop();
    },
  };
}

// ElizaOS keeps one pool a process; closed, the next database gets a new one.
async function administer(url: string, command: string): Promise<void> {
  const adapter = createDatabaseAdapter({ postgresUrl: url }, stringToUuid('371os-postgres'));
  try {
    await (adapter.db as SqlExecutor).execute(sql.raw(command));
  } finally {
    await adapter.close();
  }
}

function withDatabase(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}

async function startCluster({ vectors = false, durable = false }: Needs): Promise<TestPostgres> {
  const user = unprivilegedUser();
  const directory = mkdtempSync(join(tmpdir(), '371os-postgres-'));
  const programs = vectors ? unpackPgserver(directory) : programsDirectory();
  if (user) chownSync(directory, user.uid, user.gid);
  const data = join(directory, 'data');
  const initdb = ['-D', data, '-U', 'postgres', '-A', 'trust', '--no-sync', '-E', 'UTF8'];
  execFileSync(join(programs, 'initdb'), initdb, { ...user, cwd: directory, stdio: 'pipe' });
  const child = spawn(
    join(programs, 'postgres'),
    [
      '-D',
      data,
      '-k',
      directory,
      '-h',
      '',
      ...(durable ? [] : ['-F']),
      '-c',
      'max_connections=200',
    ],
    { ...user, cwd: directory, stdio: 'ignore' },
  );
  const url = `postgresql://postgres@localhost/postgres?host=${encodeURIComponent(directory)}`;
  await eventually(() => administer(url, 'SELECT 1'));
  return { url, stop: () => stopCluster(child, directory) };
}

async function stopCluster(child: ChildProcess, directory: string): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGINT');
  await exited;
  rmSync(directory, { recursive: true, force: true });
}

const DEBIAN = '/usr/lib/postgresql';

function programsDirectory(): string {
  const versions = existsSync(DEBIAN)
    ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a))
    : [];
  const found = versions
    .map((version) => join(DEBIAN, version, 'bin'))
    .find((path) => existsSync(path));
  if (found === undefined)
    throw new Error('These tests want PostgreSQL: install it, or set POSTGRES_URL.');
  return found;
}

// The package pgserver has PostgreSQL 16.2 with pgvector 0.6.2 for Linux on x86-64. Its files are
// taken as they are; no Python runs them.
function unpackPgserver(directory: string): string {
  const python = (...args: string[]): unknown =>
    execFileSync('python3', args, { cwd: directory, stdio: 'pipe' });
  try {
    python(
      ...['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary', ':all:'],
      ...['--platform', 'manylinux2014_x86_64', '--python-version', '3.11', 'pgserver==0.1.4'],
    );
    const wheel = readdirSync(directory).find((name) => name.endsWith('.whl')) ?? '';
    python('-m', 'zipfile', '-e', wheel, 'pgserver');
  } catch (cause) {
    throw new Error(
      'These tests want PostgreSQL with pgvector: have Python and its pip, or set POSTGRES_URL.',
      { cause },
    );
  }
  const programs = join(directory, 'pgserver', 'pgserver', 'pginstall', 'bin');
  for (const name of readdirSync(programs)) chmodSync(join(programs, name), 0o755);
  return programs;
}

// PostgreSQL refuses to run as root, and Debian brings a user for it.
function unprivilegedUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const idOf = (flag: string): number =>
    Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: idOf('-u'), gid: idOf('-g') };
}

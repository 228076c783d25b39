import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { DataDirectoryInUseError } from './errors.ts';

/** A data directory that this process alone may use, until `release`. */
export interface DataDirectory {
  readonly path: string;
  /** Lets other programs of this machine find the running server. */
  publish(server: RunningServer): void;
  release(): void;
}

const runningServer = z.object({ url: z.url(), pid: z.number().int() });

export type RunningServer = z.output<typeof runningServer>;

// Another process has the lock, in SQLite's numbers.
const SQLITE_BUSY = 5;

/**
 * Takes a data directory, making it when it is missing.
 * The operating system holds the lock (through SQLite's exclusive file lock), so a process that is
 * killed leaves nothing behind that must be cleaned up.
 * @throws DataDirectoryInUseError
 */
export function takeDataDirectory(path: string): DataDirectory {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const lock = new DatabaseSync(join(path, 'lock.sqlite'), { timeout: 0 });
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if ((error as { errcode?: unknown }).errcode !== SQLITE_BUSY) throw error;
    const server = findRunningServer(path);
    const holder = server
      ? `process ${String(server.pid)} (${server.url})`
      : 'another 371OS process that is starting or answering';
    throw new DataDirectoryInUseError({ path, holder });
  }
  const serverFile = join(path, 'server.json');
  rmSync(serverFile, { force: true });
  return {
    path,
    publish: (server) => {
      writeFileSync(serverFile, JSON.stringify(server), { mode: 0o600 });
    },
    release: () => {
      rmSync(serverFile, { force: true });
      lock.close();
    },
  };
}

/**
 * A data directory that others may use too, since it holds no database: for a process that works on
 * PostgreSQL and serves nobody.
 */
export function shareDataDirectory(path: string): DataDirectory {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  return { path, publish: () => undefined, release: () => undefined };
}

/** The server that says it uses a data directory, if any; it may have died since. */
export function findRunningServer(path: string): RunningServer | undefined {
  try {
    return runningServer.parse(JSON.parse(readFileSync(join(path, 'server.json'), 'utf8')));
  } catch {
    return undefined;
  }
}

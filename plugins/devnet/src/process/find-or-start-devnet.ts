import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DevnetDidNotStartError } from '../errors.ts';
import { findDevnet, type DevnetInfo } from './devnet-info.ts';
import { lockDirectory } from './directory-lock.ts';

const POLL_MS = 100;
const START_TIMEOUT_MS = 60_000;
const SHOWN_LOG_CHARACTERS = 500;

export interface DevnetStart {
  /** DEVNET_DIR of the devnet. */
  readonly directory: string;
  /** What starts a devnet on that directory: a program, then its arguments. */
  readonly command: readonly [program: string, ...args: string[]];
  readonly workingDirectory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/**
 * The devnet that runs on a directory, or a new one in a process of its own, which goes on when this
 * one ends.
 * @throws DevnetDidNotStartError with the end of its log, after 60 seconds or when it ended
 */
export async function findOrStartDevnet(start: DevnetStart): Promise<DevnetInfo> {
  const directory = resolve(start.workingDirectory, start.directory);
  const running = await findDevnet(directory);
  if (running) return running;
  const logFile = join(directory, 'devnet.log');
  const child = spawnDetached(start, directory, logFile);
  for (let waitedMs = 0; waitedMs < START_TIMEOUT_MS; waitedMs += POLL_MS) {
    await new Promise((done) => setTimeout(done, POLL_MS));
    const info = await findDevnet(directory);
    if (info) return info;
    // Another one may have been quicker, and still be starting: it has the directory then.
    if (child.exitCode !== null && !isTaken(directory)) break;
  }
  const why = readFileSync(logFile, 'utf8').slice(-SHOWN_LOG_CHARACTERS);
  throw new DevnetDidNotStartError({ directory, why: why || 'it said nothing in 60 seconds.' });
}

function isTaken(directory: string): boolean {
  const unlock = lockDirectory(directory);
  unlock?.();
  return unlock === undefined;
}

function spawnDetached(start: DevnetStart, directory: string, logFile: string): ChildProcess {
  const [program, ...args] = start.command;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const log = openSync(logFile, 'a', 0o600);
  const child = spawn(program, args, {
    ...{ cwd: start.workingDirectory, detached: true, stdio: ['ignore', log, log] },
    env: { ...start.environment, DEVNET_DIR: directory },
  });
  child.on('error', () => undefined);
  child.unref();
  closeSync(log);
  return child;
}

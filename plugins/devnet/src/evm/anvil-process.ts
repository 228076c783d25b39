import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { JsonRpcProvider } from 'ethers';
import { z } from 'zod';
import { endServer, listen, LOOPBACK } from '../akash/loopback-server.ts';
import { AnvilDidNotStartError } from '../errors.ts';
import { writePrivately } from '../process/devnet-info.ts';
import { anvilBinary } from './anvil-binary.ts';
import { evmRpc } from './evm-rpc.ts';

const START_TIMEOUT_MS = 20_000;
const STOP_TIMEOUT_MS = 10_000;
const POLL_MS = 25;
const MOST_TRIES = 3;
// Of how many blocks the state can be asked for, and taken back.
const KEPT_STATES = 256;
const SHOWN_LOG_CHARACTERS = 500;

const record = z.object({
  pid: z.number().int().positive(),
  port: z.number().int(),
  /** What Anvil calls itself by, another name at each start. */
  instanceId: z.string(),
});

/** An Anvil that answers. */
export interface AnvilProcess {
  readonly rpcUrl: string;
  readonly rpc: JsonRpcProvider;
  readonly isAdopted: boolean;
  /** Whether that very process still runs. */
  isRunning(): Promise<boolean>;
  /** Ends it at once. */
  stop(): Promise<void>;
}

export interface AnvilStart {
  /** Of its log, its state and the record that it is found again by. */
  readonly directory: string;
  readonly chainId: number;
  /** Of 127.0.0.1; another one is taken when somebody has it. 0 is any. */
  readonly wantedPort: number;
  /** Outlives this process, and starts from the state that was saved; else it ends with it. */
  readonly isKept: boolean;
}

/** The file that Anvil loads its state from. */
export function stateFile(directory: string): string {
  return join(directory, 'state.json');
}

/** @throws AnvilDidNotStartError, AnvilMissingError */
export async function startAnvil(start: AnvilStart): Promise<AnvilProcess> {
  for (let tries = 1; ; tries++) {
    const port = await freePort(tries === 1 ? start.wantedPort : 0);
    const anvil = await tryPort(start, port);
    if (anvil) return anvil;
    // Somebody else may have taken the port in between.
    if (tries === MOST_TRIES)
      throw new AnvilDidNotStartError({ why: endOfLog(logFile(start.directory)) });
  }
}

/** The Anvil that an earlier process started on a directory, if that very one still runs and answers. */
export async function adoptAnvil(
  directory: string,
  chainId: number,
): Promise<AnvilProcess | undefined> {
  const known = readRecord(directory);
  if (!known) return undefined;
  const rpcUrl = urlOf(known.port);
  const rpc = evmRpc(rpcUrl, chainId);
  if ((await instanceOf(rpc)) === known.instanceId)
    return anvilProcess({
      ...{ directory, rpc, rpcUrl, pid: known.pid, isAdopted: true },
      // Its number may be another program's by the time it is to end.
      isRunning: async () => (await instanceOf(rpc)) === known.instanceId,
    });
  rpc.destroy();
  return undefined;
}

async function tryPort(start: AnvilStart, port: number): Promise<AnvilProcess | undefined> {
  const { directory, chainId, isKept } = start;
  const state = stateFile(directory);
  const log = openSync(logFile(directory), 'a', 0o600);
  const child = spawn(
    anvilBinary(),
    [
      ...['--host', LOOPBACK, '--port', String(port), '--chain-id', String(chainId)],
      // Only accounts that somebody has the key of: none of those that everybody knows.
      ...['--accounts', '0', '--no-cors', '--quiet', '--prune-history', String(KEPT_STATES)],
      ...(isKept && existsSync(state) ? ['--load-state', state] : []),
    ],
    { cwd: directory, detached: isKept, stdio: ['ignore', log, log] },
  );
  closeSync(log);
  let hasEnded = false;
  child.once('exit', () => (hasEnded = true)).once('error', () => (hasEnded = true));
  if (isKept) child.unref();
  else endWithThisProcess(() => child.kill('SIGKILL'));
  const rpc = evmRpc(urlOf(port), chainId);
  const instanceId = await firstAnswer(rpc, () => hasEnded);
  if (instanceId !== undefined && child.pid !== undefined) {
    if (isKept)
      writePrivately(recordFile(directory), JSON.stringify({ pid: child.pid, port, instanceId }));
    return anvilProcess({
      ...{ directory, rpc, rpcUrl: urlOf(port), pid: child.pid, isAdopted: false },
      isRunning: async () => !hasEnded,
    });
  }
  child.kill('SIGKILL');
  rpc.destroy();
  return undefined;
}

interface RunningAnvil extends Omit<AnvilProcess, 'stop'> {
  readonly directory: string;
  readonly pid: number;
}

function anvilProcess({ directory, pid, ...anvil }: RunningAnvil): AnvilProcess {
  return {
    ...anvil,
    stop: async () => {
      if (await anvil.isRunning()) await endProcess(pid);
      anvil.rpc.destroy();
      rmSync(recordFile(directory), { force: true });
    },
  };
}

async function firstAnswer(
  rpc: JsonRpcProvider,
  hasEnded: () => boolean,
): Promise<string | undefined> {
  for (let waitedMs = 0; waitedMs < START_TIMEOUT_MS && !hasEnded(); waitedMs += POLL_MS) {
    const instanceId = await instanceOf(rpc);
    if (instanceId !== undefined) return hasEnded() ? undefined : instanceId;
    await wait(POLL_MS);
  }
  return undefined;
}

async function instanceOf(rpc: JsonRpcProvider): Promise<string | undefined> {
  try {
    const { instanceId } = (await rpc.send('anvil_metadata', [])) as { instanceId?: unknown };
    return typeof instanceId === 'string' ? instanceId : undefined;
  } catch {
    return undefined;
  }
}

// Anvil has nothing to save by itself, and asked to end it waits for every connection.
async function endProcess(pid: number): Promise<void> {
  signal(pid, 'SIGKILL');
  for (let waitedMs = 0; signal(pid, 0) && waitedMs < STOP_TIMEOUT_MS; waitedMs += POLL_MS)
    await wait(POLL_MS);
}

// False when there is no such process.
function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

async function freePort(wantedPort: number): Promise<number> {
  const probe = createServer();
  const port = await listen(probe, wantedPort);
  await endServer(probe);
  return port;
}

function endWithThisProcess(end: () => void): void {
  process.once('exit', end);
}

function readRecord(directory: string): z.output<typeof record> | undefined {
  try {
    return record.parse(JSON.parse(readFileSync(recordFile(directory), 'utf8')));
  } catch {
    // None was started here, or it has been ended.
    return undefined;
  }
}

function endOfLog(file: string): string {
  return readFileSync(file, 'utf8').trim().slice(-SHOWN_LOG_CHARACTERS) || 'it said nothing.';
}

function urlOf(port: number): string {
  return `http://${LOOPBACK}:${String(port)}`;
}

const logFile = (directory: string): string => join(directory, 'anvil.log');
const recordFile = (directory: string): string => join(directory, 'anvil.json');

async function wait(ms: number): Promise<void> {
  await new Promise((done) => setTimeout(done, ms));
}

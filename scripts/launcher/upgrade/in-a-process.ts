import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { logger } from '@elizaos/core';
import { z } from 'zod';
import { MigrationFailedError } from '../errors.ts';
import { migrated, type Migrated } from './migrate-tables.ts';

const PROGRAM = fileURLToPath(new URL('./migrate-folder.ts', import.meta.url));
const TIMEOUT_MS = 30 * 60_000;

const answer = z.union([migrated, z.object({ problem: z.string() })]);

/**
 * Migrates the PGlite in a folder, in a process of its own.
 * @throws MigrationFailedError
 */
export async function migrateInProcess(
  folder: string,
  plugins: readonly string[],
): Promise<Migrated> {
  const child = fork(PROGRAM, [folder, ...plugins], {
    execArgv: ['--conditions=@371os/source'],
    silent: true,
    timeout: TIMEOUT_MS,
    killSignal: 'SIGKILL',
  });
  log(child.stdout);
  log(child.stderr);
  const said = await answerOf(child);
  if ('problem' in said) throw new MigrationFailedError(said);
  return said;
}

async function answerOf(child: ChildProcess): Promise<z.output<typeof answer>> {
  let said: unknown;
  child.once('message', (message) => (said = message));
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  const parsed = answer.safeParse(said);
  if (parsed.success) return parsed.data;
  return {
    problem: `the migration ended without a word (${signal ?? `exit code ${String(code)}`})`,
  };
}

function log(stream: NodeJS.ReadableStream | null): void {
  if (stream === null) return;
  createInterface(stream).on('line', (line) => logger.warn({ src: 'upgrade' }, line));
}

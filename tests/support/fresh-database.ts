import { constants, cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const template = process.env['TEST_DATABASE_TEMPLATE'];
const folder = join(process.env['TEST_DATABASES'] ?? '', `process-${process.pid}`);
let isCleared = false;
let shared: string | undefined;

/** Makes a folder an empty database of PGlite. */
export function copyEmptyDatabase(path: string): void {
  if (template === undefined) throw new RangeError('make-databases.js has not run');
  cpSync(template, path, { recursive: true, mode: constants.COPYFILE_FICLONE });
}

/** The folder of an empty database; it goes when the process begins another test file, or jest ends. */
export function freshDatabase(): string {
  if (!isCleared) rmSync(folder, { recursive: true, force: true });
  isCleared = true;
  mkdirSync(folder, { recursive: true });
  const path = mkdtempSync(join(folder, 'pglite-'));
  copyEmptyDatabase(path);
  return path;
}

/**
 * The database of this test file, empty at first; ElizaOS opens one PGlite a process. It is opened
 * more quickly than `memory://`, which it is outside jest.
 */
export function fileDatabase(): string {
  if (template === undefined) return 'memory://';
  return (shared ??= freshDatabase());
}

import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { NewerDataError, VersionFileDamagedError } from '../errors.ts';
import { ageOf, FIRST_VERSION, versionText } from './compare-versions.ts';

const versionFile = z.object({ version: versionText, since: z.iso.datetime() });

/** The folder of the embedded database in a data directory. */
export function databaseIn(directory: string): string {
  return join(directory, 'pglite');
}

/**
 * The version that wrote the embedded database of a data directory; undefined when there is none.
 * @throws VersionFileDamagedError
 */
export function writerOf(directory: string): string | undefined {
  const path = fileIn(directory);
  if (existsSync(path)) return read(path);
  return existsSync(databaseIn(directory)) ? FIRST_VERSION : undefined;
}

/** Says that this version writes the embedded database from now on. */
export function markWriter(directory: string, version: string): void {
  const path = fileIn(directory);
  const text = JSON.stringify({ version, since: new Date().toISOString() });
  writeFileSync(`${path}.new`, `${text}\n`, { mode: 0o600, flush: true });
  renameSync(`${path}.new`, path);
}

/**
 * Refuses a data directory of a newer program, and writes nothing into it.
 * @throws NewerDataError, VersionFileDamagedError
 */
export function refuseNewer(directory: string, program: string): void {
  const writer = writerOf(directory);
  if (writer !== undefined && ageOf(writer, program) === 'newer')
    throw new NewerDataError({ place: `The data directory ${directory}`, writer, program });
}

function read(path: string): string {
  try {
    return versionFile.parse(JSON.parse(readFileSync(path, 'utf8'))).version;
  } catch (cause) {
    throw new VersionFileDamagedError({ path, cause });
  }
}

function fileIn(directory: string): string {
  return join(directory, 'version.json');
}

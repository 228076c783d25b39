import { constants, existsSync } from 'node:fs';
import { cp, mkdtemp, open, readdir, rename, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { DiskTooSmallError, UpgradeFailedError } from '../errors.ts';
import { ageOf, FIRST_VERSION } from './compare-versions.ts';
import { migrateInProcess } from './in-a-process.ts';
import { databaseIn, markWriter, refuseNewer, writerOf } from './version-file.ts';

interface FolderUpgrade {
  /** The data directory, which nobody else uses. */
  readonly directory: string;
  readonly program: string;
  /** Names of the plugins whose tables are in the database. */
  readonly plugins: readonly string[];
  readonly onProgress: (line: string) => void;
}

// Where a copy is migrated, and where the database of a version is until its copy has taken its place.
const COPY = 'pglite-upgrade-';
const FORMER = 'pglite-of-';

/**
 * Makes the embedded database of a data directory one of this program's version. An older one is
 * copied, the copy is migrated and checked, and then takes its place: until then nothing is changed,
 * so that a process which dies in the middle leaves the old one, and the next start begins anew.
 * @throws NewerDataError, UpgradeFailedError, DiskTooSmallError, VersionFileDamagedError
 */
export async function upgradeFolder(upgrade: FolderUpgrade): Promise<void> {
  const { directory, program } = upgrade;
  refuseNewer(directory, program);
  await putBackFormer(directory);
  const writer = writerOf(directory);
  if (
    writer !== undefined &&
    ageOf(writer, program) === 'older' &&
    existsSync(databaseIn(directory))
  )
    await replaceByMigrated(upgrade, writer);
  if (writer !== program) markWriter(directory, program);
  await removeLeftovers(directory);
}

// While the version is not marked nobody has used the migrated copy: what was before is put back.
async function putBackFormer(directory: string): Promise<void> {
  const former = join(directory, FORMER + (writerOf(directory) ?? FIRST_VERSION));
  if (!existsSync(former)) return;
  await rm(databaseIn(directory), { recursive: true, force: true });
  await rename(former, databaseIn(directory));
}

async function replaceByMigrated(
  { directory, program, plugins, onProgress }: FolderUpgrade,
  writer: string,
): Promise<void> {
  await removeLeftovers(directory);
  const sizeBytes = await sizeOf(databaseIn(directory));
  await checkSpace(directory, sizeBytes);
  const megabytes = Math.ceil(sizeBytes / 1e6);
  onProgress(`The database is of 371OS ${writer}, this is ${program}: copying its ${megabytes} MB`);
  const copy = await mkdtemp(join(directory, COPY));
  try {
    await cp(databaseIn(directory), copy, { recursive: true, mode: constants.COPYFILE_FICLONE });
    onProgress('Migrating the copy');
    const { tables, rows } = await migrateInProcess(copy, plugins);
    await flush(copy);
    onProgress(`Checked the copy: ${tables} tables, ${rows} rows, and the ledger adds up`);
  } catch (error) {
    await rm(copy, { recursive: true, force: true });
    throw failure(error, { directory, writer, program });
  }
  await rename(databaseIn(directory), join(directory, FORMER + writer));
  await rename(copy, databaseIn(directory));
  onProgress(`The database is of 371OS ${program} now`);
}

function failure(
  error: unknown,
  upgrade: { directory: string; writer: string; program: string },
): Error {
  const problem = error instanceof Error ? error.message : String(error);
  return new UpgradeFailedError({ ...upgrade, problem, cause: error });
}

// The copy, and what a migration may write beside what it replaces.
async function checkSpace(directory: string, sizeBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(directory);
  const [freeBytes, wantedBytes] = [bavail * bsize, 2 * sizeBytes];
  if (freeBytes < wantedBytes) throw new DiskTooSmallError({ directory, freeBytes, wantedBytes });
}

async function sizeOf(folder: string): Promise<number> {
  const sizes = (await filesIn(folder)).map(async (path) => (await stat(path)).size);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

// The old database is deleted once the copy has its place, so the copy must be on the disk by then.
async function flush(folder: string): Promise<void> {
  for (const path of await filesIn(folder)) {
    const file = await open(path);
    await file.sync();
    await file.close();
  }
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
}

async function removeLeftovers(directory: string): Promise<void> {
  for (const name of await readdir(directory))
    if (name.startsWith(COPY) || name.startsWith(FORMER))
      await rm(join(directory, name), { recursive: true, force: true, maxRetries: 3 });
}

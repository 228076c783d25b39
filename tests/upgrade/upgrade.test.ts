import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { readCharacters } from '../../scripts/launcher/characters.ts';
import { migratedPluginsOf } from '../../scripts/launcher/upgrade/migrated-plugins.ts';
import { upgradeFolder } from '../../scripts/launcher/upgrade/upgrade-folder.ts';
import {
  emptyEnvironment,
  makeEmptyDirectory,
  removeDataDirectory,
  runProgram,
} from '../support/company.ts';
import { eventually } from '../support/eventually.ts';
import { fixtureVersions, unpackFixture } from './fixtures.ts';

const LATER = '99.0.0';
const UPGRADE_MS = 120_000;
const MODULE = new URL('../../scripts/launcher/upgrade/upgrade-folder.ts', import.meta.url).href;
const plugins = migratedPluginsOf(readCharacters('characters'));

let directory: string;
let progress: string[];

beforeEach(() => {
  directory = makeEmptyDirectory();
  progress = [];
});

afterEach(() => {
  removeDataDirectory(directory);
});

function upgradeTo(program: string): Promise<void> {
  return upgradeFolder({ directory, program, plugins, onProgress: (line) => progress.push(line) });
}

function markedVersion(): string {
  const text = readFileSync(join(directory, 'version.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

function markAs(version: string): void {
  const since = '2026-01-01T00:00:00.000Z';
  writeFileSync(join(directory, 'version.json'), JSON.stringify({ version, since }));
}

// Every name and every byte below the data directory.
function hashOf(folder = directory): string {
  const hash = createHash('sha256');
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const paths = entries.map(({ parentPath, name }) => join(parentPath, name)).sort();
  const files = new Set(
    entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)),
  );
  for (const path of paths) {
    hash.update(`${path}\n`);
    if (files.has(path)) hash.update(readFileSync(path));
  }
  return hash.digest('hex');
}

describe.each(fixtureVersions())('the data directory that %s left', (version) => {
  beforeEach(() => {
    unpackFixture(version, directory);
  });

  test(
    'becomes one of this program, checked',
    async () => {
      await upgradeTo(LATER);
      expect(markedVersion()).toBe(LATER);
      expect(progress).toEqual([
        expect.stringMatching(
          new RegExp(`is of 371OS ${version}, this is ${LATER}: copying its \\d+ MB`),
        ),
        'Migrating the copy',
        expect.stringMatching(
          /^Checked the copy: \d\d+ tables, \d\d+ rows, and the ledger adds up$/,
        ),
        `The database is of 371OS ${LATER} now`,
      ]);
      expect(readdirSync(directory).filter((name) => name.startsWith('pglite'))).toEqual([
        'pglite',
      ]);
      const before = hashOf();
      await upgradeTo(LATER);
      expect(hashOf()).toBe(before);
    },
    UPGRADE_MS,
  );

  test.each([
    // As if the version before had a column that nothing wants any more.
    [
      'would lose data',
      `UPDATE migrations._migrations SET hash = 'another' WHERE plugin_name = 'treasury';
       UPDATE migrations._snapshots SET snapshot = jsonb_set(snapshot, '{tables,treasury.holds,columns,old}',
         '{"name": "old", "type": "text", "notNull": false, "primaryKey": false}')
         WHERE plugin_name = 'treasury'`,
      /Destructive migration blocked/,
    ],
    [
      'leaves a ledger that does not add up',
      'ALTER TABLE treasury.ledger ALTER COLUMN cost_pico TYPE text',
      /The ledger cannot be read/,
    ],
    ['cannot be made of the queue', 'UPDATE pgboss.version SET version = 20', /oldest supported/],
  ])(
    'is left alone when its migration %s',
    async (_case, statements, problem) => {
      const database = await PGlite.create(join(directory, 'pglite'));
      await database.exec(statements);
      await database.close();
      const before = hashOf();
      const refusal = upgradeTo(LATER);
      await expect(refusal).rejects.toThrow(problem);
      await expect(refusal).rejects.toThrow(
        new RegExp(
          `^The database of 371OS ${version} in .* could not be upgraded to ${LATER}: .*It is as it was: start 371OS ${version} to go on`,
        ),
      );
      expect(hashOf()).toBe(before);
    },
    UPGRADE_MS,
  );

  test(
    'survives a kill in the middle, and the next start begins anew',
    async () => {
      const before = hashOf(join(directory, 'pglite'));
      // As it was before versions were written down.
      if (version === '0.1.0') rmSync(join(directory, 'version.json'));
      await killedIn('Migrating the copy');
      expect(hashOf(join(directory, 'pglite'))).toBe(before);
      // Dead after the old database was moved away, and before the new one took its place.
      renameSync(join(directory, 'pglite'), join(directory, `pglite-of-${version}`));
      await upgradeTo(LATER);
      expect(markedVersion()).toBe(LATER);
      expect(readdirSync(directory).filter((name) => name.startsWith('pglite'))).toEqual([
        'pglite',
      ]);
      // Dead after the new version was marked, and before the old database was deleted.
      renameSync(join(directory, 'pglite'), join(directory, 'kept'));
      unpackFixture(version, directory);
      markAs(LATER);
      renameSync(join(directory, 'pglite'), join(directory, `pglite-of-${version}`));
      renameSync(join(directory, 'kept'), join(directory, 'pglite'));
      const after = hashOf(join(directory, 'pglite'));
      await upgradeTo(LATER);
      expect(hashOf(join(directory, 'pglite'))).toBe(after);
      expect(existsSync(join(directory, `pglite-of-${version}`))).toBe(false);
    },
    UPGRADE_MS,
  );

  test('is refused by an older program, and nothing is written into it', async () => {
    markAs(LATER);
    const before = hashOf();
    const ended = await runProgram('start', [], await emptyEnvironment(directory));
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(
      /^The data directory .* was written by 371OS 99\.0\.0, and this is .*Nothing was changed: start 371OS 99\.0\.0/,
    );
    expect(hashOf()).toBe(before);
  });

  test('is refused when it does not say any more what wrote it', async () => {
    writeFileSync(join(directory, 'version.json'), '{"version": "new"}');
    const before = hashOf();
    await expect(upgradeTo(LATER)).rejects.toThrow(/version\.json does not say any more which/);
    expect(hashOf()).toBe(before);
  });
});

test('an empty data directory is of the program that begins it', async () => {
  await upgradeTo(LATER);
  expect(markedVersion()).toBe(LATER);
  expect(progress).toEqual([]);
});

// Upgrades in another process, and kills it when it says this.
async function killedIn(line: string): Promise<void> {
  const init = JSON.stringify({ directory, program: LATER, plugins });
  const code = `import(${JSON.stringify(MODULE)}).then((m) => m.upgradeFolder({ ...${init}, onProgress: (line) => console.log(line) }))`;
  const upgrading = spawn(process.execPath, ['--conditions=@371os/source', '-e', code]);
  let output = '';
  upgrading.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await eventually(async () => {
    expect(output).toContain(line);
  });
  upgrading.kill('SIGKILL');
  await once(upgrading, 'exit');
}

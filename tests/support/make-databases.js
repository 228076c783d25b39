// Runs once before a suite. PGlite takes four seconds of processor time to make an empty database and
// half a second to open one, so one is made for all, kept with the installation, and copied.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PGlite } from '@electric-sql/pglite';

const MODULES = fileURLToPath(new URL('../../node_modules/', import.meta.url));
const { version } = JSON.parse(
  readFileSync(join(MODULES, '@electric-sql/pglite/package.json'), 'utf8'),
);
const TEMPLATE = join(MODULES, '.cache/371os-tests', `pglite-${version}`);

export default async function makeDatabases() {
  if (!existsSync(TEMPLATE)) await makeTemplate();
  process.env.TEST_DATABASE_TEMPLATE = TEMPLATE;
  process.env.TEST_DATABASES = mkdtempSync(join(tmpdir(), '371os-databases-'));
}

// Another suite may be making it, too.
async function makeTemplate() {
  mkdirSync(dirname(TEMPLATE), { recursive: true });
  const made = mkdtempSync(`${TEMPLATE}-`);
  const database = await PGlite.create(made);
  await database.close();
  try {
    renameSync(made, TEMPLATE);
  } catch (error) {
    rmSync(made, { recursive: true });
    if (!existsSync(TEMPLATE)) throw error;
  }
}

import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../fixtures/data-directories/', import.meta.url));
const SUFFIX = '.tar.gz';

/** The owner token and the salt of every fixture: secrets of nobody. */
export const FIXTURE_TOKEN = 'a-secret-of-a-fixture-which-everybody-knows';

/** What a model was paid for, in every fixture. */
export const FIXTURE_SPENT =
  'Our API returns 502 errors since the last deploy, what should we check?';

/** What waits for a language model in every fixture. */
export const FIXTURE_QUESTION = 'Should we accept the acquisition offer from our competitor?';

/** What waits for the owner's approval in every fixture. */
export const FIXTURE_APPROVAL = 'raise the llm cap to 50 dollars a month';

/** Where the data directory that a version has left is kept. */
export function fixturePath(version: string): string {
  return join(FOLDER, version + SUFFIX);
}

/** The versions that have left a data directory. */
export function fixtureVersions(): string[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith(SUFFIX))
    .map((name) => name.slice(0, -SUFFIX.length));
}

/** Lays the data directory that a version has left into a folder that is there. */
export function unpackFixture(version: string, directory: string): void {
  execFileSync('tar', ['-xzf', fixturePath(version), '-C', directory]);
}

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { filesBelow, readJson, readText, ROOT } from './workspaces.ts';

const DOCUMENTS = [
  ...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'SECURITY.md'],
  ...filesBelow('docs', /\.md$/),
  ...filesBelow('plugins', /\.md$/),
];

describe.each(DOCUMENTS)('%s', (path) => {
  const text = readText(path);

  it('links to files that are there', () => {
    const links = [...text.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)].map(
      ([, link]) => link,
    );
    expect(links.filter((link = '') => !existsSync(join(ROOT, dirname(path), link)))).toEqual([]);
  });

  it('names scripts that package.json has', () => {
    const { scripts } = readJson('package.json') as { scripts: Record<string, string> };
    const named = [...text.matchAll(/npm run (?:-s )?([a-z][a-z:]*)/g)].map(
      ([, name = '']) => name,
    );
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });
});

describe('the decisions', () => {
  const records = filesBelow('docs/decisions', /\/\d{4}-[a-z0-9-]+\.md$/);
  const titleOf = (path: string): string => /^# (.+)$/m.exec(readText(path))?.[1] ?? '';

  it('are all in the index, by number and title', () => {
    const index = readText('docs/decisions/README.md');
    const missing = records.filter((path) => {
      const file = path.slice('docs/decisions/'.length);
      return !index.includes(`[${file.slice(0, 4)}](${file}) | ${titleOf(path)} |`);
    });
    expect(missing).toEqual([]);
  });

  it('have numbers of their own, a status and a date', () => {
    expect(new Set(records.map((path) => path.slice(15, 19))).size).toBe(records.length);
    for (const path of records)
      expect(readText(path)).toMatch(
        /^---\nstatus: (proposed|accepted|superseded by \d{4})\ndate: /,
      );
  });
});

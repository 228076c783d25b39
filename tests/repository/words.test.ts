import { describe, expect, it } from '@jest/globals';
import { filesBelow, readText } from './workspaces.ts';

const FOLDERS = ['plugins', 'scripts', 'tests', 'characters', 'docs', 'types', '.ci'];
const FILES = [
  ...FOLDERS.flatMap((folder) => filesBelow(folder, /(\.(ts|js|json|md)|\/run)$/)),
  ...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'SECURITY.md', 'package.json'],
  ...['eslint.config.js', 'jest.config.js', 'prettier.config.js'],
].filter(
  (path) => !path.endsWith('package-lock.json') && !path.startsWith('tests/repository/words'),
);

// What a change must not leave behind in any file, and why.
const BANNED: Record<string, RegExp> = {
  'work that is put off: file an issue instead': /\b(TODO|FIXME|XXX|HACK)\b/,
  'a command that cannot fail': /\|\|\s*true\b/,
  'a path of one machine': /(^|[\s'"`(])\/(work|root|home|Users)\//,
  'a test that is left out or alone': /\b(it|test|describe)\.(only|todo)\b|\bx(it|describe)\(/,
  'a stand-in': /\bnot (yet )?implemented\b/i,
};

// The same for TypeScript.
const BANNED_IN_CODE: Record<string, RegExp> = {
  'a type check that is turned off': /@ts-(ignore|nocheck|expect-error)/,
  'a lint rule that is turned off without a reason': /eslint-disable(?!.* -- \S)/,
};

const CODE = FILES.filter((path) => path.endsWith('.ts'));

describe.each([
  ...Object.entries(BANNED).map(([what, pattern]) => ({ what, pattern, files: FILES })),
  ...Object.entries(BANNED_IN_CODE).map(([what, pattern]) => ({ what, pattern, files: CODE })),
])('$what', ({ pattern, files }) => {
  it('is nowhere', () => {
    const found = files.flatMap((path) =>
      readText(path)
        .split('\n')
        .flatMap((line, index) =>
          pattern.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [],
        ),
    );
    expect(found).toEqual([]);
  });
});

it('reads a repository that has files', () => {
  expect(FILES.length).toBeGreaterThan(100);
  expect(CODE.length).toBeGreaterThan(100);
});

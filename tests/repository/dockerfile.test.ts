import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { validate, ValidationSeverity } from 'dockerfile-utils';
import { readJson, readText, ROOT, type PackageJson } from './workspaces.ts';

const ERROR = ValidationSeverity.ERROR;
const STRICT = {
  ...{ deprecatedMaintainer: ERROR, directiveCasing: ERROR, emptyContinuationLine: ERROR },
  ...{ instructionCasing: ERROR, instructionCmdMultiple: ERROR, instructionWorkdirRelative: ERROR },
  ...{ instructionEntrypointMultiple: ERROR, instructionHealthcheckMultiple: ERROR },
  instructionJSONInSingleQuotes: ERROR,
};

const dockerfile = readText('Dockerfile');
const ignored = readText('.dockerignore').split('\n');
const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, sources = '']) =>
  sources.split(' '),
);

function problemsOf(content: string): string[] {
  return validate(content, STRICT).map(({ message, range }) =>
    JSON.stringify({ line: range.start.line + 1, message }),
  );
}

it('the Dockerfile has nothing that its linter complains of', () => {
  expect(problemsOf(dockerfile)).toEqual([]);
});

it('the linter complains where there is something to complain of', () => {
  const broken = dockerfile
    .replace('USER node', 'USER')
    .replace('EXPOSE 3710', 'EXPOSE many')
    .replace('WORKDIR /app', 'WORKDIR app');
  expect(problemsOf(broken)).toHaveLength(3);
});

it('everything that it copies is there, and let through by .dockerignore', () => {
  expect(copied).toContain('scripts');
  for (const source of copied) {
    expect({ source, isThere: existsSync(join(ROOT, source)) }).toEqual({ source, isThere: true });
    expect(ignored).toContain(`!${source.replace('./', '')}`);
  }
  expect(ignored.find((line) => line !== '' && !line.startsWith('#'))).toBe('*');
});

it('it has the Node that everything is tested with, and runs as nobody of importance', () => {
  const { devDependencies } = readJson('package.json') as PackageJson;
  const images = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, image]) => image);
  expect(new Set(images)).toEqual(
    new Set([`node:${devDependencies?.['node'] ?? ''}-bookworm-slim`]),
  );
  const lines = dockerfile.split('\n');
  expect(lines.indexOf('USER node')).toBeGreaterThan(
    lines.lastIndexOf('COPY characters ./characters'),
  );
  expect(dockerfile).not.toMatch(/^(ENV|ARG).*(TOKEN|SECRET|KEY|PASSWORD)/m);
});

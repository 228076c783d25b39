import { builtinModules } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import {
  filesBelow,
  packageOf,
  readJson,
  readText,
  WORKSPACES,
  type PackageJson,
} from './workspaces.ts';

const PACKAGES = [
  'package.json',
  'tests/packed/stranger/package.json',
  ...WORKSPACES.map((workspace) => `plugins/${workspace}/package.json`),
];

describe.each(PACKAGES)('%s', (path) => {
  it('asks for exact versions only', () => {
    const { dependencies = {}, devDependencies = {} } = readJson(path) as PackageJson;
    const inexact = Object.entries({ ...dependencies, ...devDependencies }).filter(
      ([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version),
    );
    expect(inexact).toEqual([]);
  });
});

describe.each(WORKSPACES)('%s', (workspace) => {
  const { name, dependencies = {}, peerDependencies = {} } = packageOf(workspace);
  const imported = new Set(
    filesBelow(`plugins/${workspace}/src`, /\.ts$/).flatMap((path) => packagesIn(readText(path))),
  );

  it('is named after its folder', () => {
    expect(name).toBe(`@371os/${workspace}`);
  });

  it('carries the licence, which npm packs only from its own folder', () => {
    expect(readText(`plugins/${workspace}/LICENSE`)).toBe(readText('LICENSE'));
  });

  it('declares every package that it imports', () => {
    const declared = { ...dependencies, ...peerDependencies };
    expect([...imported].filter((name) => !(name in declared))).toEqual([]);
  });

  it('declares no other, unless one of them wants it beside itself', () => {
    const peers = Object.keys(dependencies).flatMap((name) => Object.keys(peersOf(name)));
    const wanted = new Set([...imported, ...peers]);
    expect(Object.keys(dependencies).filter((name) => !wanted.has(name))).toEqual([]);
  });
});

describe('the workspaces together', () => {
  it('use one version of each package', () => {
    const versions = new Map<string, Set<string>>();
    for (const path of PACKAGES)
      for (const [name, version] of Object.entries(
        (readJson(path) as PackageJson).dependencies ?? {},
      ))
        versions.set(name, (versions.get(name) ?? new Set()).add(version));
    expect([...versions].filter(([, different]) => different.size > 1)).toEqual([]);
  });
});

function peersOf(dependency: string): Readonly<Record<string, string>> {
  const { peerDependencies = {} } = readJson(
    `node_modules/${dependency}/package.json`,
  ) as PackageJson;
  return peerDependencies;
}

// `import ... from 'x'`, `export ... from 'x'`, `import('x')`, `declare module 'x'`, and
// `require.resolve('x')` of a package that is a program.
function packagesIn(source: string): string[] {
  const specifiers = source.matchAll(
    /(?:\bfrom|\bimport\(|^import|^declare module|\brequire\.resolve\()\s*'([^'.][^']*)'/gm,
  );
  return [...specifiers]
    .map(([, specifier = '']) => specifier)
    .filter((specifier) => !specifier.startsWith('node:') && !builtinModules.includes(specifier))
    .map((specifier) =>
      specifier
        .split('/')
        .slice(0, specifier.startsWith('@') ? 2 : 1)
        .join('/'),
    );
}

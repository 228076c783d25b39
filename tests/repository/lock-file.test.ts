import { describe, expect, it } from '@jest/globals';
import { completeLock, type LockFile } from '../../scripts/complete-lock.js';
import { readJson } from './workspaces.ts';

const LOCK_FILES = ['package-lock.json', 'tests/packed/stranger/package-lock.json'];

describe.each(LOCK_FILES)('%s', (path) => {
  it('has every optional package of every platform', () => {
    expect(completeLock(readJson(path) as LockFile).added).toEqual([]);
  });

  it('names no registry', () => {
    expect(completeLock(readJson(path) as LockFile).addresses).toEqual([]);
  });
});

describe('completing a lock file', () => {
  const parent = { version: '1.2.3', dev: true };

  it.each([
    ['core-darwin-arm64', { cpu: ['arm64'], os: ['darwin'] }],
    ['core-win32-x64-msvc', { cpu: ['x64'], os: ['win32'] }],
    ['core-linux-x64-musl', { cpu: ['x64'], libc: ['musl'], os: ['linux'] }],
    ['core-darwin-amd64', { cpu: ['x64'], os: ['darwin'] }],
    ['core-linux-arm-gnueabihf', { cpu: ['arm'], libc: ['glibc'], os: ['linux'] }],
  ])('reads the platform of %s from its name', (name, platform) => {
    const lock = {
      packages: { 'node_modules/core': { ...parent, optionalDependencies: { [name]: '1.2.3' } } },
    };
    const result = completeLock(lock);
    expect(result.added).toEqual([`node_modules/${name}`]);
    expect(result.lock.packages[`node_modules/${name}`]).toEqual({
      version: '1.2.3',
      ...platform,
      dev: true,
      optional: true,
    });
    expect(completeLock(result.lock).added).toEqual([]);
  });

  it('puts a second version beside the package that wants it', () => {
    const lock = {
      packages: {
        'node_modules/a/node_modules/core': {
          version: '2.0.0',
          optionalDependencies: { 'core-linux-x64': '2.0.0' },
        },
        'node_modules/core-linux-x64': { version: '1.2.3' },
      },
    };
    expect(completeLock(lock).added).toEqual([
      'node_modules/a/node_modules/core/node_modules/core-linux-x64',
    ]);
  });

  it('finds what is locked between the package and the top', () => {
    const lock = {
      packages: {
        'plugins/one/node_modules/core': {
          version: '2.0.0',
          optionalDependencies: { 'core-linux-x64': '2.0.0' },
        },
        'plugins/one/node_modules/core-linux-x64': { version: '2.0.0' },
      },
    };
    expect(completeLock(lock).added).toEqual([]);
  });

  it.each([
    ['core-linux-x64', '^1.2.3'],
    ['fsevents', '2.3.3'],
  ])('refuses to guess %s %s', (name, version) => {
    const packages = { 'node_modules/core': { optionalDependencies: { [name]: version } } };
    expect(() => completeLock({ packages })).toThrow(name);
  });

  it('takes out download addresses and leaves links alone', () => {
    const packages = {
      'node_modules/a': { version: '1.0.0', resolved: 'https://registry.example/a.tgz' },
      'node_modules/b': { resolved: 'plugins/b', link: true },
    };
    const { lock, addresses } = completeLock({ packages });
    expect(addresses).toEqual(['node_modules/a']);
    expect(lock.packages).toEqual({
      'node_modules/a': { version: '1.0.0' },
      'node_modules/b': { resolved: 'plugins/b', link: true },
    });
  });
});

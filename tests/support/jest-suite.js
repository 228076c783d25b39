import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import '../../scripts/check-node.js';

// Tests start hundreds of processes that load the same sources: they are compiled once. Whoever will be
// killed says itself when it has loaded all (flushCompileCache).
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(
  new URL('../../node_modules/.cache/compiled', import.meta.url),
);

const FOLDERS_OF_THEIR_OWN = [
  'bench',
  'browser',
  'conformance',
  'faults',
  'mutants',
  'packed',
  'postgres',
];

/**
 * The jest configuration of a suite. All suites share it; a suite that needs more than Node lives
 * in a folder of its own, and `npm test` leaves it out.
 * @param {{ folder?: string } & import('jest').Config} suite `folder` below tests/, all the others
 * when missing; what follows overrides the shared options
 * @returns {import('jest').Config}
 */
export function jestSuite({ folder, ...overrides } = {}) {
  return {
    rootDir: fileURLToPath(new URL('../..', import.meta.url)),
    roots: [folder ? `<rootDir>/tests/${folder}` : '<rootDir>/tests'],
    testMatch: ['**/*.test.ts'],
    testPathIgnorePatterns: folder ? [] : [`/tests/(${FOLDERS_OF_THEIR_OWN.join('|')})/`],
    testEnvironment: 'node',
    testEnvironmentOptions: { customExportConditions: ['@371os/source', 'node', 'node-addons'] },
    extensionsToTreatAsEsm: ['.ts'],
    globalSetup: '<rootDir>/tests/support/make-databases.js',
    globalTeardown: '<rootDir>/tests/support/remove-databases.js',
    setupFiles: [
      '<rootDir>/tests/support/quiet-logs.js',
      '<rootDir>/tests/support/unref-long-timers.js',
    ],
    transform: {
      '^.+\\.ts$': [
        '@swc/jest',
        { jsc: { parser: { syntax: 'typescript' }, target: 'es2024' }, module: { type: 'es6' } },
      ],
    },
    testSequencer: '<rootDir>/tests/support/slow-first.js',
    // The work of each test file is its own, and many wait for processes and blocks. As a number: jest
    // reads more than 100 % as so many workers.
    maxWorkers: Math.ceil(availableParallelism() * 1.5),
    workerIdleMemoryLimit: '1.5GB',
    // A worker that has ended is still a second at giving back its 2 or 3 GB (measured 2026-11: 0.8 to
    // 1.1 s with nothing open); jest's half second took that for a leak.
    workerGracefulExitTimeout: 10_000,
    testTimeout: 30_000,
    ...overrides,
  };
}

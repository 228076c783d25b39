import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from '@jest/globals';
import { compileContracts, readSolidity } from '../../scripts/contracts/compile-contracts.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const ENVIRONMENT = './tests/mutants/stop-at-first-failure.js';
const JEST = ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js'];

/** What is wrong with a contract, the text that is there once, and what stands in its place. */
export type Mutant = readonly [what: string, from: string, to: string];

/**
 * Runs the tests of a contract on a broken one, up to the first that fails.
 * @returns what jest says of the tests
 */
export async function summaryOf(
  contract: string,
  testFile: string,
  [, from, to]: Mutant,
): Promise<string> {
  const source = readSolidity(`${contract}.sol`);
  expect(source.split(from)).toHaveLength(2);
  const compiled = compileContracts({ [`${contract}.sol`]: source.replace(from, () => to) }, true);
  const directory = mkdtempSync(join(tmpdir(), '371os-mutant-'));
  try {
    const contracts = join(directory, 'contracts.json');
    writeFileSync(contracts, JSON.stringify(compiled));
    return await runTests(testFile, contracts);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function runTests(testFile: string, contracts: string): Promise<string> {
  const args = [...JEST, testFile, '--runInBand', `--testEnvironment=${ENVIRONMENT}`];
  const env = { ...process.env, MUTANT_CONTRACTS: contracts };
  // A run in which a test failed ends with an error code; what counts is what it says.
  const output = await new Promise<string>((done) => {
    execFile(process.execPath, args, { cwd: ROOT, env, maxBuffer: 2 ** 26 }, (_code, _out, text) =>
      done(text),
    );
  });
  return /^Tests: .*$/m.exec(output)?.[0] ?? output;
}

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  emptyEnvironment,
  makeDataDirectory,
  removeDataDirectory,
  startCompany,
  type CompanyProcess,
} from '../support/company.ts';
import { addToken, runSuite } from './suite.ts';

// Those that ask for nothing that only a diagnostic server has.
const SCENARIOS: Record<string, readonly string[]> = {
  '2025-11-25': [
    ...['server-initialize', 'ping', 'tools-list', 'resources-list', 'prompts-list'],
    'server-session-lifecycle',
    ...['server-sse-multiple-streams', 'dns-rebinding-protection'],
  ],
  '2026-07-28': [
    ...['tools-list', 'resources-list', 'prompts-list', 'caching', 'sep-2164-resource-not-found'],
    ...['server-sse-multiple-streams', 'dns-rebinding-protection', 'http-header-validation'],
    'input-required-result-unsupported-methods',
  ],
};
const CASES = Object.entries(SCENARIOS).flatMap(([revision, names]) =>
  names.map((name) => [revision, name] as const),
);

const START_MS = 120_000;
const directory = makeDataDirectory();
let company: CompanyProcess;
let proxy: Awaited<ReturnType<typeof addToken>>;

beforeAll(async () => {
  company = await startCompany(await emptyEnvironment(directory));
  proxy = await addToken(company.url, company.token());
}, START_MS);

afterAll(async () => {
  await proxy.stop();
  await company.stop();
  removeDataDirectory(directory);
}, START_MS);

test.each(CASES)('of %s the company itself passes %s', async (revision, name) => {
  const { code, output } = await runSuite([
    ...['--url', `${proxy.url}/mcp`, '--spec-version', revision, '--scenario', name],
  ]);
  if (code !== 0) throw new Error(output);
  expect(output).toMatch(/Passed: [1-9]\d*\/\d+, 0 failed/);
});

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { McpHost, TOKEN } from '../coordination/mcp-fixture.ts';
import { fixturePlugin } from './fixture-plugin.ts';
import { addToken, runSuite } from './suite.ts';

const fixture = fixturePlugin();
let host: McpHost;
let proxy: Awaited<ReturnType<typeof addToken>>;

beforeAll(async () => {
  host = await McpHost.start({}, [fixture.plugin]);
  proxy = await addToken(host.url, TOKEN);
});

afterAll(async () => {
  await proxy.stop();
  await fixture.close();
  await host.stop();
});

test.each(['2025-11-25', '2026-07-28'])('all that %s requires of a server', async (revision) => {
  const url = `${proxy.url}/conformance/mcp`;
  const { code, output } = await runSuite(['--url', url, '--requirements', revision]);
  // What is not required runs, too, and is no reason to fail: what failed is told with the rest.
  if (code !== 0) throw new Error(output);
  expect(output).toMatch(/✓ tools-list: [1-9]\d* passed, 0 failed/);
});

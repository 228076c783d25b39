import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import resiliencePlugin, { resilienceOf } from '@371os/plugin-resilience';
import { RoutedCompany } from '../router/company-fixture.ts';
import { eventually } from '../support/eventually.ts';

const START_MS = 120_000;
const folder = mkdtempSync(join(tmpdir(), '371os-shared-'));
let company: RoutedCompany;

beforeAll(async () => {
  writeFileSync(join(folder, 'pumps.md'), '# Pumps\n\nThe blue pump has a warranty of 17 months.');
  company = await RoutedCompany.start(
    { RESILIENCE_NODE_NAME: 'alone', RESILIENCE_SHARED_FOLDER: folder },
    [resiliencePlugin],
  );
}, START_MS);
afterAll(async () => {
  await company.stop();
  rmSync(folder, { recursive: true });
}, START_MS);

test('a node that is in no mesh answers from what it keeps itself', async () => {
  const { backup } = await resilienceOf(company.agent('Front Desk'));
  await backup.mode.change('backup', { by: 'owner', cause: 'a test' });
  await eventually(async () => {
    const { text } = await company.ask('How long is the warranty of the blue pump?');
    expect(text).toMatch(/not a new answer, but what alone has kept:\n\n.* 17 months\./s);
  });
});

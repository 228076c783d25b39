import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import '../../scripts/launcher/environment-defaults.ts';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { tasksOf } from '@371os/plugin-tasks';
import { treasuryOf, type SqlExecutor } from '@371os/plugin-treasury';
import { sql } from 'drizzle-orm';
import type { Connection } from '../../scripts/chat/connection.ts';
import { connectHere } from '../../scripts/chat/here.ts';
import { launch, type Company } from '../../scripts/launcher/launch.ts';
import { readLauncherSettings } from '../../scripts/launcher/settings.ts';
import { emptyEnvironment, makeEmptyDirectory, removeDataDirectory } from '../support/company.ts';
import { eventually } from '../support/eventually.ts';
import { startScriptedModel, type ScriptedModel } from '../support/scripted-model.ts';
import {
  FIXTURE_APPROVAL,
  FIXTURE_QUESTION,
  FIXTURE_SPENT,
  fixtureVersions,
  unpackFixture,
} from './fixtures.ts';

const LATER = '99.0.0';
const START_MS = 120_000;
const OWNER = { as: 'owner', room: 'main' };

// ElizaOS opens one PGlite a process, so this is of the version that is released last.
const version =
  fixtureVersions()
    .sort((one, other) => one.localeCompare(other, 'en', { numeric: true }))
    .at(-1) ?? '';

describe(`a company that ${version} left, launched by a later version`, () => {
  const directory = makeEmptyDirectory();
  let model: ScriptedModel;
  let company: Company;
  let connection: Connection;

  const ask = async (text: string): Promise<string> =>
    (await connection.ask({ ...OWNER, text }, {})).text;

  beforeAll(async () => {
    unpackFixture(version, directory);
    model = await startScriptedModel({ reply: { text: 'Not below ten million.' } });
    Object.assign(
      process.env,
      await emptyEnvironment(directory, {
        OPENAI_BASE_URL: model.baseUrl,
        OPENAI_API_KEY: 'sk-scripted-0123456789',
        OPENAI_LARGE_MODEL: 'gpt-4o-mini',
        OPENAI_SMALL_MODEL: 'gpt-4o-mini',
      }),
    );
    const settings = readLauncherSettings();
    company = await launch({
      settings,
      isServer: false,
      version: LATER,
      onProgress: () => undefined,
    });
    connection = connectHere(company);
  }, START_MS);

  afterAll(async () => {
    await connection.close();
    await model.close();
    removeDataDirectory(directory);
  }, START_MS);

  test('is of that version from then on', () => {
    const text = readFileSync(join(directory, 'version.json'), 'utf8');
    expect(JSON.parse(text)).toMatchObject({ version: LATER });
  });

  test('has spent what it had spent', async () => {
    const [agent] = company.agents;
    const tasks = await (await tasksOf(agent!)).list({ limit: 100 });
    const paid = tasks.find(({ text }) => text === FIXTURE_SPENT);
    const ledger = await (await treasuryOf(agent!)).ledger({ task: paid!.id });
    // 1,000 tokens at 0.15 USD a million and 100 at 0.60.
    expect(ledger.reduce((sum, { costPico }) => sum + costPico, 0n)).toBe(210_000_000n);
  });

  test('goes on with the task that waited for a language model', async () => {
    await eventually(async () => {
      const tasks = await (await tasksOf(company.agents[0]!)).list({ limit: 100 });
      expect(tasks.find(({ text }) => text === FIXTURE_QUESTION)).toMatchObject({
        state: 'COMPLETED',
        answer: 'Not below ten million.',
      });
    });
  });

  test('still has what waited for an approval, and carries it out', async () => {
    const id = /\b([0-9A-Z]{8}): Set the monthly llm cap/.exec(await ask('/requests'))?.[1];
    expect(await ask(`/approve ${id ?? 'no request'}`)).toMatch(/llm cap of \$50\.00 is set/);
  });

  test('knows what was said', async () => {
    const said = (await connection.history(OWNER, 50)).map(({ text }) => text).join('\n');
    for (const text of [FIXTURE_SPENT, 'upstream time-out', FIXTURE_QUESTION, FIXTURE_APPROVAL])
      expect(said).toContain(text);
  });

  test('knows the agent that was registered', async () => {
    const database = company.agents[0]!.db as SqlExecutor;
    const { rows } = await database.execute(
      sql`SELECT name FROM registry.agents WHERE published IS NOT NULL`,
    );
    expect(rows).toEqual([{ name: 'CFO Maya' }]);
  });
});

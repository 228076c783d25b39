// npm run fixture:data: leaves a data directory of this version in tests/fixtures/data-directories,
// on which later versions are tested. A company really runs for it: it has spent on a model, an agent
// is registered on the devnet, an approval is pending, and a task waits for a language model.
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { stringToUuid } from '@elizaos/core';
import { createDatabaseAdapter } from '@elizaos/plugin-sql';
import type { SqlExecutor } from '@371os/plugin-treasury';
import { sql } from 'drizzle-orm';
import { PROGRAM_VERSION } from '../../scripts/launcher/upgrade/program-version.ts';
import { startScriptedModel } from '../support/scripted-model.ts';
import {
  FIXTURE_APPROVAL,
  FIXTURE_QUESTION,
  FIXTURE_SPENT,
  FIXTURE_TOKEN,
  fixturePath,
} from './fixtures.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const TIMEOUT_MS = 120_000;
// What is of a run and not of the company, and the devnet, which is a network and not its database.
const LEFT_OUT = ['371os.log', 'devnet', 'lock.sqlite', 'server.json'];
const DEVNET_SERVERS = [
  ...['AKASH_RPC', 'AKASH_REST', 'AKASH_GRPC', 'AKASH_CONSOLE', 'AKASH_GATEWAY'],
  ...['CONTROL', 'EVM', 'IPFS_API', 'IPFS_GATEWAY'],
];

const directory = mkdtempSync(join(tmpdir(), '371os-fixture-'));
const environment = {
  PATH: process.env['PATH'],
  DATA_DIR: directory,
  LOCAL_MODEL_DISCOVERY: 'false',
  ...Object.fromEntries(DEVNET_SERVERS.map((server) => [`DEVNET_${server}_PORT`, '0'])),
};

async function run(
  program: string,
  args: readonly string[],
  more: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--conditions=@371os/source', 'scripts/main.js', program, ...args],
    { cwd: ROOT, env: { ...environment, ...more }, timeout: TIMEOUT_MS },
  );
  process.stdout.write(`${stdout}\n`);
  return stdout;
}

async function registerAgent(): Promise<void> {
  const plan = await run('chat', ['--agent', 'CFO Maya', 'register yourself on chain']);
  await run('chat', [/\/approve \w{8}/.exec(plan)?.[0] ?? 'no plan']);
  await run('devnet', ['--stop']);
}

async function spend(): Promise<void> {
  const model = await startScriptedModel({
    reply: {
      text: 'Look at the upstream time-out first.',
      usage: { prompt_tokens: 1000, completion_tokens: 100, total_tokens: 1100 },
    },
  });
  await run('chat', [FIXTURE_SPENT], {
    DEVNET: 'off',
    OPENAI_BASE_URL: model.baseUrl,
    OPENAI_API_KEY: 'sk-scripted-0123456789',
    OPENAI_LARGE_MODEL: 'gpt-4o-mini',
    OPENAI_SMALL_MODEL: 'gpt-4o-mini',
  });
  await model.close();
}

// An approval runs out after a day, and this one shall be pending for as long as there are tests.
async function keepForEver(): Promise<void> {
  const adapter = createDatabaseAdapter(
    { dataDir: join(directory, 'pglite') },
    stringToUuid('371os-fixture'),
  );
  await adapter.init();
  const database = adapter.db as SqlExecutor;
  await database.execute(
    sql`UPDATE treasury.approvals SET expires_at = '2199-01-01T00:00:00Z' WHERE state = 'pending'`,
  );
  // What is in the tables need not be in the journal, too.
  await database.execute(sql`CHECKPOINT`);
  await adapter.close();
}

try {
  for (const name of ['owner-token', 'secret-salt'])
    writeFileSync(join(directory, name), `${FIXTURE_TOKEN}\n`, { mode: 0o600 });
  await registerAgent();
  await spend();
  await run('chat', [FIXTURE_QUESTION], { DEVNET: 'off' });
  await run('chat', [FIXTURE_APPROVAL], { DEVNET: 'off' });
  await keepForEver();
  const archive = fixturePath(PROGRAM_VERSION);
  mkdirSync(join(archive, '..'), { recursive: true });
  const excluded = LEFT_OUT.map((name) => `--exclude=./${name}`);
  await promisify(execFile)('tar', ['-czf', archive, ...excluded, '-C', directory, '.']);
  process.stdout.write(`${archive}\n`);
} finally {
  rmSync(directory, { recursive: true, force: true });
}

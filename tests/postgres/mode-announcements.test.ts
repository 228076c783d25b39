// Two processes of one company on one PostgreSQL: when the internet goes and comes back, each room is told once that
// backup mode was entered, and once that it was left, by the process that has the agent whose room it is.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { stringToUuid } from '@elizaos/core';
import { createDatabaseAdapter } from '@elizaos/plugin-sql';
import type { SqlExecutor } from '@371os/plugin-treasury';
import { sql, type SQL } from 'drizzle-orm';
import { Supplier } from '../resilience/mode-fixture.ts';
import {
  emptyEnvironment,
  makeDataDirectory,
  removeDataDirectory,
  startCompany,
  startWorker,
  type CompanyProcess,
  type WorkerProcess,
} from '../support/company.ts';
import { eventually } from '../support/eventually.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';

const START_MS = 120_000;
// Public addresses, so that they count as the internet; nobody is asked there.
const [MODELS, CHAIN] = ['11.1.0.1', '11.2.0.1'];
const DETOUR = new URL('../support/detour.ts', import.meta.url).href;
const REX = 'CRO Rex';

let postgres: TestPostgres;
let front: CompanyProcess;
let worker: WorkerProcess;
const directories = [makeDataDirectory(), makeDataDirectory()] as const;
const suppliers: Supplier[] = [];

beforeAll(async () => {
  postgres = await startPostgres({ vectors: true });
  suppliers.push(await Supplier.start({}));
  suppliers.push(await Supplier.start({ jsonrpc: '2.0', id: 1, result: '0x1' }));
  const [models, chain] = suppliers.map(({ url }) => Number(new URL(url).port));
  const environment = (directory: string): Promise<NodeJS.ProcessEnv> =>
    emptyEnvironment(directory, {
      POSTGRES_URL: postgres.url,
      ...{ OPENAI_BASE_URL: `http://${MODELS}/v1`, OPENAI_API_KEY: 'sk-nobody' },
      REGISTRY_RPC_URL: `http://${CHAIN}/`,
      DETOURS: JSON.stringify({ [`${MODELS}:80`]: models, [`${CHAIN}:80`]: chain }),
      NODE_OPTIONS: `--import=${DETOUR}`,
      ...{ RESILIENCE_PROBE_MS: '500', RESILIENCE_STABLE_MS: '2000' },
      RESILIENCE_AUTOMATIC_RETURN: 'true',
    });
  const args = ['--agents', 'Front Desk'];
  front = await startCompany(await environment(directories[0]), 'start', args);
  worker = await startWorker(['--agents', REX], await environment(directories[1]));
}, START_MS);
afterAll(async () => {
  const ended = once(worker.process, 'exit');
  worker.process.kill('SIGTERM');
  await Promise.all([ended, front.stop()]);
  for (const supplier of suppliers) await supplier.stop();
  await postgres.stop();
  for (const directory of directories) removeDataDirectory(directory);
}, START_MS);

async function query<Row>(statement: SQL): Promise<Row[]> {
  const adapter = createDatabaseAdapter({ postgresUrl: postgres.url }, stringToUuid('modes'));
  try {
    return (await (adapter.db as SqlExecutor).execute(statement)).rows as Row[];
  } finally {
    await adapter.close();
  }
}

/** A room on a chat platform in which a person has written to Rex, whose process serves nobody. */
async function roomWithRex(): Promise<void> {
  const [agent] = await query<{ id: string }>(sql`SELECT id FROM agents WHERE name = ${REX}`);
  const [room, ann] = [stringToUuid('room with Rex'), stringToUuid('ann')];
  await query(sql`INSERT INTO entities (id, agent_id, names) VALUES (${ann}, ${agent?.id}, '{}')`);
  await query(
    sql`INSERT INTO rooms (id, agent_id, source, type, channel_id)
      VALUES (${room}, ${agent?.id}, 'telegram', 'DM', '7')`,
  );
  await query(
    sql`INSERT INTO memories (id, type, content, entity_id, agent_id, room_id)
      VALUES (gen_random_uuid(), 'messages', '{}', ${ann}, ${agent?.id}, ${room})`,
  );
}

/** Which agents have said something that begins so, once for each time. */
async function saidBy(beginning: string): Promise<string[]> {
  const rows = await query<{ name: string }>(
    sql`SELECT agents.name FROM memories JOIN agents ON agents.id = memories.entity_id
      WHERE memories.type = 'messages' AND memories.content->>'text' LIKE ${`${beginning}%`} ORDER BY 1`,
  );
  return rows.map(({ name }) => name);
}

test(
  'each room is told once that the internet is gone, and once that it is back',
  async () => {
    await front.ask('/help');
    await front.ask('hello');
    await roomWithRex();
    await eventually(async () => {
      expect((await front.get('/resilience/mode')).body).toMatchObject({
        ...{ mode: { state: 'normal' }, canTellOutage: true },
      });
    });
    const both = [REX, 'Front Desk'];
    for (const supplier of suppliers) supplier.manner = 'swallows';
    await eventually(async () => {
      expect(await saidBy('Backup mode since')).toEqual(both);
    });
    for (const supplier of suppliers) supplier.manner = 'answers';
    await eventually(async () => {
      expect(await saidBy('Backup mode is over')).toEqual(both);
    });
    // Nobody has said it again meanwhile.
    expect(await saidBy('Backup mode since')).toEqual(both);
    expect((await front.get('/resilience/mode')).body).toMatchObject({
      transitions: [{ to: expect.any(String) }, { to: expect.any(String) }],
    });
  },
  START_MS,
);

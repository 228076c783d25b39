import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { stringToUuid } from '@elizaos/core';
import sqlPlugin from '@elizaos/plugin-sql';
import resiliencePlugin, {
  BackupMode,
  Database,
  DependencyStore,
  LeadershipStore,
  ModeStore,
  RoomStore,
} from '@371os/plugin-resilience';
import { sql } from 'drizzle-orm';
import { openDatabase, type TestDatabase } from '../support/database.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';

let postgres: TestPostgres;
let executor: TestDatabase;
let database: Database;
beforeAll(async () => {
  postgres = await startPostgres({ vectors: true });
  executor = await openDatabase([sqlPlugin, resiliencePlugin], { postgresUrl: postgres.url });
  database = new Database(executor);
});
afterAll(async () => {
  await executor.close();
  await postgres.stop();
});

function modeOf(): BackupMode {
  return new BackupMode({
    store: new ModeStore(database),
    pollMs: 100,
    onError: (error) => {
      throw error;
    },
  });
}

describe('the mode of a node on PostgreSQL', () => {
  test('is changed once by many who want it at the same time, and all of them know it', async () => {
    const processes = Array.from({ length: 12 }, modeOf);
    await Promise.all(processes.map((mode) => mode.start()));
    const changes = await Promise.all(
      processes.map((mode, index) => mode.change('backup', { by: `p${index}`, cause: 'a drill' })),
    );
    expect(changes.filter(({ isChanged }) => isChanged)).toHaveLength(1);
    const [first] = changes;
    for (const { mode } of changes) expect(mode).toEqual(first!.mode);
    expect(await processes[0]!.transitions()).toMatchObject([
      { number: 1, from: 'normal', to: 'backup', cause: 'a drill', epoch: undefined },
    ]);
    for (const mode of processes) mode.stop();
  });

  test('is changed by a leader only while it leads', async () => {
    const offices = new LeadershipStore(database);
    const epoch = await offices.claim('cro', { id: 'a', name: 'a' }, 60_000);
    const mode = modeOf();
    await mode.start();
    const order = { by: 'system', cause: 'it is over' };
    const late = await mode.change('normal', { ...order, epoch: epoch! + 1 });
    expect(late.isChanged).toBe(false);
    expect((await mode.change('normal', { ...order, epoch })).isChanged).toBe(true);
    expect((await mode.transitions()).at(-1)).toMatchObject({ to: 'normal', epoch });
    await offices.resign('cro', 'a');
    expect((await mode.change('backup', { ...order, epoch })).isChanged).toBe(false);
    mode.stop();
  });

  test('outages begin and end once, and what comes and goes is known', async () => {
    const modes = new ModeStore(database);
    await modes.beginOutage('one', 'no answer', 1);
    await modes.beginOutage('two', 'no answer', 1);
    expect((await modes.read())?.outage).toMatchObject({ id: 'one', endedAtMs: undefined });
    await modes.endOutage();
    const outage = (await modes.read())?.outage;
    expect(outage!.endedAtMs).toBeGreaterThanOrEqual(outage!.beganAtMs);
    const journal = new DependencyStore(database);
    const ipfs = { name: 'IPFS', class: 'storage', supplier: 'ipfs', isOutside: true } as const;
    await journal.add('1', { ...ipfs, state: 'up', problem: '' }, 1);
    await journal.add('2', { ...ipfs, state: 'down', problem: 'no answer' }, 1);
    expect(await journal.latest()).toMatchObject([
      { ...ipfs, state: 'down', problem: 'no answer' },
    ]);
    await journal.add('3', { ...ipfs, state: 'gone', problem: '' }, 1);
    expect(await journal.latest()).toEqual([]);
    await journal.prune(0);
  });
});

test('the rooms that people were in today are found, and no others', async () => {
  const [agent, ann] = [stringToUuid('agent'), stringToUuid('ann')];
  await executor.execute(sql`INSERT INTO agents (id, name) VALUES (${agent}, 'Rex')`);
  for (const id of [agent, ann])
    await executor.execute(
      sql`INSERT INTO entities (id, agent_id, names) VALUES (${id}, ${agent}, '{}')`,
    );
  const room = async (
    name: string,
    source: string,
    entity: string,
    ago: string,
    channel = name,
  ): Promise<void> => {
    const id = stringToUuid(name);
    await executor.execute(
      sql`INSERT INTO rooms (id, agent_id, source, type, channel_id)
        VALUES (${id}, ${agent}, ${source}, 'DM', ${channel})`,
    );
    await executor.execute(
      sql`INSERT INTO memories (id, type, content, entity_id, agent_id, room_id, created_at)
        VALUES (gen_random_uuid(), 'messages', '{}', ${entity}, ${agent}, ${id},
          (now() AT TIME ZONE 'UTC') - ${ago}::interval)`,
    );
  };
  await room('today', 'telegram', ann, '23 hours');
  await room('last week', 'telegram', ann, '25 hours');
  await room('the agent alone', 'telegram', agent, '1 hour');
  await room('over REST', '371os', ann, '1 hour');
  await room('work', '371os', ann, '1 hour', stringToUuid('over REST'));
  const rooms = await new RoomStore(new Database(executor)).activeWithin(24);
  expect(rooms.map(({ id }) => id).toSorted()).toEqual(
    ['today', 'over REST'].map((name) => stringToUuid(name)).toSorted(),
  );
  expect(new Set(rooms.map(({ agentId }) => agentId))).toEqual(new Set([agent]));
});

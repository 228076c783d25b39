import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Client } from '@modelcontextprotocol/client';
import { connectTo } from '../coordination/mcp-fixture.ts';
import { eventually } from '../support/eventually.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { WorkerProcess } from '../support/worker-process.ts';

const PROCESSES = 2;
const WRITES = 100;

let postgres: TestPostgres;
const workers: WorkerProcess[] = [];
const clients: Client[] = [];

beforeAll(async () => {
  postgres = await startPostgres({ vectors: true });
  // One after the other: the first makes the tables.
  for (let n = 0; n < PROCESSES; n += 1) {
    const worker = await WorkerProcess.start('coordination-worker.ts', {
      postgresUrl: postgres.url,
    });
    workers.push(worker);
    clients.push(await connectTo(await worker.says('url')));
  }
});

afterAll(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await Promise.all(workers.map((worker) => worker.end()));
  await postgres.stop();
});

async function call(
  client: Client,
  name: string,
  args: Record<string, unknown>,
): Promise<Record<string, unknown>> {
  const result = await client.callTool({ name, arguments: args });
  expect(result.isError ? result.content : undefined).toBeUndefined();
  return (result.structuredContent ?? {}) as Record<string, unknown>;
}

const entity = (name: string) => ({ name, entityType: 'thing', observations: [`is ${name}`] });

async function names(client: Client, room: string): Promise<Set<string>> {
  const { entities } = await call(client, 'read_graph', { room });
  return new Set((entities as { name: string }[]).map(({ name }) => name));
}

test('all that two processes write at once is kept', async () => {
  const writes = clients.flatMap((client, process) =>
    Array.from({ length: WRITES }, (_, n) =>
      call(client, 'create_entities', { entities: [entity(`${process}-${n}`)], room: 'all' }),
    ),
  );
  await Promise.all(writes);
  for (const client of clients) expect((await names(client, 'all')).size).toBe(PROCESSES * WRITES);
});

test('of the same writes by two processes each is kept once', async () => {
  const asked = Array.from({ length: WRITES }, (_, n) => n);
  const made = await Promise.all(
    clients.flatMap((client) =>
      asked.map(async (n) => {
        const args = { entities: [entity(`e${n}`)], room: 'same' };
        return (await call(client, 'create_entities', args))['entities'] as unknown[];
      }),
    ),
  );
  expect(made.flat()).toHaveLength(WRITES);
  expect((await names(clients[0]!, 'same')).size).toBe(WRITES);
});

test('what is said of one entity by two processes is kept, each once', async () => {
  await call(clients[0]!, 'create_entities', { entities: [entity('E')], room: 'said' });
  await Promise.all(
    clients.flatMap((client, process) =>
      Array.from({ length: WRITES }, (_, n) =>
        call(client, 'add_observations', {
          observations: [{ entityName: 'E', contents: [`both ${n}`, `${process} says ${n}`] }],
          room: 'said',
        }),
      ),
    ),
  );
  const { entities } = await call(clients[1]!, 'open_nodes', { names: ['E'], room: 'said' });
  const [{ observations } = { observations: [] }] = entities as { observations: string[] }[];
  expect(observations).toHaveLength(1 + WRITES + PROCESSES * WRITES);
  expect(new Set(observations).size).toBe(observations.length);
});

test('whoever listens in one process hears of what another writes', async () => {
  const [here, there] = [clients[0]!, clients[1]!];
  const uri = 'memory://company/-/heard';
  const heard: string[] = [];
  here.setNotificationHandler('notifications/resources/updated', ({ params }) => {
    heard.push(params.uri);
  });
  await here.listen({ resourceSubscriptions: [uri] });
  await eventually(async () => {
    await call(there, 'create_entities', { entities: [entity(`n${Date.now()}`)], room: 'heard' });
    expect(heard).toContain(uri);
  });
});

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import coordinationPlugin, {
  Database,
  Seal,
  SqlNoteStore,
  SqlRemoteTaskStore,
  SqlWebhookStore,
} from '@371os/plugin-coordination';
import { openDatabase, type TestDatabase } from '../support/database.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';

let postgres: TestPostgres;
let connection: TestDatabase;
let database: Database;

beforeAll(async () => {
  postgres = await startPostgres({ vectors: true });
  connection = await openDatabase([coordinationPlugin], { postgresUrl: postgres.url });
  database = new Database(connection);
});

afterAll(async () => {
  await connection.close();
  await postgres.stop();
});

test('what programs share is kept, the newest alone, each in its place', async () => {
  const notes = new SqlNoteStore(database);
  const place = { person: 'guest:ann', agent: 'CFO Maya', chat: 'x'.repeat(200) };
  await notes.put(place, 'first');
  await notes.put(place, 'second');
  expect(await notes.get(place)).toMatchObject({ text: 'second' });
  expect(await notes.get({ ...place, person: 'guest:bob' })).toBeUndefined();
});

test('webhooks are kept sealed, eight for a task, and nobody opens them with another token', async () => {
  const webhooks = new SqlWebhookStore(database, new Seal('token'));
  const taskId = randomUUID();
  const hook = (id: string) => ({
    ...{ id, taskId, url: 'https://a.example/hook', token: 'mine' },
    authentication: { scheme: 'Bearer', credentials: 'very-secret' },
  });
  for (let id = 1; id <= 8; id += 1) await webhooks.save(hook(String(id)));
  await webhooks.save(hook('8'));
  await expect(webhooks.save(hook('9'))).rejects.toThrow('at most 8');
  expect((await webhooks.list(taskId))[0]).toEqual(hook('1'));
  expect(await new SqlWebhookStore(database, new Seal('other')).list(taskId)).toEqual([]);
  await webhooks.noteTold(taskId, 'COMPLETED');
  expect(await webhooks.awaited()).toEqual([{ taskId, told: 'COMPLETED' }]);
  await webhooks.delete(taskId, '8');
  expect(await webhooks.list(taskId)).toHaveLength(7);
});

test('tasks that others do are found, noted and ended', async () => {
  const store = new SqlRemoteTaskStore(database);
  const task = {
    ...{ taskId: randomUUID(), agent: 'Lingua @ a.example', url: 'https://a.example/' },
    ...{ reservationId: randomUUID(), pricePico: 50_000_000_000n },
  };
  await store.add(task);
  await store.noteRemoteId(task.taskId, 'remote');
  const known = { ...task, remoteId: 'remote', hasEnded: false, isOverdue: false };
  expect(await store.find(task.taskId)).toEqual(known);
  expect(await store.open()).toEqual([known]);
  await store.end(task.taskId);
  expect(await store.open()).toEqual([]);
  await store.forget(task.taskId);
  expect(await store.find(task.taskId)).toBeUndefined();
});

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { PGlite } from '@electric-sql/pglite';
import { sql, type SQL } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/pglite';
import { preparedExecutor, type SqlExecutor } from '@371os/plugin-treasury';
import { freshDatabase } from '../support/fresh-database.ts';

let client: PGlite;
let plain: SqlExecutor;
let prepared: SqlExecutor;
beforeAll(async () => {
  client = new PGlite(freshDatabase());
  plain = drizzle(client);
  prepared = preparedExecutor(plain);
  await client.exec('CREATE TABLE notes (id integer PRIMARY KEY, text text)');
});
afterAll(() => client.close());

const rowsOf = async (query: SQL): Promise<unknown[]> => (await prepared.execute(query)).rows;
const ids = async (): Promise<unknown[]> =>
  (await rowsOf(sql`SELECT id FROM notes ORDER BY id`)).map((row) => (row as { id: number }).id);

test('there is one for a client, and none for what is no PGlite', () => {
  expect(preparedExecutor(plain)).toBe(prepared);
  const other: SqlExecutor = { execute: () => Promise.resolve({ rows: [] }) };
  expect(preparedExecutor(other)).toBe(other);
});

test.each<[string, SQL]>([
  ['no rows', sql`SELECT 1 AS one WHERE false`],
  [
    'texts, also odd ones',
    sql`SELECT ${"it's"}::text AS a, ${''}::text AS b, ${'ß🙂\n\\'}::text AS c`,
  ],
  ['nothing', sql`SELECT ${null}::text AS a, NULL::json AS b, ${null}::integer AS c`],
  [
    'numbers',
    sql`SELECT ${42}::integer AS a, ${'7'}::bigint AS b, 1.5::float8 AS c, 0.1::numeric AS d`,
  ],
  ['truth', sql`SELECT ${true}::boolean AS a, ${false}::boolean AS b`],
  ['JSON', sql`SELECT ${'{"a":[1,"x"]}'}::text::jsonb AS a, json_build_object('b', 2) AS b`],
  ['lists', sql`SELECT ARRAY['a', NULL, 'c,"d"'] AS a, ARRAY[1, 2] AS b`],
  [
    'moments',
    sql`SELECT now()::date AS a, '2026-01-31 12:00Z'::timestamptz AS b, '1 day'::interval AS c`,
  ],
  ['a statement without an answer', sql`CREATE TABLE IF NOT EXISTS others (id integer)`],
])('gives back what the driver gives: %s', async (_name, query) => {
  const { rows } = await plain.execute(query);
  expect(await rowsOf(query)).toEqual(rows);
  expect(await rowsOf(query)).toEqual(rows);
});

test('an error is that of the database, and the next statement is not hurt', async () => {
  const add = (id: string): Promise<unknown[]> =>
    rowsOf(sql`INSERT INTO notes VALUES (${id}::integer, 'x') RETURNING id`);
  expect(await add('1')).toEqual([{ id: 1 }]);
  await expect(add('1')).rejects.toMatchObject({ code: '23505' });
  await expect(add('one')).rejects.toMatchObject({ code: '22P02' });
  await expect(rowsOf(sql`SELEC 1`)).rejects.toMatchObject({ code: '42601' });
  expect(await add('2')).toEqual([{ id: 2 }]);
  expect(await ids()).toEqual([1, 2]);
});

test('a statement that the database has forgotten is parsed again', async () => {
  expect(await ids()).toEqual([1, 2]);
  await client.exec('DEALLOCATE ALL');
  await expect(ids()).rejects.toMatchObject({ code: '26000' });
  expect(await ids()).toEqual([1, 2]);
});

test("no statement becomes part of somebody else's transaction", async () => {
  let added: PromiseLike<unknown> | undefined;
  const undone = client.transaction(async (transaction) => {
    await transaction.query("INSERT INTO notes VALUES (100, 'undone')");
    added = prepared.execute(sql`INSERT INTO notes VALUES (3, 'kept')`);
    await transaction.query('SELECT 1');
    await transaction.rollback();
  });
  await undone;
  await added;
  expect(await ids()).toEqual([1, 2, 3]);
});

test('many at once each get their own answer', async () => {
  const asked = Array.from({ length: 50 }, (_, number) => number);
  const answers = await Promise.all(
    asked.map((number) => rowsOf(sql`SELECT ${number}::integer AS n`)),
  );
  expect(answers).toEqual(asked.map((n) => [{ n }]));
});

test('a database that is still opening is waited for, and one that was closed says so', async () => {
  const other = new PGlite(freshDatabase());
  const executor = preparedExecutor(drizzle(other));
  expect(await executor.execute(sql`SELECT 1 AS one`)).toEqual({ rows: [{ one: 1 }] });
  await other.close();
  await expect(executor.execute(sql`SELECT 1`)).rejects.toThrow('closed');
});

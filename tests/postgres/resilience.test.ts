import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { uuidSource } from '@371os/kernel';
import resiliencePlugin, { Database, MeasureStore, type Figures } from '@371os/plugin-resilience';
import { DatabaseCensus } from '../../plugins/plugin-resilience/src/adapters/database-census.ts';
import { openDatabase, type TestDatabase } from '../support/database.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';

const START_MS = 120_000;
const DAY = 86_400_000;
const home = { node: 'north', machine: 'vm', region: 'eu' };

let postgres: TestPostgres;
let database: TestDatabase;
beforeAll(async () => {
  postgres = await startPostgres();
  database = await openDatabase([resiliencePlugin], { postgresUrl: postgres.url });
}, START_MS);
afterAll(async () => {
  await database.close();
  await postgres.stop();
}, START_MS);

test('the database says of itself what it is, and who follows it', async () => {
  const { classes, capabilities } = await new DatabaseCensus(new Database(database), home).take();
  expect(classes).toMatchObject([
    { dependency: 'database', couldUse: [], pools: [{ suppliers: [{ weight: 1 }] }] },
  ]);
  const [name] = classes.flatMap(({ pools }) => pools[0]?.suppliers.map((one) => one.name) ?? []);
  expect(name).toMatch(/^PostgreSQL on /);
  expect(capabilities).toMatchObject([{ name: 'records', instances: [{ isHealthy: true }] }]);
});

test('the series is kept and forgotten as on the embedded database', async () => {
  const book = new MeasureStore(new Database(database), uuidSource);
  const figures: Omit<Figures, 'atMs'> = {
    ...{ syncRate: 0.95, syncSamples: 20, syncLevel: 'degraded', goodWindows: 1 },
    ...{ riskLevel: null, limitingClass: 'DNS', redundancy: null, redundancyLevel: null },
    ...{ minK: null, mode: 'backup' },
  };
  await book.add(figures, DAY);
  expect(await book.newest(2)).toEqual([{ ...figures, atMs: expect.any(Number) }]);
  expect(await book.since(DAY)).toMatchObject(figures);
  await book.add({ ...figures, syncRate: null }, 0);
  expect(await book.newest(2)).toMatchObject([{ syncRate: null }]);
});

import { afterAll, beforeAll } from '@jest/globals';
import dashboardPlugin from '@371os/plugin-dashboard';
import { describeSessionStore } from '../dashboard/session-store-suite.ts';
import { openDatabase, type TestDatabase } from '../support/database.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';

const START_MS = 120_000;

let postgres: TestPostgres;
let database: TestDatabase;
beforeAll(async () => {
  postgres = await startPostgres();
  database = await openDatabase([dashboardPlugin], { postgresUrl: postgres.url });
}, START_MS);
afterAll(async () => {
  await database.close();
  await postgres.stop();
}, START_MS);

describeSessionStore(() => database);

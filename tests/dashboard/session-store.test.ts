import { afterAll, beforeAll } from '@jest/globals';
import dashboardPlugin from '@371os/plugin-dashboard';
import { openDatabase, type TestDatabase } from '../support/database.ts';
import { describeSessionStore } from './session-store-suite.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await openDatabase([dashboardPlugin]);
});
afterAll(() => database.close());

describeSessionStore(() => database);

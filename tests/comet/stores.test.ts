import { afterAll, beforeAll } from '@jest/globals';
import cometPlugin from '@371os/plugin-comet';
import routerPlugin from '@371os/plugin-router';
import { openDatabase, type TestDatabase } from '../support/database.ts';
import { describeStores } from './store-suite.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await openDatabase([cometPlugin, routerPlugin]);
}, 120_000);
afterAll(() => database.close());

describeStores(() => database);

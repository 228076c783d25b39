import { afterAll, beforeAll, test } from '@jest/globals';
import fc from 'fast-check';
import treasuryPlugin from '@371os/plugin-treasury';
import { openDatabase, type TestDatabase } from '../support/database.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { liveThrough, rounds } from '../treasury/vanishing-company.ts';

let postgres: TestPostgres;
let database: TestDatabase;
beforeAll(async () => {
  postgres = await startPostgres();
  database = await openDatabase([treasuryPlugin], { postgresUrl: postgres.url });
});
afterAll(async () => {
  await database.close();
  await postgres.stop();
});

// `TREASURY_PROPERTY_RUNS=1000` looks further.
const numRuns = Number(process.env['TREASURY_PROPERTY_RUNS'] ?? 15);

test(
  'calls, aborts, crashes and clock jumps on PostgreSQL: no cap is passed, and all adds up',
  () =>
    fc.assert(
      fc.asyncProperty(rounds, (life) => liveThrough(database, life)),
      { numRuns },
    ),
  120_000 + numRuns * 5_000,
);

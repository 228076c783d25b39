import { afterAll, beforeAll, test } from '@jest/globals';
import fc from 'fast-check';
import treasuryPlugin from '@371os/plugin-treasury';
import { openDatabase, type TestDatabase } from '../support/database.ts';
import { liveThrough, rounds } from './vanishing-company.ts';
import { fileDatabase } from '../support/fresh-database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await openDatabase([treasuryPlugin], { dataDir: fileDatabase() });
});
afterAll(() => database.close());

// `TREASURY_PROPERTY_RUNS=1000` looks further.
const numRuns = Number(process.env['TREASURY_PROPERTY_RUNS'] ?? 15);

test(
  'calls, aborts, crashes and clock jumps: no cap is passed, all ends, and all adds up',
  () =>
    fc.assert(
      fc.asyncProperty(rounds, (life) => liveThrough(database, life)),
      { numRuns },
    ),
  120_000 + numRuns * 5_000,
);

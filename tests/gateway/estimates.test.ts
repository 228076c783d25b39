import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { Estimates } from '../../plugins/plugin-gateway/src/services/estimates.ts';
import { SqlRatioStore } from '../../plugins/plugin-gateway/src/store/sql-ratio-store.ts';
import { startAgents, type TestAgents } from './agents-fixture.ts';

const MODEL = 'openai:gpt-4o-mini';
const SEEN = { countedTokens: 1_000, tokensIn: 1_500, estimatedPico: 100n, costPico: 120n };

let agents: TestAgents;
beforeAll(async () => {
  agents = await startAgents({ Maya: { settings: {} } });
}, 60_000);
afterAll(() => agents.stop(), 60_000);

test('what calls teach is kept for the next process, and only rises there', async () => {
  const db = agents.agent('Maya').db as ConstructorParameters<typeof SqlRatioStore>[0];
  const store = new SqlRatioStore(db);
  const first = new Estimates();
  await first.learn(MODEL, SEEN, store);
  await new Estimates().learn(MODEL, { ...SEEN, tokensIn: 1_100, costPico: 140n }, store);
  const next = new Estimates();
  await next.load(store);
  expect(next.of(MODEL)).toEqual({ tokenPercent: 150, costPercent: 140 });
  const { rows } = await db.execute(sql`SELECT count(*)::integer AS n FROM gateway.learned_ratios`);
  expect(rows).toEqual([{ n: 1 }]);
});

test('a database that fails is a typed error', async () => {
  const store = new SqlRatioStore({ execute: () => Promise.reject(new RangeError('gone')) });
  await expect(store.load()).rejects.toMatchObject({ code: 'ESTIMATES_UNREADABLE' });
});

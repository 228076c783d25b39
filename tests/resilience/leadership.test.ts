import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import resiliencePlugin, { Database, Leadership, LeadershipStore } from '@371os/plugin-resilience';
import { openDatabase, type TestDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';

const LEASE_MS = 300;

let database: TestDatabase;
let store: LeadershipStore;
const errors: unknown[] = [];
beforeAll(async () => {
  database = await openDatabase([resiliencePlugin]);
  store = new LeadershipStore(new Database(database));
});
afterAll(() => database.close());

function candidate(name: string, clock = { ms: undefined as number | undefined }): Leadership {
  return new Leadership({
    store,
    candidate: { id: `id of ${name}`, name },
    leaseMs: LEASE_MS,
    elapsedMs: () => clock.ms ?? performance.now(),
    onError: (error) => errors.push(error),
  });
}

describe('of those who stand for the office', () => {
  it('one leads, and another one when it resigns, under a higher epoch', async () => {
    const [first, second] = [candidate('first'), candidate('second')];
    first.start();
    await eventually(async () => expect(first.epoch).toBeGreaterThan(0));
    const before = first.epoch!;
    second.start();
    expect(await second.leader()).toBe('first');
    await new Promise((resolve) => setTimeout(resolve, 2 * LEASE_MS));
    expect([first.epoch, second.epoch]).toEqual([before, undefined]);
    await first.stop();
    await eventually(async () => expect(second.epoch).toBe(before + 1));
    expect(await first.leader()).toBe('second');
    await second.stop();
    expect(await second.leader()).toBeUndefined();
    expect(errors).toEqual([]);
  });

  it('one that could not renew for a lease leads no more, whatever the database says', async () => {
    const clock = { ms: 1_000 };
    const leader = candidate('stands still', clock);
    leader.start();
    await eventually(async () => expect(leader.epoch).toBeGreaterThan(0));
    clock.ms += 10 * LEASE_MS;
    expect(leader.epoch).toBeUndefined();
    await leader.stop();
  });

  it('what is for the leader alone is done by the leader alone', async () => {
    const both = [candidate('left'), candidate('right')];
    const done: string[] = [];
    const ends = both.map((one, index) =>
      one.whileLeading(20, async () => {
        done.push(['left', 'right'][index]!);
      }),
    );
    for (const one of both) one.start();
    await eventually(async () => expect(done.length).toBeGreaterThan(5));
    expect(new Set(done).size).toBe(1);
    for (const end of ends) end();
    for (const one of both) await one.stop();
  });
});

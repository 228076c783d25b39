import { expect, it } from '@jest/globals';
import { SessionStore, type SignedIn } from '@371os/plugin-dashboard';
import type { TestDatabase } from '../support/database.ts';

/** What holds of signed-in browsers on either database. */
export function describeSessionStore(database: () => TestDatabase): void {
  const signedIn = (id: string, begunAtMs: number): SignedIn => ({
    ...{ id, way: 'link', browser: 'Firefox on Linux' },
    ...{ begunAtMs, expiresAtMs: begunAtMs + 1_000 },
  });

  it('keeps those that go on, newest first, until they end or are over', async () => {
    const store = new SessionStore(database());
    const [first, second] = [signedIn('a1', 1_800_000_000_000), signedIn('b2', 1_800_000_000_500)];
    await store.begin(first);
    await store.begin(second);
    expect(await store.list(1_800_000_000_600)).toEqual([second, first]);
    expect(await store.list(1_800_000_001_000)).toEqual([second]);
    expect(await store.end('b2')).toBe(true);
    expect([await store.end('b2'), await store.goesOn('b2')]).toEqual([false, false]);
    expect(await store.goesOn('a1')).toBe(true);
    await store.begin(signedIn('c3', 1_800_000_002_000));
    expect(await store.goesOn('a1')).toBe(false);
  });
}

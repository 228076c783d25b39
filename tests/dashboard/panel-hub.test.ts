import { expect, test } from '@jest/globals';
import { BaseError } from '@371os/kernel';
import { PanelHub, type PanelSource } from '@371os/plugin-dashboard';
import { eventually } from '../support/eventually.ts';

class TreasuryAwayError extends BaseError {
  constructor() {
    super('The ledger cannot be read.');
  }
}

/** A panel whose content the test sets, and how often it was looked at. */
function sourceOf(): {
  source: PanelSource<'agents'>;
  seen: { looks: number; fails: boolean; agents: never[] };
} {
  const seen = { looks: 0, fails: false, agents: [] as never[] };
  const source: PanelSource<'agents'> = {
    name: 'agents',
    everyMs: 5,
    read: async () => {
      seen.looks += 1;
      if (seen.fails) throw new TreasuryAwayError();
      return { state: 'ok', data: { agents: seen.agents } };
    },
  };
  return { source, seen };
}

const EMPTY = '{"panel":"agents","state":"ok","data":{"agents":[]}}';

test('looks only while somebody watches, once for all, and tells only what has changed', async () => {
  const { source, seen } = sourceOf();
  const hub = new PanelHub({ sources: [source], onError: () => undefined });
  const first: string[] = [];
  const second: string[] = [];
  expect(seen.looks).toBe(0);
  const endFirst = hub.watch((json) => first.push(json));
  await eventually(async () => expect(seen.looks).toBeGreaterThan(3));
  expect(first).toEqual([EMPTY]);
  const endSecond = hub.watch((json) => second.push(json));
  expect(second).toEqual([EMPTY]);
  seen.agents = [{ name: 'Nova' } as never];
  await eventually(async () => expect(first).toHaveLength(2));
  expect(second).toEqual(first);
  endFirst();
  endFirst();
  expect(hub.watchers).toBe(1);
  endSecond();
  const { looks } = seen;
  await new Promise((done) => setImmediate(done));
  expect([hub.watchers, seen.looks - looks]).toEqual([0, 0]);

  const third: string[] = [];
  const endThird = hub.watch((json) => third.push(json));
  expect(third).toEqual([]);
  await eventually(async () => expect(third).toHaveLength(1));
  endThird();
});

test('says what keeps a panel from being known, and goes on when that is over', async () => {
  const { source, seen } = sourceOf();
  const told: unknown[] = [];
  const hub = new PanelHub({ sources: [source], onError: (_panel, error) => told.push(error) });
  seen.fails = true;
  const heard: string[] = [];
  const end = hub.watch((json) => heard.push(json));
  await eventually(async () => expect(heard).toHaveLength(1));
  expect(heard[0]).toBe('{"panel":"agents","state":"problem","text":"The ledger cannot be read."}');
  expect(told[0]).toBeInstanceOf(TreasuryAwayError);
  seen.fails = false;
  await eventually(async () => expect(heard).toHaveLength(2));
  expect(heard[1]).toBe(EMPTY);
  end();
});

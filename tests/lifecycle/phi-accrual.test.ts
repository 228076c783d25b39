import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { PHI_RULE, PhiAccrual } from '../../plugins/plugin-lifecycle/src/domain/phi-accrual.ts';
import {
  NodeWatch,
  remoteAgents,
  type NodeSign,
} from '../../plugins/plugin-lifecycle/src/domain/presence.ts';

/** Somebody who has beaten so often in such intervals, the last time at the returned moment. */
function beaten(intervalMs: number, times: number): { heart: PhiAccrual; lastMs: number } {
  const heart = new PhiAccrual(0);
  for (let beat = 1; beat <= times; beat += 1) heart.beat(beat * intervalMs);
  return { heart, lastMs: times * intervalMs };
}

describe('the phi accrual detector', () => {
  // By Akka's formula: phi = -log10(e / (1 + e)), e = exp(-y (1.5976 + 0.070566 y²)),
  // y = (silence - mean - 3000) / max(deviation, 100).
  it.each([
    [0, 0],
    [4_000, 0.3],
    [4_100, 0.8],
    [4_300, 2.91],
    [4_500, 7.3],
    [4_600, 10.78],
  ])('of 1 s beats, after %i ms of silence, says %d', (silenceMs, phi) => {
    const { heart, lastMs } = beaten(1_000, 2_000);
    expect(heart.phi(lastMs + silenceMs)).toBeCloseTo(phi, 1);
  });

  it('takes the first silence by what is usual, and longer rhythms for what they are', () => {
    expect(new PhiAccrual(0).isAlive(5_000)).toBe(true);
    expect(new PhiAccrual(0).isAlive(6_000)).toBe(false);
    const slow = beaten(3_000, 500);
    expect(slow.heart.isAlive(slow.lastMs + 6_000)).toBe(true);
    expect(slow.heart.isAlive(slow.lastMs + 8_000)).toBe(false);
  });

  it('suspects more and more, whatever came before, and nobody who has just beaten', () => {
    const intervals = fc.array(fc.integer({ min: -5_000, max: 60_000 }), { maxLength: 60 });
    const silences = fc.tuple(fc.nat({ max: 1e7 }), fc.nat({ max: 1e7 }));
    fc.assert(
      fc.property(intervals, silences, (steps, [one, other]) => {
        const heart = new PhiAccrual(0);
        let nowMs = 0;
        // A clock that is set back makes a step of less than nothing.
        for (const step of steps) heart.beat((nowMs += step));
        const [less, more] = one < other ? [one, other] : [other, one];
        expect(heart.isAlive(nowMs)).toBe(true);
        expect(heart.phi(nowMs + more)).toBeGreaterThanOrEqual(heart.phi(nowMs + less));
        expect(heart.phi(nowMs - more)).toBe(heart.phi(nowMs));
      }),
    );
  });

  it('learns nothing from a time in which it took somebody to be dead', () => {
    const { heart, lastMs } = beaten(1_000, 1_500);
    const before = heart.phi(lastMs + 4_400);
    heart.beat(lastMs + 86_400_000);
    expect(heart.phi(lastMs + 86_400_000 + 4_400)).toBeCloseTo(before, 6);
  });

  it('remembers no more than its sample', () => {
    const { heart, lastMs } = beaten(1_000, PHI_RULE.sampleSize);
    for (let beat = 1; beat <= PHI_RULE.sampleSize; beat += 1) heart.beat(lastMs + beat * 2_000);
    const endMs = lastMs + PHI_RULE.sampleSize * 2_000;
    expect(heart.phi(endMs + 5_000)).toBeCloseTo(0.3, 1);
  });
});

function nodeOf(id: string, beat: string, machine = 'here'): NodeSign {
  return { id, beat, machine, name: 'worker', host: 'host', pid: 1 };
}

describe('a look at other processes', () => {
  it('takes one whose heartbeat does not change to be dead, and forgets one that left', () => {
    const watch = new NodeWatch();
    for (let second = 0; second < 60; second += 1)
      watch.observe([nodeOf('a', String(second)), nodeOf('b', String(second))], second * 1_000);
    for (let second = 60; second < 66; second += 1)
      watch.observe([nodeOf('a', String(second)), nodeOf('b', '59')], second * 1_000);
    expect([watch.isAlive('a'), watch.isAlive('b')]).toEqual([true, false]);
    watch.observe([nodeOf('b', '66')], 66_000);
    expect([watch.isAlive('a'), watch.isAlive('b')]).toEqual([false, true]);
  });

  it('judges nobody dead because the observer stood still', () => {
    const watch = new NodeWatch();
    for (let second = 0; second < 60; second += 1)
      watch.observe([nodeOf('a', String(second))], second * 1_000);
    expect(watch.isAlive('a')).toBe(true);
    watch.observe([nodeOf('a', 'much later')], 3_600_000);
    expect(watch.isAlive('a')).toBe(true);
  });

  it('shows what others have published, there while its process is alive and takes work', () => {
    const nodes = [nodeOf('mine', '1'), nodeOf('alive', '1', 'there'), nodeOf('dead', '1')];
    const presences = [
      { agent: 'A', nodeId: 'alive', generation: 2, state: 'ready', profile: '{}' },
      { agent: 'B', nodeId: 'alive', generation: 1, state: 'draining', profile: '{}' },
      { agent: 'C', nodeId: 'dead', generation: 1, state: 'ready', profile: '{}' },
      { agent: 'D', nodeId: undefined, generation: 1, state: 'lost', profile: '{}' },
      { agent: 'E', nodeId: undefined, generation: 1, state: 'left', profile: undefined },
      { agent: 'F', nodeId: 'mine', generation: 1, state: 'ready', profile: '{}' },
    ];
    const shown = remoteAgents(presences, nodes, {
      nodeId: 'mine',
      isAlive: (id) => id !== 'dead',
    });
    expect(shown.map(({ name, isThere, machine }) => [name, isThere, machine])).toEqual([
      ['A', true, 'there'],
      ['B', false, 'there'],
      ['C', false, 'here'],
      ['D', false, undefined],
    ]);
  });
});

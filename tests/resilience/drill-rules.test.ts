import { describe, expect, it } from '@jest/globals';
import { readSettings } from '@371os/kernel';
import {
  drillSettings,
  InvalidDrillError,
  isDue,
  readDrillCommand,
  readDrillWish,
} from '@371os/plugin-resilience';

describe('what somebody says', () => {
  it.each<[string, Record<string, string> | undefined]>([
    ['Run a kill drill on CFO Maya', { kind: 'kill', target: 'CFO Maya' }],
    ['please run a stop drill on the agent CFO Maya for 20 s', stop('CFO Maya', '20')],
    ['Start a blackhole drill of the provider openai!', { kind: 'blackhole', target: 'openai' }],
    ['do a provider-gone drill on openai', { kind: 'provider-gone', target: 'openai' }],
    ['Run a resilience drill', {}],
    ['Run the build on CFO Maya', undefined],
    ['What did the last drill show?', undefined],
    [
      'How do I run a kill drill on somebody and who has to approve that it happens at all?',
      undefined,
    ],
  ])('%s', (text, fields) => {
    expect(readDrillWish(text)).toEqual(fields);
  });

  it.each([
    ['kill CFO Maya', { kind: 'kill', target: 'CFO Maya', seconds: 0 }],
    ['stop Maya', { kind: 'stop', target: 'Maya', seconds: 15 }],
    ['pause Maya 60', { kind: 'stop', target: 'Maya', seconds: 60 }],
    ['black-hole openai for 5 s', { kind: 'blackhole', target: 'openai', seconds: 5 }],
    ['provider gone openai 300', { kind: 'provider gone', target: 'openai', seconds: 300 }],
  ])('/drill %s', (text, request) => {
    expect(readDrillCommand(text)).toEqual(request);
  });

  it.each(['', 'kill', 'explode Maya', 'stop Maya 61', 'stop Maya 0', 'blackhole openai 4'])(
    'not /drill %s',
    (text) => {
      expect(() => readDrillCommand(text)).toThrow(InvalidDrillError);
    },
  );
});

describe('the schedule', () => {
  const read = (text: string): unknown => readSettings(drillSettings, () => text).RESILIENCE_DRILLS;
  const entry = { kind: 'kill', target: 'Maya', everyDays: 7, at: '03:00', approvedBy: 'owner' };

  it('is a list, and empty by default', () => {
    expect(readSettings(drillSettings, () => undefined).RESILIENCE_DRILLS).toEqual([]);
    expect(read(JSON.stringify([entry]))).toEqual([entry]);
  });

  it.each(['nonsense', '{}', JSON.stringify([{ ...entry, at: '24:00' }])])('refuses %s', (text) => {
    expect(() => read(text)).toThrow(/RESILIENCE_DRILLS.*JSON list/s);
  });

  it('refuses a drill that nobody has approved', () => {
    const unapproved = { ...entry, approvedBy: undefined };
    expect(() => read(JSON.stringify([unapproved]))).toThrow(/approvedBy/);
  });

  const DAY_MS = 86_400_000;
  const three = Date.UTC(2026, 10, 29, 3);
  it.each<[string, number | undefined, number, boolean]>([
    ['at its time, the first time', undefined, three, true],
    ['just before its time', undefined, three - 1, false],
    ['within ten minutes', undefined, three + 599_999, true],
    ['after ten minutes', undefined, three + 600_000, false],
    ['six days after the last', three - 6 * DAY_MS, three, false],
    ['seven days after the last, which was late', three - 7 * DAY_MS + 300_000, three, true],
    ['a minute after the last', three, three + 60_000, false],
  ])('is due %s: %s %s %s', (_when, last, now, due) => {
    expect(isDue({ everyDays: 7, at: '03:00' }, last, now)).toBe(due);
  });
});

function stop(target: string, seconds: string): Record<string, string> {
  return { kind: 'stop', target, seconds };
}

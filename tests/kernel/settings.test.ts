import { describe, expect, test } from '@jest/globals';
import { booleanSetting, integerSetting, readSettings } from '@371os/kernel';
import { z } from 'zod';

const schema = z.object({
  PORT: integerSetting(1, 65_535).default(3710),
  QUIET: booleanSetting.default(false),
  API_KEY: z.string().min(10).optional(),
});

function read(values: Record<string, unknown>): unknown {
  return readSettings(schema, (key) => values[key]);
}

describe('settings', () => {
  test('missing and empty ones take their default', () => {
    expect(read({ PORT: '' })).toEqual({ PORT: 3710, QUIET: false });
  });

  test.each([
    [{ PORT: '80' }, { PORT: 80, QUIET: false }],
    [{ QUIET: 'yes' }, { PORT: 3710, QUIET: true }],
    [{ QUIET: false }, { PORT: 3710, QUIET: false }],
    [{ QUIET: '0' }, { PORT: 3710, QUIET: false }],
  ])('%p is read as %p', (values, expected) => {
    expect(read(values)).toEqual(expected);
  });

  test.each([
    [{ PORT: 'abc' }, /Setting PORT: "abc" is not valid/],
    [{ PORT: '0' }, /PORT/],
    [{ PORT: '1.5' }, /PORT/],
    [{ PORT: 'NaN' }, /PORT/],
    [{ QUIET: 'maybe' }, /QUIET/],
  ])('%p is refused by name', (values, complaint) => {
    expect(() => read(values)).toThrow(complaint);
  });

  test('a secret is never shown', () => {
    const act = (): unknown => read({ API_KEY: 'hunter2' });
    expect(act).toThrow(/API_KEY: \[secret\]/);
    expect(act).not.toThrow(/hunter2/);
  });

  test('the result cannot be changed', () => {
    expect(Object.isFrozen(read({}))).toBe(true);
  });
});

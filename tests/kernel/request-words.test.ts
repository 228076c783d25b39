import { describe, expect, test } from '@jest/globals';
import { POLITE_BEGINNING, splitList } from '@371os/kernel';

describe('the beginning of a request', () => {
  const PAUSE = new RegExp(`${POLITE_BEGINNING}pause\\b`, 'i');

  test.each([
    'pause',
    'Please, pause it',
    "hey, I'd like you to pause",
    'could you also pause it?',
  ])('may be polite: %s', (text) => {
    expect(PAUSE.test(text)).toBe(true);
  });

  test.each(['do not pause', 'we never pause', 'a pause', 'pauses'])(
    'is no other sentence: %s',
    (text) => {
      expect(PAUSE.test(text)).toBe(false);
    },
  );
});

test.each([
  ['a, b and c', ['a', 'b', 'c']],
  ['market research & pricing;\nsand castles', ['market research', 'pricing', 'sand castles']],
  [' , ', []],
])('a list is read as its parts: %j', (text, parts) => {
  expect(splitList(text)).toEqual(parts);
});

import { describe, expect, test } from '@jest/globals';
import { acceptText } from '@371os/kernel';

const LIMIT = 100;

describe('what counts as a message', () => {
  test.each([
    ['plain words', 'hello', 'hello'],
    ['surrounding space is dropped', '  hello \n', 'hello'],
    ['special-token text is text', '<|endoftext|>', '<|endoftext|>'],
    ['a stray control character is dropped', 'a\u0000b', 'ab'],
    ['exactly the limit', 'x'.repeat(LIMIT), 'x'.repeat(LIMIT)],
  ])('%s', (_name, text, accepted) => {
    expect(acceptText(text, LIMIT)).toBe(accepted);
  });

  test.each([
    ['nothing', undefined, /empty/],
    ['only space', ' \n\t', /empty/],
    ['one byte too many', 'x'.repeat(LIMIT + 1), /0.1 kB is the most/],
    ['bytes count, not letters', 'é'.repeat(LIMIT / 2 + 1), /MESSAGE_MAX_BYTES/],
    ['binary', '\u0000\u0001\u0002\u0003PNG', /not text/],
    ['undecodable bytes', '\ufffd\ufffd\ufffd\ufffd', /not text/],
  ])('refuses %s', (_name, text, complaint) => {
    expect(() => acceptText(text, LIMIT)).toThrow(complaint);
  });
});

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { GptTokenCounter } from '../../plugins/plugin-gateway/src/adapters/gpt-token-counter.ts';
import { boundTokens, piecesOf } from '../../plugins/plugin-gateway/src/domain/token-bound.ts';
import { plausibleTokens } from '../../plugins/plugin-gateway/src/domain/usage.ts';

const counter = new GptTokenCounter();

describe('counting tokens', () => {
  test('the encoder loads with the first text, not before', async () => {
    const fresh = new GptTokenCounter();
    expect(fresh.isLoaded).toBe(false);
    expect(await fresh.count('hello')).toBe(1);
    expect(fresh.isLoaded).toBe(true);
  });

  test('text that looks like a command to the encoder is text', async () => {
    expect(await counter.count('<|endoftext|>')).toBeGreaterThan(1);
  });

  test.each([
    ['8,000 times the same letter', 'a'.repeat(8_000)],
    ['200 kB of hexadecimal digits', '0123456789abcdef'.repeat(12_500)],
    ['200 kB of prose', 'All work and no play makes a dull agent. '.repeat(5_000)],
    ['base64', Buffer.from('x'.repeat(24_000)).toString('base64')],
    ['half of a surrogate pair', '\ud83d'.repeat(600)],
  ])('%s is counted without a freeze', async (_name, text) => {
    await counter.count('warm');
    let longestMs = 0;
    let beforeMs = performance.now();
    const watch = setInterval(() => {
      longestMs = Math.max(longestMs, performance.now() - beforeMs);
      beforeMs = performance.now();
    }, 1);
    const tokens = await counter.count(text);
    clearInterval(watch);
    expect(tokens).toBeGreaterThan(0);
    expect(tokens).toBeLessThanOrEqual(Buffer.byteLength(text));
    expect(longestMs).toBeLessThan(500);
  });

  test('what was counted before counts the same again, and among more than is remembered', async () => {
    const fresh = new GptTokenCounter();
    const text = (number: number): string => `${String(number)} beans, `.repeat(60);
    const first = await fresh.count(text(0));
    expect(await fresh.count(text(0))).toBe(first);
    for (let number = 1; number < 4_500; number += 1) await fresh.count(text(number));
    expect(await fresh.count(text(0))).toBe(first);
    expect(await fresh.count(text(0).repeat(2))).toBe(await counter.count(text(0).repeat(2)));
  });

  test('pieces make up the text', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 3_000 }), (text) => {
        expect(piecesOf(text).join('')).toBe(text);
      }),
    );
  });

  test.each([
    ['gpt-4o-mini', 1_000, 100_000, 1_066],
    ['claude-3-sonnet', 1_000, 100_000, 1_616],
    ['qwen2-72b', 1_000, 100_000, 1_316],
    ['claude-3-sonnet', 1_000, 1_200, 1_216],
  ])('%s: %i tokens in %i bytes are at most %i', (model, tokens, sizeBytes, most) => {
    expect(boundTokens({ tokens, sizeBytes, parts: 1, images: 0 }, model)).toBe(most);
  });
});

describe('what a provider says that it used', () => {
  test.each<[string, number | undefined, number | undefined]>([
    ['a count that fits', 120, 120],
    ['nothing', undefined, undefined],
    ['negative', -5, undefined],
    ['not a number', Number.NaN, undefined],
    ['a fraction', 1.5, undefined],
    ['infinite', Number.POSITIVE_INFINITY, undefined],
    ['nothing for a text', 0, undefined],
    ['at the limit', 1_500, 1_500],
    ['more than can be', 1_501, undefined],
  ])('%s', (_name, reported, believed) => {
    expect(plausibleTokens(reported, { sizeBytes: 500 })).toBe(believed);
  });

  test('an answer may have hidden tokens up to its limit', () => {
    expect(plausibleTokens(2_000, { sizeBytes: 10, limitTokens: 2_048 })).toBe(2_000);
  });

  test('no tokens for no text are believed', () => {
    expect(plausibleTokens(0, { sizeBytes: 0 })).toBe(0);
  });
});

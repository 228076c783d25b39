import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatUsd, parseUsd, perUnitFromPerMillion, usdNumber } from '@371os/kernel';

describe('money', () => {
  test.each([
    ['20', 20_000_000_000_000n, '20.00'],
    ['$5', 5_000_000_000_000n, '5.00'],
    ['0.05 usd', 50_000_000_000n, '0.05'],
    ['1,000 dollars', 1_000_000_000_000_000n, '1000.00'],
    ['0.000000000001', 1n, '0.000000000001'],
  ])('%s is %s pico-USD and is written %s', (text, pico, written) => {
    expect(parseUsd(text)).toBe(pico);
    expect(formatUsd(pico)).toBe(written);
  });

  test.each(['', '-1', 'NaN', '1e9', 'Infinity', '1.0000000000001', 'ten', '1 2', '12345678'])(
    'refuses %p',
    (text) => {
      expect(() => parseUsd(text)).toThrow(/not an amount/);
    },
  );

  test('what is written is read back exactly', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 9_000_000n * 10n ** 12n }), (amount) => {
        expect(parseUsd(formatUsd(amount))).toBe(amount);
      }),
    );
  });

  test('a price per million tokens becomes a price per token, never rounded down', () => {
    expect(perUnitFromPerMillion('0.15')).toBe(150_000n);
    expect(perUnitFromPerMillion('0.0000001')).toBe(1n);
  });

  test('JSON shows the amount as a plain number', () => {
    expect(JSON.stringify({ costUsd: usdNumber(50_000_000n) })).toBe('{"costUsd":0.00005}');
  });
});

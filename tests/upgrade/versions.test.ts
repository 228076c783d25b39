import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ageOf, type Age } from '../../scripts/launcher/upgrade/compare-versions.ts';

describe('the age of data, for a program', () => {
  test.each<[string, string, Age]>([
    ['0.1.0', '0.1.0', 'same'],
    ['0.1.0', '0.1.1', 'older'],
    ['0.1.9', '0.1.10', 'older'],
    ['0.9.9', '0.10.0', 'older'],
    ['0.2.0', '0.1.9', 'newer'],
    ['1.0.0', '0.99.99', 'newer'],
    ['1.2.3', '2.0.0', 'older'],
    ['10.0.0', '9.9.9', 'newer'],
  ])('of %s for %s is %s', (writer, program, age) => {
    expect(ageOf(writer, program)).toBe(age);
  });

  test('is turned round with them', () => {
    const version = fc.tuple(fc.nat(20), fc.nat(20), fc.nat(20)).map((parts) => parts.join('.'));
    const turned: Record<Age, Age> = { same: 'same', older: 'newer', newer: 'older' };
    fc.assert(
      fc.property(version, version, (one, other) => {
        expect(ageOf(other, one)).toBe(turned[ageOf(one, other)]);
        expect(ageOf(one, other) === 'same').toBe(one === other);
      }),
    );
  });
});

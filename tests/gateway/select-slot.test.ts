import { describe, expect, test } from '@jest/globals';
import { selectSlot, type SlotFacts } from '../../plugins/plugin-gateway/src/domain/select-slot.ts';

const plain: SlotFacts = {
  isConfidential: false,
  isHighQuality: false,
  tokensIn: 100,
  remainingFraction: 1,
};

describe('selectSlot', () => {
  test.each<[string, Partial<SlotFacts>, string, number]>([
    ['nothing special', {}, 'default', 5],
    ['confidential', { isConfidential: true }, 'private', 1],
    ['confidential before quality', { isConfidential: true, isHighQuality: true }, 'private', 1],
    ['confidential before long', { isConfidential: true, tokensIn: 9_000 }, 'private', 1],
    [
      'confidential with nothing left',
      { isConfidential: true, remainingFraction: 0 },
      'private',
      1,
    ],
    [
      'quality just above 20 %',
      { isHighQuality: true, remainingFraction: 0.2000001 },
      'quality',
      2,
    ],
    ['quality at 20 % exactly', { isHighQuality: true, remainingFraction: 0.2 }, 'default', 5],
    ['quality before long', { isHighQuality: true, tokensIn: 9_000 }, 'quality', 2],
    [
      'quality, long, 20 % left',
      { isHighQuality: true, tokensIn: 8_001, remainingFraction: 0.2 },
      'long',
      3,
    ],
    ['8,000 tokens', { tokensIn: 8_000 }, 'default', 5],
    ['8,001 tokens', { tokensIn: 8_001 }, 'long', 3],
    ['long before cheap', { tokensIn: 8_001, remainingFraction: 0.01 }, 'long', 3],
    ['5 % left exactly', { remainingFraction: 0.05 }, 'default', 5],
    ['just below 5 %', { remainingFraction: 0.0499999 }, 'cheap', 4],
    ['quality with nothing left', { isHighQuality: true, remainingFraction: 0 }, 'cheap', 4],
  ])('%s', (_name, facts, slot, rule) => {
    const choice = selectSlot({ ...plain, ...facts });
    expect([choice.slot, choice.rule]).toEqual([slot, rule]);
    expect(choice.reason).not.toBe('');
  });
});

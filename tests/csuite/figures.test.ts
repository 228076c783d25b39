import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  reviewFeatures,
  readFeatures,
} from '../../plugins/plugin-csuite/src/domain/adoption-words.ts';
import {
  formatDecimal,
  formatPercent,
  formatRatio,
  ONE,
  parseDecimal,
  parseProportion,
  parseShare,
  roundToCents,
} from '../../plugins/plugin-csuite/src/domain/decimal.ts';
import {
  describeOffers,
  describePriceReview,
  readOffers,
  reviewOffers,
} from '../../plugins/plugin-csuite/src/domain/price-words.ts';
import { medianOf, reviewPrice } from '../../plugins/plugin-csuite/src/domain/price-review.ts';
import {
  parsePrice,
  priceQuestion,
  readPriceQuestion,
} from '../../plugins/plugin-csuite/src/domain/prices.ts';

describe('a number', () => {
  test.each([
    ['20', 20n * ONE],
    ['1,150.50', (115_050n * ONE) / 100n],
    ['-0.1', -ONE / 10n],
    ['.5', ONE / 2n],
    ['999999999.999999', 999_999_999_999_999n * 1_000_000n],
  ])('%p is read exactly', (text, value) => expect(parseDecimal(text)).toBe(value));

  test.each(['19,99', '25,30,28', '1e3', '', '.', '0.1234567', '1234567890', 'NaN', '--1', '1 2'])(
    '%p is refused rather than guessed at',
    (text) =>
      expect(() => parseDecimal(text)).toThrow(/is not a number: write it like 20 or 19\.99/),
  );

  test('reads back as it was written', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 15n) + 1n, max: 10n ** 15n - 1n }), (millionths) => {
        const value = millionths * 1_000_000n;
        expect(parseDecimal(formatDecimal(value))).toBe(value);
      }),
    );
  });

  test.each([
    ['70%', '70 %'],
    ['70 percent', '70 %'],
    ['0.7', '70 %'],
    ['-5%', '-5 %'],
    ['0.649999', '64.99 %'],
  ])('the share %p is %s, never rounded over a boundary', (text, shown) =>
    expect(formatPercent(parseShare(text))).toBe(shown),
  );

  test.each(['70', '1.01', '-0.01', '101%'])('%p is no proportion', (text) =>
    expect(() => parseProportion(text, 'a health')).toThrow(/it lies between 0 and 1/),
  );

  test.each([
    ['25.425', '25.43'],
    ['25.424', '25.42'],
    ['-0.005', '-0.01'],
  ])('%s is %s when rounded', (text, shown) =>
    expect(formatDecimal(roundToCents(parseDecimal(text)), 2)).toBe(shown),
  );

  test('a ratio is cut off', () => expect(formatRatio(parseDecimal('1.199999'))).toBe('1.1999'));
});

describe('the price rule', () => {
  test.each([
    // 1.15 x 20 = 23: above it 0.9 times the median, at it and below it what we suggested
    ['20', '25, 30 and 28', 'propose', '25.20'],
    ['20', '23', 'keep', '20.00'],
    ['20', '23.000001', 'propose', '20.7000009'],
    ['20', '22.999999', 'keep', '20.00'],
    ['20', '10, 12', 'keep', '20.00'],
    // the mean of the middle two
    ['20', '22, 24.01', 'propose', '20.7045'],
    ['20', '22, 24', 'keep', '20.00'],
    ['0.01', '0.0116', 'propose', '0.01044'],
  ])('%s against %s: %s %s', (suggestion, competitors, verdict, price) => {
    const question = priceQuestion(suggestion, [competitors]);
    const review = reviewPrice(question.suggestion, question.competitors);
    expect([review.verdict, formatDecimal(review.price, 2)]).toEqual([verdict, price]);
  });

  test('is said with its reason', () => {
    const question = priceQuestion('$20 a month', ['25, 31.50, 25.01']);
    expect(
      describePriceReview(question, reviewPrice(question.suggestion, question.competitors)),
    ).toBe(
      'Charge $22.509 a month ($22.51 a month when rounded): the median of 3 competitors is $25.01 a month, above 1.15 times our $20.00 a month ($23.00 a month), so 0.9 times the median is proposed.',
    );
    const low = priceQuestion('20', ['18']);
    expect(describePriceReview(low, reviewPrice(low.suggestion, low.competitors))).toBe(
      'Keep 20.00: the median of 1 competitor is 18.00, not above 1.15 times our 20.00 (23.00).',
    );
  });

  test('the median does not depend on the order, and half of the prices are on each side', () => {
    const prices = fc.array(fc.bigInt({ min: 1n, max: 10n ** 12n }), {
      minLength: 1,
      maxLength: 9,
    });
    fc.assert(
      fc.property(prices, (millionths) => {
        const values = millionths.map((value) => value * 1_000_000n);
        const median = medianOf(values);
        expect(medianOf(values.toReversed())).toBe(median);
        const below = values.filter((value) => value < median).length;
        const above = values.filter((value) => value > median).length;
        expect(Math.max(below, above) * 2).toBeLessThanOrEqual(values.length);
      }),
    );
  });

  test.each([
    ['€20', ['$25'], /different units \(€ and \$\)/],
    ['20 a month', ['200 a year'], /different units \(month and year\)/],
    ['20', [], /not told what competitors charge/],
    ['', ['25'], /not told what we want to charge/],
    ['19,99', ['25'], /is not a price/],
    ['20', ['25,30,28'], /is not a price/],
    ['0', ['25'], /above zero/],
    ['20', ['free'], /"free" is not a price/],
  ])('%p against %p is refused', (suggestion, competitors, message) => {
    expect(() => priceQuestion(suggestion, competitors)).toThrow(message);
  });

  test.each([
    ['20 dollars', { currency: '$', period: undefined }],
    ['£1,000.50 per seat', { currency: '£', period: 'seat' }],
    ['15€', undefined],
    ['15 euros/mo', { currency: '€', period: 'month' }],
  ])('%p', (text, units) => {
    if (units) expect(parsePrice(text)).toMatchObject(units);
    else expect(() => parsePrice(text)).toThrow(/is not a price/);
  });

  test.each([
    [
      'we want to charge 20, competitors charge 25, 30 and 28',
      { suggestion: '20', competitors: '25, 30 and 28' },
    ],
    [
      'Should we charge $20 a month? Our competitors ask $25, $30 and $28 a month.',
      { suggestion: '$20 a month', competitors: '$25, $30 and $28 a month.' },
    ],
    [
      "I'd like to ask 9.99 euros; the competition: 12 or 14",
      { suggestion: '9.99 euros', competitors: '12 or 14' },
    ],
    ['Our price is 20, rivals are at 19.', { suggestion: '20', competitors: '19.' }],
  ])('%p is read', (text, words) => {
    const read = readPriceQuestion(text)!;
    const clean = (said: string): string => said.replace(/[.,]$/, '');
    expect(clean(read.suggestion)).toBe(words.suggestion);
    expect(clean(read.competitors)).toBe(clean(words.competitors));
    expect(() => priceQuestion(read.suggestion, [read.competitors])).not.toThrow();
  });

  test.each([
    'what should we charge?',
    'our price is 20',
    'competitors charge 25 and 30',
    'write a page about our price and what competitors charge',
    'the pricing page throws an error 500 when competitors visit',
    'charge 20 batteries, others 30',
  ])('%p is left to judgement', (text) => expect(readPriceQuestion(text)).toBeUndefined());
});

describe('the return rule', () => {
  test.each([
    ['1000', '1199.999999', 'optimise', '1.1999'],
    ['1000', '1200', 'keep', '1.2'],
    ['1000', '1200.000001', 'keep', '1.2'],
    ['3', '0', 'optimise', '0'],
    ['3', '10', 'keep', '3.3333'],
  ])('%s spent and %s earned: %s, %s', (spent, earned, verdict, ratio) => {
    const [review] = reviewOffers([{ name: 'it', spent, earned }]);
    expect([review!.verdict, formatRatio(review!.ratio)]).toEqual([verdict, ratio]);
  });

  test.each([
    ['1.2', 'keep'],
    ['1.199999', 'optimise'],
    ['1.200001', 'keep'],
  ])('a return of %s: %s', (roi, verdict) =>
    expect(reviewOffers([{ name: 'it', roi }])[0]!.verdict).toBe(verdict),
  );

  test.each([
    [[], /not told which campaigns or offers/],
    [[{ name: 'it', spent: '5' }], /not told what it cost and earned/],
    [[{ name: 'it', spent: '0', earned: '5' }], /what cost nothing has no return/],
    [[{ name: 'it', spent: '5', earned: '-1' }], /zero or more/],
    [[{ name: 'it', roi: '130%' }], /"130%" is not what it returned/],
  ])('%j is refused', (offers, message) => expect(() => reviewOffers(offers)).toThrow(message));

  test('several are read from a sentence and answered one a line', () => {
    const text =
      'spring campaign: spent 1,000, earned $1150; launch offer: ROI 1.3\nwebinar: 2 ROI';
    expect(describeOffers(reviewOffers(readOffers(text)))).toBe(
      'spring campaign: optimise it. It returns 1.15 for each unit spent, below 1.2.\n' +
        'launch offer: keep it. It returns 1.3 for each unit spent, 1.2 or more.\n' +
        'webinar: keep it. It returns 2 for each unit spent, 1.2 or more.',
    );
  });

  test.each([
    'what is the ROI of our ads?',
    'plan a campaign: it should cost 500',
    'Was the campaign any good? We spent 1000 and earned 1150',
    'roi',
  ])('%p is left to judgement', (text) => expect(readOffers(text)).toEqual([]));

  test('the name is that of its own sentence', () =>
    expect(readOffers('It was slow. Version 2.3: spent 10, earned 11.50.')).toEqual([
      { name: 'Version 2.3', spent: '10', earned: '11.50', roi: undefined },
    ]));
});

describe('the adoption rule', () => {
  test.each([
    ['0.65', '0.5', 'optimise'],
    ['0.650001', '-1', 'promote'],
    ['65%', '0.1', 'optimise'],
    ['66%', undefined, 'promote'],
    ['0.65', '0.099999', 'retire'],
    ['0', '0.1', 'optimise'],
    ['0', '-0.3', 'retire'],
    ['1', '0', 'promote'],
  ])('adoption %s and trend %s: %s', (adoption, trend, verdict) =>
    expect(reviewFeatures([{ name: 'it', adoption, trend }])[0]!.verdict).toBe(verdict),
  );

  test.each([
    [[], /not told which features/],
    [[{ name: 'export', adoption: '0.2' }], /not told the usage trend of export/],
    [[{ name: 'export', adoption: '70' }], /it lies between 0 and 1/],
    [[{ name: 'export', adoption: 'high' }], /"high" is not the adoption of export/],
  ])('%j is refused', (features, message) =>
    expect(() => reviewFeatures(features)).toThrow(message),
  );

  test.each([
    [
      'dark mode: adoption 70%, trend 0.2; export: adoption 20%, trend 0.05',
      [
        ['dark mode', '70%', '0.2'],
        ['export', '20%', '0.05'],
      ],
    ],
    ['Review the adoption: search: 40% adoption, 12% growth', [['search', '40%', '12%']]],
    ['The search has 40% adoption and a usage trend of -0.1.', [['search', '40%', '-0.1']]],
    ['our export has an adoption of 80%', [['export', '80%', undefined]]],
    ['search: 40% adoption 0.2 trend', [['search', '40%', '0.2']]],
    ['search: adoption 40% trend 0.2', [['search', '40%', '0.2']]],
  ])('%p is read', (text, expected) =>
    expect(readFeatures(text).map(({ name, adoption, trend }) => [name, adoption, trend])).toEqual(
      expected,
    ),
  );

  test.each([
    'how do we raise the adoption of dark mode?',
    'adoption 70%',
    'write a post about the adoption of AI: it grows',
    'which features are adopted?',
  ])('%p is left to judgement', (text) => expect(readFeatures(text)).toEqual([]));
});

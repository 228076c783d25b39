import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { GptTokenCounter } from '../../plugins/plugin-gateway/src/adapters/gpt-token-counter.ts';
import { chargeFor } from '../../plugins/plugin-gateway/src/domain/charge.ts';
import {
  learn,
  NOTHING_LEARNED,
  withMargin,
} from '../../plugins/plugin-gateway/src/domain/learned-ratio.ts';
import { FREE, type ModelPrice } from '../../plugins/plugin-gateway/src/domain/price.ts';
import { Estimates } from '../../plugins/plugin-gateway/src/services/estimates.ts';
import { startScriptedModel, type ScriptedModel } from '../support/scripted-model.ts';
import { KEY, openDesk, type Desk } from './desk-fixture.ts';

const PRICE: ModelPrice = {
  priceId: 'test',
  tiers: [{ fromTokensIn: 0, inPico: 1_000_000n, cacheWritePico: 1_000_000n, outPico: 2_000_000n }],
};
const USE = { tokensIn: 100, tokensOut: 50 };
const ESTIMATED = 200_000_000n;
const RESERVED = 300_000_000n;

describe('what a call is charged', () => {
  test.each<[string, number | undefined, bigint, RegExp | undefined]>([
    ['says nothing', undefined, ESTIMATED, undefined],
    ['says less', 0.00015, 150_000_000n, undefined],
    ['says what was reserved', 0.0003, RESERVED, undefined],
    ['says more than was reserved', 0.0009, 900_000_000n, /more than was reserved/],
    ['says ten times that', 0.003, 3_000_000_000n, /more than was reserved/],
    ['says more than ten times that', 0.0030001, RESERVED, /cannot be true/],
    ['says a fortune', 1e300, ESTIMATED, /cannot be true/],
    ['says nothing was owed', 0, ESTIMATED, /cannot be true/],
    ['says less than can be written', 1e-13, ESTIMATED, /cannot be true/],
    ['owes us', -0.01, ESTIMATED, /cannot be true/],
    ['says no number', Number.NaN, ESTIMATED, /cannot be true/],
    ['says no end', Number.POSITIVE_INFINITY, ESTIMATED, /cannot be true/],
  ])('when its provider %s', (_name, reportedUsd, costPico, note) => {
    const charge = chargeFor({ price: PRICE, use: USE, reservedPico: RESERVED, reportedUsd });
    expect(charge).toMatchObject({ costPico, estimatedPico: ESTIMATED });
    if (note) expect(charge.note).toMatch(note);
    else expect(charge.note).toBeUndefined();
  });

  test('is nothing for a free model, whatever is said', () => {
    const charge = chargeFor({ price: FREE, use: USE, reservedPico: 0n, reportedUsd: 5 });
    expect(charge.costPico).toBe(0n);
  });

  test('is never less than nothing, nor more than ten times the reservation', () => {
    fc.assert(
      fc.property(fc.double(), (reportedUsd) => {
        const { costPico } = chargeFor({
          price: PRICE,
          use: USE,
          reservedPico: RESERVED,
          reportedUsd,
        });
        return costPico > 0n && costPico <= RESERVED * 10n;
      }),
    );
  });
});

describe('what calls teach', () => {
  const seen = { countedTokens: 1_000, tokensIn: 1_000, estimatedPico: 100n, costPico: 100n };

  test.each([
    ['more tokens than counted', { tokensIn: 1_500 }, { tokenPercent: 150, costPercent: 100 }],
    ['a dearer call', { costPico: 130n }, { tokenPercent: 100, costPercent: 130 }],
    ['a cheaper call', { costPico: 10n }, { tokenPercent: 100, costPercent: 100 }],
    ['a short prompt', { countedTokens: 199, tokensIn: 9_999 }, NOTHING_LEARNED],
    ['an absurd call', { tokensIn: 9_999_999 }, { tokenPercent: 1_000, costPercent: 100 }],
    ['a call without an estimate', { estimatedPico: 0n }, { tokenPercent: 100, costPercent: 100 }],
  ])('%s', (_name, more, expected) => {
    expect(learn(NOTHING_LEARNED, { ...seen, ...more })).toEqual(expected);
  });

  test('is forgotten little by little, and never falls below what is seen', () => {
    let known = { tokenPercent: 400, costPercent: 400 };
    const steps = Array.from({ length: 200 }, () => (known = learn(known, seen)));
    expect(steps[0]).toEqual({ tokenPercent: 391, costPercent: 391 });
    for (const { tokenPercent } of steps) expect(tokenPercent).toBeGreaterThanOrEqual(100);
    expect(known.tokenPercent).toBeLessThan(135);
  });

  test('counts with a margin', () => {
    expect([0, 100, 101, 150].map(withMargin)).toEqual([0, 100, 107, 158]);
  });
});

describe('settling by the word of a provider', () => {
  const LONG = 'word '.repeat(400);
  let server: ScriptedModel;
  beforeAll(async () => {
    server = await startScriptedModel();
  });
  afterAll(() => server.close());
  beforeEach(() => {
    server.requests.length = 0;
  });

  function deskOf(provider: string, estimates = new Estimates()): Promise<Desk> {
    const name = provider.toUpperCase();
    const model = provider === 'openai' ? 'gpt-4o-mini' : 'openai/gpt-4o-mini';
    return openDesk({
      estimates,
      settings: { [`${name}_API_KEY`]: KEY, [`${name}_BASE_URL`]: server.baseUrl },
      catalogue: { slots: { default: [`${provider}:${model}`] } },
    });
  }

  const answered = (cost: unknown, more: object = {}) => ({
    text: 'Yes.',
    usage: { prompt_tokens: 410, completion_tokens: 2, cost, ...more },
  });
  // 410 tokens in at 150,000 and 2 out at 600,000.
  const BY_PRICE = 62_700_000n;

  test.each<[string, unknown, object, bigint]>([
    ['a cost', 0.0001, {}, 100_000_000n],
    ['no cost', undefined, {}, BY_PRICE],
    ['a cost of nothing', 0, {}, BY_PRICE],
    ['a negative cost', -1, {}, BY_PRICE],
    ['a cost in words', 'cheap', {}, BY_PRICE],
    ['the cost of routing alone', 0.000003, { is_byok: true }, BY_PRICE],
  ])('%s, in one piece and as a stream', async (_name, cost, more, expected) => {
    server.setReply(answered(cost, more));
    const desk = await deskOf('openrouter');
    const answer = await desk.answer({ prompt: LONG });
    await desk.stream({ prompt: LONG });
    expect(answer.costPico).toBe(expected);
    expect(desk.treasury.rows.map(({ costPico }) => costPico)).toEqual([expected, expected]);
    expect(desk.calls()).toMatchObject([
      { costPico: expected, estimatedPico: BY_PRICE },
      { costPico: expected, estimatedPico: BY_PRICE },
    ]);
  });

  test('whose word on cost was never agreed on is not taken', async () => {
    server.setReply(answered(0.0001));
    const desk = await deskOf('openai');
    await desk.answer({ prompt: LONG });
    expect(desk.treasury.spentPico).toBe(BY_PRICE);
  });

  test('a dear one is paid and noted, and the next call reserves as much more', async () => {
    const estimates = new Estimates();
    const desk = await deskOf('openrouter', estimates);
    server.setReply(answered(0.002, { completion_tokens: 1_000 }));
    await desk.answer({ prompt: LONG });
    expect(desk.calls()[0]).toMatchObject({
      costPico: 2_000_000_000n,
      reason: expect.stringMatching(/more than was reserved/),
    });
    await desk.answer({ prompt: LONG });
    const [first, second] = desk.calls().map(({ reservedPico }) => reservedPico as bigint);
    // 302 % of the 661.5 million pico-USD by price, and a margin.
    expect((second! * 100n) / first!).toBe(318n);
  });

  test('tokens that it counts otherwise raise the next worst case, up to the bytes', async () => {
    const estimates = new Estimates();
    const desk = await deskOf('openai', estimates);
    server.setReply(answered(undefined, { prompt_tokens: 1_200 }));
    await desk.answer({ prompt: LONG });
    await desk.answer({ prompt: LONG });
    const [first, second] = desk.calls().map(({ reservedPico }) => reservedPico as bigint);
    const counted = await new GptTokenCounter().count(LONG);
    const percent = withMargin(Math.ceil((100 * 1_200) / counted));
    const more = Math.ceil((counted * percent) / 100) - Math.ceil((counted * 105) / 100);
    expect(more).toBeGreaterThan(400);
    expect(second! - first!).toBe(BigInt(more) * 150_000n);
  });

  test('what cannot be true teaches nothing', async () => {
    const estimates = new Estimates();
    const desk = await deskOf('openai', estimates);
    for (const prompt_tokens of [-5, 0, 1e12, 1.5]) {
      server.setReply(answered(undefined, { prompt_tokens }));
      await desk.answer({ prompt: LONG });
    }
    expect(estimates.of('openai:gpt-4o-mini')).toEqual(NOTHING_LEARNED);
  });
});

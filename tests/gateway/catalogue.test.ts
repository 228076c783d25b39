import { readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { formatUsd, readSettings } from '@371os/kernel';
import { gatewaySettings, InvalidCatalogueError } from '@371os/plugin-gateway';
import { loadCatalogue } from '../../plugins/plugin-gateway/src/adapters/catalogue-file.ts';
import { GenaiPriceBook } from '../../plugins/plugin-gateway/src/adapters/genai-price-book.ts';
import { decimalText } from '../../plugins/plugin-gateway/src/domain/catalogue.ts';
import { perMillionPrice } from '../../plugins/plugin-gateway/src/domain/price-entry.ts';
import { costOf } from '../../plugins/plugin-gateway/src/domain/price.ts';
import { SLOTS } from '../../plugins/plugin-gateway/src/domain/select-slot.ts';
import { ModelRegistry } from '../../plugins/plugin-gateway/src/services/model-registry.ts';

const ORIGIN = new URL('../fixtures/origin-models.json', import.meta.url).pathname;
const book = new GenaiPriceBook(() => Date.parse('2026-09-30T00:00:00Z'));

function registryOf(source: (key: string) => string | undefined): ModelRegistry {
  const settings = readSettings(gatewaySettings, () => undefined);
  const catalogue = loadCatalogue(undefined);
  return new ModelRegistry({
    catalogue,
    settings,
    source,
    prices: book,
    local: undefined,
    now: () => 0,
  });
}

function catalogueWith(content: unknown): string {
  const file = join(tmpdir(), `371os-catalogue-${process.pid}.json`);
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

describe('the model catalogue', () => {
  test('ours fills every slot from several providers, with models whose price and context are known', () => {
    const registry = registryOf((key) => (key.endsWith('_KEY') ? 'sk-test' : undefined));
    const { models, slots } = registry.describe();
    for (const slot of SLOTS.filter((name) => name !== 'private'))
      expect([slot, new Set(slots[slot].map((id) => id.split(':')[0]))]).toEqual([
        slot,
        new Set(['openai', 'anthropic', 'openrouter', 'requesty']),
      ]);
    for (const model of models) {
      expect(model).toMatchObject({ isLocal: false, hasKnownPrice: true });
      expect([model.id, model.contextTokens]).toEqual([model.id, expect.any(Number)]);
    }
    expect(slots.private).toEqual([]);
  });

  test("a user's file replaces the slots it names and keeps the others", () => {
    const file = catalogueWith({ slots: { cheap: ['openai:gpt-4o-mini'] } });
    const { slots } = loadCatalogue(file);
    expect(slots.cheap).toEqual(['openai:gpt-4o-mini']);
    expect(slots.default).toEqual(loadCatalogue(undefined).slots.default);
  });

  test('the one that the README shows can be used', () => {
    const readme = readFileSync('plugins/plugin-gateway/README.md', 'utf8');
    const shown = /```json\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
    expect(loadCatalogue(catalogueWith(shown)).handlers).toHaveProperty('openai:IMAGE');
  });

  test.each<[string, unknown, RegExp]>([
    ['a misspelt slot', { slots: { defualt: [] } }, /at slots.*defualt|defualt.*slots/s],
    ['an unknown key', { modles: {} }, /modles/],
    [
      'an unknown field',
      { models: { 'openai:x': { inputUsdPerMilion: '1' } } },
      /models\.openai:x.*inputUsdPerMilion/s,
    ],
    [
      'a price in words',
      { models: { 'openai:x': { inputUsdPerMillion: 'one', outputUsdPerMillion: '1' } } },
      /models\.openai:x\.inputUsdPerMillion/,
    ],
    [
      'a negative price',
      { models: { 'openai:x': { inputUsdPerMillion: -1, outputUsdPerMillion: 1 } } },
      /models\.openai:x\.inputUsdPerMillion/,
    ],
    [
      'half a price',
      { models: { 'openai:x': { inputUsdPerMillion: 1 } } },
      /models\.openai:x: give both prices/,
    ],
    ['a model without a provider', { slots: { cheap: ['gpt-4o-mini'] } }, /slots\.cheap\.0/],
    [
      'a provider that nobody defines',
      { slots: { cheap: ['opnai:gpt-4o-mini'] } },
      /slots\.cheap\[0\].*opnai.*known are openai/,
    ],
    [
      'a price for a model of nobody',
      { models: { 'opnai:x': { inputUsdPerMillion: 1, outputUsdPerMillion: 1 } } },
      /models\.opnai:x: .*not defined/,
    ],
    [
      'a protocol that nobody speaks',
      { providers: { mine: { baseUrl: 'http://127.0.0.1:1', api: 'opnai' } } },
      /providers\.mine\.api/,
    ],
    [
      'an address that is none',
      { providers: { mine: { baseUrl: 'my server' } } },
      /providers\.mine\.baseUrl/,
    ],
    [
      'a kind of model in small letters',
      { handlers: { 'x:image': { usdPerCall: '1' } } },
      /handlers\.x:image/,
    ],
    ['a call without a price', { handlers: { 'x:IMAGE': {} } }, /handlers\.x:IMAGE\.usdPerCall/],
    ['no JSON', '{ "slots": ', /not JSON/],
  ])('%s is an error that says where', (_name, content, where) => {
    const file = catalogueWith(content);
    expect(() => loadCatalogue(file)).toThrow(InvalidCatalogueError);
    expect(() => loadCatalogue(file)).toThrow(where);
    expect(() => loadCatalogue(file)).toThrow(file);
  });

  test('a file that is not there is an error that names the setting', () => {
    expect(() => loadCatalogue('/nowhere/models.json')).toThrow(/MODEL_CATALOGUE/);
  });
});

describe('prices', () => {
  const origin = loadCatalogue(ORIGIN);

  test.each([
    ['openrouter:qwen2-72b', '0.00005'],
    ['openrouter:gpt-4o-mini', '0.000018'],
    ['localai:phi-4-14b', '0.00'],
  ])("the original's sample: 10 tokens in and 20 out of %s cost %s USD", (id, costUsd) => {
    const price = perMillionPrice(id, origin.models[id] ?? {});
    expect(price && formatUsd(costOf(price, { tokensIn: 10, tokensOut: 20 }))).toBe(costUsd);
  });

  test.each<[string, string, string, string | undefined]>([
    ['openai', 'https://api.openai.com/v1', 'gpt-4o-mini', 'genai-prices:openai/gpt-4o-mini'],
    ['openai', 'http://127.0.0.1:9/v1', 'gpt-4o-mini', 'genai-prices:openai/gpt-4o-mini'],
    [
      'openai',
      'https://openrouter.ai/api/v1',
      'openai/gpt-4o-mini',
      expect.stringMatching(/openrouter/) as never,
    ],
    ['openai', 'https://api.openai.com/v1', 'gpt-4o-mini-of-mine', undefined],
    ['ollama', 'http://192.168.1.4:11434/v1', 'llama3', undefined],
  ])('%s at %s: %s is priced by %s', (provider, baseUrl, model, priceId) => {
    expect(book.find({ provider, model, baseUrl })?.price.priceId).toEqual(priceId);
  });

  test('a published price of nothing is no price', () => {
    const free = 'deepseek/deepseek-chat-v3-0324:free';
    expect(book.find({ provider: 'openrouter', model: free, baseUrl: '' })).toBeUndefined();
  });

  test.each([
    ['requesty:openai/gpt-4o-mini', 'genai-prices:openai/gpt-4o-mini+5%', 157_500n],
    ['openrouter:openai/gpt-4o-mini', 'genai-prices:openrouter/openai/gpt-4o-mini', 150_000n],
    ['requesty:nobody/gpt-4o-mini', undefined, undefined],
  ])('%s is priced by %s', (id, priceId, inPico) => {
    const price = registryOf(() => 'https://127.0.0.1/v1').find(id)?.price;
    expect([price?.priceId, price?.tiers[0]?.inPico]).toEqual([priceId, inPico]);
  });

  test('what is written to a cache costs more, and all of it while nobody says how much', () => {
    const price = book.find({
      provider: 'anthropic',
      model: 'claude-sonnet-5',
      baseUrl: '',
    })?.price;
    const costs = [undefined, 0, 40].map((cacheWriteTokens) =>
      costOf(price!, { tokensIn: 100, tokensOut: 0, cacheWriteTokens }),
    );
    expect(costs).toEqual([250_000_000n, 200_000_000n, 220_000_000n]);
  });

  test('published prices are exact: gpt-4o-mini is 150,000 and 600,000 pico-USD a token', () => {
    const found = book.find({ provider: 'openai', model: 'gpt-4o-mini', baseUrl: '' });
    expect(found?.price.tiers).toEqual([
      { fromTokensIn: 0, inPico: 150_000n, cacheWritePico: 150_000n, outPico: 600_000n },
    ]);
  });

  test('a price that rises with the prompt is taken from the step that the prompt reaches', () => {
    const price = book.find({ provider: 'openai', model: 'gpt-5.4', baseUrl: '' })?.price;
    if (!price) throw new Error('gpt-5.4 has no price');
    const step = price.tiers[1]?.fromTokensIn ?? 0;
    expect(step).toBeGreaterThan(100_000);
    expect(costOf(price, { tokensIn: step - 1, tokensOut: 0 }) / BigInt(step - 1)).toBe(2_500_000n);
    expect(costOf(price, { tokensIn: step, tokensOut: 0 }) / BigInt(step)).toBe(5_000_000n);
  });

  test.each([
    [0.15, '0.15'],
    [1e-7, '0.0000001'],
    [5, '5'],
    [0.029, '0.029'],
  ])('the number %p is written %s', (value, text) => {
    expect(decimalText(value)).toBe(text);
  });
});

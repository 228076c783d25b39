import { perUnitFromPerMillion, type Clock } from '@371os/kernel';
import { calcPrice, findProvider, type ModelPrice as PublishedPrice } from '@pydantic/genai-prices';
import { decimalText } from '../domain/catalogue.ts';
import type { PriceTier } from '../domain/price.ts';
import type { KnownModel, PriceBook, PriceQuery } from '../ports.ts';

type Published = PublishedPrice[string];

/**
 * Prices published by the providers, as collected in `@pydantic/genai-prices`. Nothing is fetched.
 * The provider is recognised by its address, else by its name in the catalogue; a model that this
 * provider does not list has no price.
 */
export class GenaiPriceBook implements PriceBook {
  readonly #now: Clock;

  constructor(now: Clock) {
    this.#now = now;
  }

  find(query: PriceQuery): KnownModel | undefined {
    const { provider, model } = query.isNamedByVendor ? vendorOf(query.model) : query;
    const known =
      (query.isNamedByVendor ? undefined : findProvider({ providerApiUrl: query.baseUrl })) ??
      findProvider({ providerId: provider });
    if (!known) return undefined;
    const found = calcPrice({ input_tokens: 1, output_tokens: 1 }, model, {
      providerId: known.id,
      timestamp: new Date(this.#now()),
    });
    if (!found) return undefined;
    const tiers = tiersOf(found.model_price);
    if (!tiers) return undefined;
    return {
      price: { priceId: `genai-prices:${found.provider.id}/${found.model.id}`, tiers },
      contextTokens: found.model.context_window,
    };
  }
}

/** `openai/gpt-4.1` is OpenAI's model. */
function vendorOf(name: string): { provider: string; model: string } {
  const slash = name.indexOf('/');
  return { provider: name.slice(0, slash), model: name.slice(slash + 1) };
}

// A price of nothing is a gap in the list, or an offer that ends: it is no price. What is free in
// earnest is said so in the user's own catalogue.
function tiersOf(prices: PublishedPrice): PriceTier[] | undefined {
  const { input_mtok: input, output_mtok: output, cache_write_mtok: cacheWrite = 0 } = prices;
  if (!input || !output) return undefined;
  const starts = new Set([0, ...startsOf(input), ...startsOf(output)]);
  return [...starts]
    .sort((left, right) => left - right)
    .map((fromTokensIn) => {
      const inRate = rateAt(input, fromTokensIn);
      const writeRate = Math.max(inRate, rateAt(cacheWrite, fromTokensIn));
      return {
        fromTokensIn,
        inPico: picoOf(inRate),
        cacheWritePico: picoOf(writeRate),
        outPico: picoOf(rateAt(output, fromTokensIn)),
      };
    });
}

function picoOf(usdPerMillion: number): bigint {
  return perUnitFromPerMillion(decimalText(usdPerMillion));
}

function startsOf(published: NonNullable<Published>): number[] {
  return typeof published === 'number' ? [] : published.tiers.map(({ start }) => start);
}

function rateAt(published: NonNullable<Published>, tokensIn: number): number {
  if (typeof published === 'number') return published;
  const tier = published.tiers.findLast(({ start }) => tokensIn >= start);
  return tier?.price ?? published.base;
}

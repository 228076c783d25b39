import { perUnitFromPerMillion, type Clock } from '@371os/kernel';
import { calcPrice, findProvider, type ModelPrice as PublishedPrice } from '@pydantic/genai-prices';
import { decimalText } from '../domain/catalogue.ts';
import type { PriceTier } from '../domain/price.ts';
import type { KnownModel, PriceBook } from '../ports.ts';

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

  find(query: { provider: string; model: string; baseUrl: string }): KnownModel | undefined {
    const provider =
      findProvider({ providerApiUrl: query.baseUrl }) ??
      findProvider({ providerId: query.provider });
    if (!provider) return undefined;
    const found = calcPrice({ input_tokens: 1, output_tokens: 1 }, query.model, {
      providerId: provider.id,
      timestamp: new Date(this.#now()),
    });
    if (!found) return undefined;
    const tiers = tiersOf(found.model_price['input_mtok'], found.model_price['output_mtok']);
    if (!tiers) return undefined;
    return {
      price: { priceId: `genai-prices:${found.provider.id}/${found.model.id}`, tiers },
      contextTokens: found.model.context_window,
    };
  }
}

function tiersOf(input: Published, output: Published): PriceTier[] | undefined {
  if (input === undefined || output === undefined) return undefined;
  const starts = new Set([0, ...startsOf(input), ...startsOf(output)]);
  return [...starts]
    .sort((left, right) => left - right)
    .map((fromTokensIn) => ({
      fromTokensIn,
      inPico: perUnitFromPerMillion(decimalText(rateAt(input, fromTokensIn))),
      outPico: perUnitFromPerMillion(decimalText(rateAt(output, fromTokensIn))),
    }));
}

function startsOf(published: NonNullable<Published>): number[] {
  return typeof published === 'number' ? [] : published.tiers.map(({ start }) => start);
}

function rateAt(published: NonNullable<Published>, tokensIn: number): number {
  if (typeof published === 'number') return published;
  const tier = published.tiers.findLast(({ start }) => tokensIn >= start);
  return tier?.price ?? published.base;
}

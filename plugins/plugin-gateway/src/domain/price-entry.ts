import { perUnitFromPerMillion } from '@371os/kernel';
import type { CatalogueModel } from './catalogue.ts';
import type { ModelPrice } from './price.ts';

/** The price that a catalogue entry gives, if it gives one. */
export function perMillionPrice(priceId: string, entry: CatalogueModel): ModelPrice | undefined {
  const { inputUsdPerMillion, outputUsdPerMillion } = entry;
  if (inputUsdPerMillion === undefined || outputUsdPerMillion === undefined) return undefined;
  const inPico = perUnitFromPerMillion(inputUsdPerMillion);
  const outPico = perUnitFromPerMillion(outputUsdPerMillion);
  return { priceId, tiers: [{ fromTokensIn: 0, inPico, cacheWritePico: inPico, outPico }] };
}

import { readFileSync } from 'node:fs';
import { listPricesSchema, type ListPrices } from '../domain/hosting-cost.ts';

const FILE = new URL('../../list-prices.json', import.meta.url);

/** The dated list prices that come with this package. */
export function loadListPrices(): ListPrices {
  return listPricesSchema.parse(JSON.parse(readFileSync(FILE, 'utf8')));
}

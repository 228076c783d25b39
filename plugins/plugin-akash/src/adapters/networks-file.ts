import { readFileSync } from 'node:fs';
import { publicNetworksSchema, type PublicNetworks } from '../domain/network.ts';

const FILE = new URL('../../networks.json', import.meta.url);

/** The public networks that come with this package. @throws ZodError when the file is damaged */
export function loadNetworks(): PublicNetworks {
  return publicNetworksSchema.parse(JSON.parse(readFileSync(FILE, 'utf8')));
}

import type { ModelPlace } from '@371os/plugin-gateway';
import type { Probe } from '../../ports/probe.ts';
import { dnsProbe } from './dns-probe.ts';
import { akashProbe, chainProbe, ipfsProbe, modelProbe } from './http-probes.ts';

/** The addresses that a company is configured with; undefined where there is none. */
export interface Addresses {
  readonly models: readonly ModelPlace[];
  readonly chainUrl?: string | undefined;
  readonly ipfsUrl?: string | undefined;
  readonly ipfsAuthorization?: string | undefined;
  readonly akashUrl?: string | undefined;
  readonly dnsName?: string | undefined;
}

/**
 * One probe for each thing that is configured. DNS is probed with the name that is set, else with the
 * first host in the internet; where there is none, it is nothing that the company depends on.
 */
export function configuredProbes(addresses: Addresses, newLabel: () => string): Probe[] {
  const { models, chainUrl, ipfsUrl, ipfsAuthorization, akashUrl } = addresses;
  const found: Probe[] = [
    ...models.filter(({ api }) => api !== 'gguf').map(modelProbeOf),
    ...(chainUrl ? [chainProbe({ url: chainUrl })] : []),
    ...(ipfsUrl ? [ipfsProbe({ url: ipfsUrl, authorization: ipfsAuthorization })] : []),
    ...(akashUrl ? [akashProbe({ url: akashUrl })] : []),
  ];
  const domain = addresses.dnsName ?? found.find(isNamedOutside)?.supplier;
  const all = domain === undefined ? found : [...found, dnsProbe({ domain, newLabel })];
  return [...new Map(all.map((probe) => [probe.name, probe])).values()];
}

function modelProbeOf({ provider, baseUrl, isLocal }: ModelPlace): Probe {
  return modelProbe({ provider, url: baseUrl, ...(isLocal ? { isOutside: false } : {}) });
}

// An address in figures needs no name.
function isNamedOutside({ isOutside, supplier }: Probe): boolean {
  return isOutside && /[a-z]$/i.test(supplier);
}
